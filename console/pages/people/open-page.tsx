import { type ReactNode, useEffect } from 'react';
import { Mark } from '@/components/shell/shell.tsx';

interface OpenPageProps {
  readonly title: string;
  readonly description?: ReactNode;
  readonly children: ReactNode;
  /** Below the box. */
  readonly footer?: ReactNode;
}

/** The frame of a page for people who are not signed in. */
export function OpenPage({ title, description, children, footer }: OpenPageProps) {
  useEffect(() => {
    document.title = `${title} · Keyward`;
  }, [title]);
  return (
    <div className="flex min-h-dvh flex-col items-center px-4 py-10 sm:py-[12vh]">
      <header className="mb-6 flex items-center gap-2 font-semibold text-lg">
        <Mark />
        Keyward
      </header>
      <main id="main" className="w-full max-w-md">
        <div className="rounded-xl border border-line bg-raised px-5 py-6 sm:px-8">
          <h1 className="font-semibold text-xl">{title}</h1>
          {description && <div className="mt-1 text-muted">{description}</div>}
          <div className="mt-5">{children}</div>
        </div>
        {footer && <div className="mt-4 px-1 text-muted text-sm">{footer}</div>}
      </main>
    </div>
  );
}

/** Where the link of the first start is. */
export function WhereTheLinkIs() {
  return (
    <>
      The server printed a set-up link when it started. Where it has no terminal, the link is in the file{' '}
      <code className="font-mono">setup-link</code> of its data directory. It is good for an hour; a restart
      makes a new one.
    </>
  );
}
