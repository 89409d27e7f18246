import { useQueries, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { limitSentences } from '@/components/limit-picker/limits.ts';
import { Copyable } from '@/components/ui/copy.tsx';
import { Facts, Panel } from '@/components/ui/page.tsx';
import { Time } from '@/components/ui/time.tsx';
import { cn } from '@/lib/cn.ts';
import { formatExact, plural } from '@/lib/format.ts';
import { ActorName } from '@/pages/watch/audit-log-names.tsx';
import { scopesQuery, tiersQuery } from '@/queries/catalogue.ts';
import { customerChoiceQuery } from '@/queries/customers-lookup.ts';
import type { Key } from '@/types.ts';
import { useKeyPage } from './key-context.tsx';
import { LinkedKey } from './key-notices.tsx';
import { SecretsTable } from './summary-secrets.tsx';

/** What the key is. */
export function KeySummary() {
  const { apiKey: key } = useKeyPage();
  return (
    <div className="grid gap-4 xl:grid-cols-2">
      <Panel title="What it may do">
        <ScopeList apiKey={key} />
      </Panel>
      <Panel title="How it is bound">
        <Facts
          facts={[
            { label: 'Limits', value: <Limits limit={key.rateLimit} /> },
            { label: 'Addresses', value: <Networks list={key.ipAllowlist} /> },
            { label: 'Customers', value: <Customers apiKey={key} /> },
            { label: 'Expires', value: <Expiry at={key.expiresAt} /> },
          ]}
        />
      </Panel>
      <Panel title="Secrets" className="xl:col-span-2" isFlush>
        <SecretsTable />
      </Panel>
      <Panel title="History" className="xl:col-span-2">
        <Facts facts={historyOf(key)} />
      </Panel>
    </div>
  );
}

function historyOf(key: Key): { label: string; value: ReactNode }[] {
  const { environment } = key;
  return [
    {
      label: 'Last used',
      value: (
        <>
          <Moment at={key.lastUsedAt} />
          {key.lastUsedIp && (
            <>
              {' '}
              from <Copyable text={key.lastUsedIp} />
            </>
          )}
        </>
      ),
    },
    {
      label: 'Created',
      value: (
        <>
          <Moment at={key.createdAt} /> by <ActorName id={key.createdBy} environment={environment} />
        </>
      ),
    },
    { label: 'Changed', value: <Moment at={key.updatedAt} /> },
    ...(key.status === 'active' ? [{ label: 'Rotation due', value: <Moment at={key.rotationDueAt} /> }] : []),
    ...(key.replaces
      ? [{ label: 'Replaces', value: <LinkedKey id={key.replaces} environment={environment} /> }]
      : []),
    ...(key.replacedBy
      ? [{ label: 'Replaced by', value: <LinkedKey id={key.replacedBy} environment={environment} /> }]
      : []),
  ];
}

/** How long ago it was, and when. */
function Moment({ at }: { readonly at: string | null }) {
  return (
    <>
      <Time at={at} />
      {at && <span className="text-muted"> · {formatExact(at)}</span>}
    </>
  );
}

/** Up to so many scopes are described. */
const shortList = 6;

function ScopeList({ apiKey: key }: { readonly apiKey: Key }) {
  const { data: catalogue } = useQuery(scopesQuery);
  if (key.inheritsAllScopes) {
    return (
      <p>
        <span className="font-medium">Everything that may be inherited</span>, also what later versions bring:
        no scope was chosen. Only managing keys and reading the audit log are left out.
      </p>
    );
  }
  const isShort = key.scopes.length <= shortList;
  return (
    <ul className={isShort ? 'flex flex-col gap-2.5' : 'gap-x-6 sm:columns-2'}>
      {key.scopes.map((name) => {
        const scope = catalogue?.find((one) => one.name === name);
        return (
          <li key={name} className="break-inside-avoid py-0.5" title={scope?.description}>
            <span className={cn('flex', isShort ? 'flex-wrap justify-between gap-x-4' : 'flex-col')}>
              {scope?.label ?? name}
              <code className="break-all font-mono text-muted text-sm">{name}</code>
            </span>
            {isShort && scope && <span className="block text-muted text-sm">{scope.description}</span>}
          </li>
        );
      })}
    </ul>
  );
}

function Limits({ limit }: { readonly limit: Key['rateLimit'] }) {
  const { data: tiers } = useQuery(tiersQuery);
  const label = tiers?.find(({ name }) => name === limit.tier)?.label ?? limit.tier;
  return (
    <>
      {label}. {limitSentences(limit)[0]}
    </>
  );
}

function Networks({ list }: { readonly list: readonly string[] }) {
  if (list.length === 0) return 'It works from every address.';
  return (
    <ul className="flex max-h-40 flex-wrap gap-x-3 gap-y-1 overflow-y-auto">
      {list.map((network) => (
        <li key={network}>
          <Copyable text={network} />
        </li>
      ))}
    </ul>
  );
}

const namesShown = 10;

function Customers({ apiKey: { customerIds, environment } }: { readonly apiKey: Key }) {
  const shown = customerIds.slice(0, namesShown);
  const answers = useQueries({ queries: shown.map((id) => customerChoiceQuery(environment, id)) });
  if (customerIds.length === 0) return 'It works with the data of every customer.';
  const rest = customerIds.length - shown.length;
  return (
    <>
      Only the data of{' '}
      {shown.map((id, index) => (
        <span key={id}>
          {index > 0 && ', '}
          <Link
            to="/customers/$id"
            params={{ id }}
            search={(before: { env?: string }) => ({ env: before.env })}
            className="underline underline-offset-2"
          >
            {answers[index]?.data?.name ?? id}
          </Link>
        </span>
      ))}
      {rest > 0 && <> and {plural(rest, 'other')}</>}.
    </>
  );
}

function Expiry({ at }: { readonly at: string | null }) {
  if (at === null) return 'Never by itself.';
  return <Moment at={at} />;
}
