import type { ReactNode } from 'react';
import { changesOf, type FieldChange, listChange, type Shown } from '@/lib/audit-changes.ts';
import { formatExact } from '@/lib/format.ts';

interface AuditChangesProps {
  readonly before: unknown;
  readonly after: unknown;
}

const isNothing = (value: unknown) => value === null || value === undefined;

/** What an audit entry says of before and after, field by field; what stayed the same is left out. */
export function AuditChanges({ before, after }: AuditChangesProps) {
  const changes = changesOf(before, after);
  if (changes.length === 0) return <p className="text-muted">No values were written down with it.</p>;
  const isOneSided = isNothing(before) || isNothing(after);
  return (
    <dl className="flex flex-col divide-y divide-line rounded-lg border border-line">
      {changes.map((change) => (
        <div key={change.path} className="grid gap-x-4 gap-y-1 px-3 py-2 sm:grid-cols-[10rem_minmax(0,1fr)]">
          <dt className="text-muted" title={change.path}>
            {change.label}
          </dt>
          <dd className="min-w-0">
            {isOneSided ? (
              <Value shown={isNothing(before) ? change.after : change.before} />
            ) : (
              <Difference change={change} />
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Difference({ change: { before, after } }: { readonly change: FieldChange }) {
  const lists = asLists(before, after);
  if (lists) {
    const { kept, removed, added } = listChange(...lists);
    return (
      <ul className="flex flex-wrap gap-1">
        {removed.map((item) => (
          <li key={`- ${item}`} className="min-w-0">
            <Was>{item}</Was>
          </li>
        ))}
        {added.map((item) => (
          <li key={`+ ${item}`} className="min-w-0">
            <Is>{item}</Is>
          </li>
        ))}
        {kept.map((item) => (
          <li key={item} className="min-w-0 break-all px-1 text-muted">
            {item}
          </li>
        ))}
      </ul>
    );
  }
  return (
    <div className="flex flex-col items-start gap-1">
      <Was>
        <Value shown={before} />
      </Was>
      <Is>
        <Value shown={after} />
      </Is>
    </div>
  );
}

/** Both sides as lists, where one is and the other is at most nothing. */
function asLists(before: Shown, after: Shown): [readonly string[], readonly string[]] | null {
  if (before.kind !== 'list' && after.kind !== 'list') return null;
  const items = (shown: Shown) => (shown.kind === 'list' ? shown.items : shown.kind === 'none' ? [] : null);
  const [was, is] = [items(before), items(after)];
  return was && is && [was, is];
}

function Value({ shown }: { readonly shown: Shown }) {
  switch (shown.kind) {
    case 'none':
      return <span>nothing</span>;
    case 'time':
      return <time dateTime={shown.at}>{formatExact(shown.at)}</time>;
    case 'list':
      return <span className="break-words">{shown.items.join(', ')}</span>;
    case 'code':
      return <code className="break-all font-mono text-sm">{shown.text}</code>;
    default:
      return <span className="whitespace-pre-wrap break-words">{shown.text}</span>;
  }
}

function Was({ children }: { readonly children: ReactNode }) {
  return (
    <del className="inline-flex max-w-full gap-1 rounded bg-red-soft px-1 text-red-ink no-underline">
      <span aria-hidden>−</span>
      <span className="sr-only">was </span>
      <span className="min-w-0 break-words">{children}</span>
    </del>
  );
}

function Is({ children }: { readonly children: ReactNode }) {
  return (
    <ins className="inline-flex max-w-full gap-1 rounded bg-green-soft px-1 text-green-ink no-underline">
      <span aria-hidden>+</span>
      <span className="sr-only">became </span>
      <span className="min-w-0 break-words">{children}</span>
    </ins>
  );
}
