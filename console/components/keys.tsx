import { useQuery } from '@tanstack/react-query';
import { TriangleAlert } from 'lucide-react';
import { createContext, type ReactNode, use } from 'react';
import { formatCount } from '@/lib/format.ts';
import { scopesQuery } from '@/queries/catalogue.ts';
import type { Key, Scope } from '@/types.ts';
import { Badge, Status } from './ui/badge.tsx';
import { Popover } from './ui/popover.tsx';

const statusTones = { active: 'green', inactive: 'neutral', expired: 'amber' } as const;
const statusWords = { active: 'Active', inactive: 'Inactive', expired: 'Expired' } as const;

export function KeyStatus({ status }: { readonly status: Key['status'] }) {
  return <Status tone={statusTones[status]}>{statusWords[status]}</Status>;
}

/** As many of the first labels as a line has room for; the longest alone may be cut. */
function thatFit(labels: readonly string[], room: number): readonly string[] {
  let used = 0;
  const count = labels.findIndex((label) => {
    used += label.length + 2;
    return used > room;
  });
  return count < 0 ? labels : labels.slice(0, Math.max(1, count));
}

interface ScopeWordsProps {
  readonly keyOf: Pick<Key, 'scopes' | 'inheritsAllScopes'>;
  /** Letters on a line. */
  readonly room?: number;
}

const Catalogue = createContext<readonly Scope[] | undefined>(undefined);

/** Around a list: the labels are asked for once, and not by each row. */
export function ScopeLabels({ children }: { readonly children: ReactNode }) {
  const { data } = useQuery(scopesQuery);
  return <Catalogue value={data}>{children}</Catalogue>;
}

/** What a key may do, in words; what does not fit opens on a click. */
export function ScopeWords(props: ScopeWordsProps) {
  return (
    <ScopeLabels>
      <ListedScopes {...props} />
    </ScopeLabels>
  );
}

/** The same in the row of a list, which has `ScopeLabels` around it. */
export function ListedScopes({ keyOf, room = 22 }: ScopeWordsProps) {
  const catalogue = use(Catalogue);
  const labelOf = (scope: string) => catalogue?.find(({ name }) => name === scope)?.label ?? scope;
  if (keyOf.inheritsAllScopes) {
    return (
      <Badge tone="amber" title="The scope list is empty: the key has every scope that may be inherited.">
        <TriangleAlert aria-hidden />
        Inherits everything
      </Badge>
    );
  }
  const { scopes } = keyOf;
  const fitting = thatFit(scopes.map(labelOf), room);
  const rest = scopes.slice(fitting.length);
  return (
    <span className="flex min-w-0 items-center gap-1">
      <span className="truncate">{fitting.join(', ')}</span>
      {rest.length > 0 && (
        <Popover
          label="All scopes"
          trigger={
            <button
              type="button"
              aria-label={`${rest.length} more scopes`}
              className="shrink-0 rounded border border-line bg-sunken px-1 text-muted text-xs hover:text-ink"
            >
              +{rest.length}
            </button>
          }
        >
          <ul className="flex flex-col gap-1">
            {scopes.map((scope) => (
              <li key={scope} className="flex justify-between gap-3">
                {labelOf(scope)}
                <code className="font-mono text-muted text-sm">{scope}</code>
              </li>
            ))}
          </ul>
        </Popover>
      )}
    </span>
  );
}

/** `1,500/min`, and the rest of it on hover. */
export function LimitWords({ limit }: { readonly limit: Key['rateLimit'] }) {
  const { perMinute, burst, perDay, tier } = limit;
  const said = `${formatCount(perMinute)} requests in any 60 seconds, ${formatCount(burst)} more in a burst, ${formatCount(perDay)} a day (UTC). Tier: ${tier}.`;
  return <span title={said}>{formatCount(perMinute)}/min</span>;
}

/** One sign for all warnings of a key; the sentences open on a click. */
export function WarningSign({ warnings }: { readonly warnings: Key['warnings'] }) {
  if (warnings.length === 0) return null;
  return (
    <Popover
      label="Warnings"
      trigger={
        <button
          type="button"
          aria-label={warnings.length === 1 ? '1 warning' : `${warnings.length} warnings`}
          className="inline-flex shrink-0 rounded p-0.5 text-amber-ink hover:bg-amber-soft"
        >
          <TriangleAlert className="size-4" aria-hidden />
        </button>
      }
    >
      <ul className="flex flex-col gap-2">
        {warnings.map(({ code, message }) => (
          <li key={code}>{message}</li>
        ))}
      </ul>
    </Popover>
  );
}
