import { useSuspenseQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Badge } from '@/components/ui/badge.tsx';
import { PageFrame, Panel } from '@/components/ui/page.tsx';
import { SearchField } from '@/components/ui/search.tsx';
import { bundlesQuery, scopesQuery } from '@/queries/catalogue.ts';
import type { Scope } from '@/types.ts';

/** What a key may be allowed, and the bundles of it. */
export function ScopesPage() {
  const { data: scopes } = useSuspenseQuery(scopesQuery);
  const { data: bundles } = useSuspenseQuery(bundlesQuery);
  const [q, setQ] = useState('');
  const found = scopes.filter(({ name, label, description }) =>
    `${name} ${label} ${description}`.toLowerCase().includes(q.toLowerCase()),
  );
  const surfaces = Map.groupBy(found, ({ surface }) => surface);
  return (
    <PageFrame
      title="Scopes"
      description="A scope is one thing that a key may do. They are chosen when a key is created and never change: a wider key is a new key."
    >
      <div className="flex flex-col gap-6">
        <Panel
          title="Bundles"
          description="Named sets of scopes. A bundle is expanded when a key is created; what it means later does not touch that key."
        >
          <ul className="grid gap-4 md:grid-cols-2">
            {bundles.map(({ name, label, description, scopes: list }) => (
              <li key={name} className="rounded-md border border-line p-3">
                <h3 className="font-medium">
                  {label} <code className="font-mono font-normal text-muted text-sm">{name}</code>
                </h3>
                <p className="mt-0.5 text-muted">{description}</p>
                <p className="mt-2 flex flex-wrap gap-1">
                  {list.map((scope) => (
                    <Badge key={scope} className="font-mono font-normal">
                      {scope}
                    </Badge>
                  ))}
                </p>
              </li>
            ))}
          </ul>
        </Panel>
        <Panel
          title="All scopes"
          actions={<SearchField label="Search scopes" value={q} onSearch={setQ} />}
          isFlush
        >
          {found.length === 0 && <p className="px-4 pb-4 text-muted">No scope is like that.</p>}
          {[...surfaces].map(([surface, list]) => (
            <ScopeGroup key={surface} list={list} />
          ))}
        </Panel>
      </div>
    </PageFrame>
  );
}

function ScopeGroup({ list }: { readonly list: readonly Scope[] }) {
  return (
    <ul className="border-line border-t first:border-t-0">
      {list.map(({ name, label, description, implies, inheritable }) => (
        <li key={name} className="grid gap-x-4 gap-y-0.5 px-4 py-2 sm:grid-cols-[14rem_minmax(0,1fr)]">
          <span>
            <span className="font-medium">{label}</span>
            <code className="block font-mono text-muted text-sm">{name}</code>
          </span>
          <span className="text-muted">
            {description}
            {implies.length > 0 && (
              <>
                {' '}
                Implies <code className="font-mono text-sm">{implies.join(', ')}</code>.
              </>
            )}
            {!inheritable && ' Never inherited and in no bundle: it is always named.'}
          </span>
        </li>
      ))}
    </ul>
  );
}
