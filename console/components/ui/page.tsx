import type { ReactNode } from 'react';
import { useEffect } from 'react';
import { cn } from '@/lib/cn.ts';

interface PageProps {
  readonly title: string;
  /** Beside the title: a status, an environment. */
  readonly badge?: ReactNode;
  readonly description?: ReactNode;
  readonly actions?: ReactNode;
  /** Above the title: where it belongs. */
  readonly above?: ReactNode;
  readonly children: ReactNode;
}

/** What every page begins with. Names the browser's tab, too. */
export function PageFrame({ title, badge, description, actions, above, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · Keyward`;
  }, [title]);
  return (
    <>
      <header className="mb-5">
        {above && <div className="mb-1 text-muted text-sm">{above}</div>}
        <div className="flex flex-wrap items-start gap-x-4 gap-y-3">
          <div className="min-w-0 flex-1 basis-72">
            <div className="flex flex-wrap items-center gap-2">
              <h1 className="min-w-0 break-words font-semibold text-xl">{title}</h1>
              {badge}
            </div>
            {description && <div className="mt-1 max-w-3xl text-muted">{description}</div>}
          </div>
          {actions && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
        </div>
      </header>
      {children}
    </>
  );
}

interface PanelProps {
  readonly title?: string;
  readonly description?: ReactNode;
  readonly actions?: ReactNode;
  readonly children?: ReactNode;
  readonly className?: string;
  /** Without the padding: for a table or a chart that reaches its edges. */
  readonly isFlush?: boolean;
}

/** A part of a page with a border round it. */
export function Panel({ title, description, actions, children, className, isFlush }: PanelProps) {
  return (
    <section className={cn('min-w-0 rounded-lg border border-line bg-raised', className)}>
      {(title || actions) && (
        <header className="flex flex-wrap items-start justify-between gap-3 px-4 pt-3.5">
          <div className="min-w-0">
            {title && <h2 className="font-semibold">{title}</h2>}
            {description && <p className="mt-0.5 text-muted text-sm">{description}</p>}
          </div>
          {actions && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
        </header>
      )}
      <div className={cn(isFlush ? 'pt-3' : 'p-4')}>{children}</div>
    </section>
  );
}

export interface Fact {
  readonly label: string;
  readonly value: ReactNode;
}

/** Names and values of one thing. */
export function Facts({
  facts,
  className,
}: {
  readonly facts: readonly Fact[];
  readonly className?: string;
}) {
  return (
    <dl className={cn('grid grid-cols-[minmax(7rem,auto)_minmax(0,1fr)] gap-x-6 gap-y-2', className)}>
      {facts.map(({ label, value }) => (
        <div key={label} className="contents">
          <dt className="text-muted">{label}</dt>
          <dd className="min-w-0 break-words">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
