import { formatExact, formatRelative } from '@/lib/format.ts';
import { useNow } from '@/lib/now.ts';

interface TimeProps {
  /** ISO 8601. null: it never happened. */
  readonly at: string | null | undefined;
  readonly never?: string;
  /** `exact` where the moment matters more than how long ago it was. */
  readonly as?: 'relative' | 'exact';
}

/** How long ago, with the moment on hover. */
export function Time({ at, never = 'Never', as = 'relative' }: TimeProps) {
  const now = useNow();
  if (!at) return <span className="text-muted">{never}</span>;
  const exact = formatExact(at);
  return (
    <time dateTime={at} title={`${exact} · ${at}`} className="whitespace-nowrap">
      {as === 'exact' ? exact : formatRelative(at, now)}
    </time>
  );
}
