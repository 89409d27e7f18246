import { Badge } from '@/components/ui/badge.tsx';
import { cn } from '@/lib/cn.ts';
import { statusTone, statusWord } from '@/lib/log-filters.ts';
import { showHidden } from '@/lib/pretty-json.ts';

const clock = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
});
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
const whole = new Intl.DateTimeFormat('en-GB', {
  dateStyle: 'medium',
  timeStyle: 'medium',
});

/** To the millisecond, in the time zone of who looks; in a list with the day where there is room for it. */
export function LogTime({ at, isWhole }: { readonly at: string; readonly isWhole?: boolean }) {
  const date = new Date(at);
  return (
    <time
      dateTime={at}
      title={`${whole.format(date)} · ${at}`}
      className="whitespace-nowrap font-mono text-sm"
    >
      <span className={cn('text-muted', isWhole || 'max-lg:hidden')}>{day.format(date)} </span>
      {clock.format(date)}
    </time>
  );
}

/** `isShort`: the word of a refusal is only said, and shown on hover. */
export function StatusBadge({ status, isShort }: { readonly status: number; readonly isShort?: boolean }) {
  const word = statusWord(status);
  const hiding = status < 300 ? 'max-md:sr-only' : 'sr-only';
  return (
    <Badge tone={statusTone(status)} title={`${status} ${word}`} className="shrink-0">
      {status}
      <span className={cn('font-normal', isShort && hiding)}>{word}</span>
    </Badge>
  );
}

/** Text from outside: kept apart from what stands beside it, whichever way it is written. */
export function Foreign({ text, className }: { readonly text: string; readonly className?: string }) {
  return <bdi className={className}>{showHidden(text)}</bdi>;
}

const root = '/api/v1';

/** Method and path; what nearly all paths begin with gives way on a phone. */
export function RequestWords({ method, path }: { readonly method: string; readonly path: string }) {
  const hasRoot = path.startsWith(`${root}/`);
  return (
    <span className="font-mono text-sm">
      <span className="font-medium">{method}</span> {hasRoot && <span className="max-sm:hidden">{root}</span>}
      <Foreign text={hasRoot ? path.slice(root.length) : path} />
    </span>
  );
}
