import { Component, lazy, type ReactNode, Suspense, useMemo, useState } from 'react';
import { formatCount } from '@/lib/format.ts';
import { weighMarkdown } from '@/lib/markdown-weight.ts';
import { Alert } from './ui/alert.tsx';
import { Button } from './ui/button.tsx';
import { Skeleton } from './ui/skeleton.tsx';

const Rendered = lazy(() => import('./markdown/rendered.tsx'));

interface MarkdownProps {
  readonly text: string;
  /** What stands where there is no text. */
  readonly empty?: string;
}

/** Markdown that somebody else wrote: rendered where that is safe and does not hold the page up, else as it is written. */
export function Markdown({ text, empty = 'No text yet.' }: MarkdownProps) {
  const weight = useMemo(() => weighMarkdown(text), [text]);
  const [wanted, setWanted] = useState<string | null>(null);
  if (text.trim() === '') return <p className="text-muted">{empty}</p>;
  if (weight === 'light' || (weight === 'heavy' && wanted === text)) {
    return (
      <OrSource key={text} text={text}>
        <Suspense fallback={<Waiting />}>
          <div className="max-w-[84ch] break-words">
            <Rendered text={text} />
          </div>
        </Suspense>
      </OrSource>
    );
  }
  return (
    <div className="flex flex-col gap-3">
      <Alert
        title="Shown as it is written"
        action={
          weight === 'heavy' && (
            <Button size="sm" onClick={() => setWanted(text)}>
              Render it anyway
            </Button>
          )
        }
      >
        {weight === 'heavy'
          ? `To render these ${formatCount(text.length)} characters may hold the page up for some seconds.`
          : 'To render this text would hold the page up: it is very long, or nests or opens more than anybody means to.'}
      </Alert>
      <MarkdownSource text={text} />
    </div>
  );
}

/** The text itself. */
export function MarkdownSource({ text }: { readonly text: string }) {
  return (
    <section
      aria-label="Markdown"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
      className="max-h-[70dvh] overflow-auto rounded-lg border border-line bg-sunken px-3 py-2.5"
    >
      <pre className="whitespace-pre-wrap break-words font-mono text-sm">{text}</pre>
    </section>
  );
}

function Waiting() {
  return (
    <div role="status" aria-label="Loading" className="flex flex-col gap-2">
      <Skeleton className="h-4 w-full max-w-xl" />
      <Skeleton className="h-4 w-full max-w-lg" />
      <Skeleton className="h-4 w-full max-w-xl" />
    </div>
  );
}

interface OrSourceProps {
  readonly text: string;
  readonly children: ReactNode;
}

/** A parser that gives up must not take the page along. */
class OrSource extends Component<OrSourceProps, { readonly hasFailed: boolean }> {
  override state = { hasFailed: false };

  static getDerivedStateFromError() {
    return { hasFailed: true };
  }

  override render() {
    const { text, children } = this.props;
    if (!this.state.hasFailed) return children;
    return (
      <div className="flex flex-col gap-3">
        <Alert title="Shown as it is written">
          This text could not be rendered: it is broken, or it would become far larger than it is written.
        </Alert>
        <MarkdownSource text={text} />
      </div>
    );
  }
}
