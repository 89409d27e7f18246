import { useQuery } from '@tanstack/react-query';
import { Panel } from '@/components/ui/page.tsx';
import { Time } from '@/components/ui/time.tsx';
import { formatCount } from '@/lib/format.ts';
import { scopesQuery } from '@/queries/catalogue.ts';
import type { AccessVerdict, ScopeUse } from './access-verdict.ts';

const head = 'h-9 border-line border-b px-2 text-left font-medium text-muted text-sm first:pl-4 last:pr-4';
const cell = 'px-2 py-2 first:pl-4 last:pr-4 not-in-[tr:last-child]:border-b border-line';

/** Used and unused scopes, side by side. */
export function ScopeUses({ verdict: { used, brought, unused } }: { readonly verdict: AccessVerdict }) {
  const { data: catalogue } = useQuery(scopesQuery);
  const labelOf = (name: string) => catalogue?.find((scope) => scope.name === name)?.label ?? name;
  return (
    <div className="grid items-start gap-4 lg:grid-cols-2">
      <Panel title={`Used: ${used.length}`} isFlush>
        {used.length + brought.length === 0 ? (
          <p className="px-4 pb-4 text-muted">No request needed a scope.</p>
        ) : (
          <table aria-label="Used scopes" className="w-full border-separate border-spacing-0">
            <thead>
              <tr>
                <th scope="col" className={head}>
                  Scope
                </th>
                <th scope="col" className={`${head} w-24 text-right`}>
                  Requests
                </th>
                <th scope="col" className={`${head} w-32`}>
                  Last used
                </th>
              </tr>
            </thead>
            <tbody>
              {used.map((use) => (
                <tr key={use.name}>
                  <td className={cell}>
                    <Name use={use} label={labelOf(use.name)} />
                  </td>
                  <td className={`${cell} text-right align-top`}>{formatCount(use.requests)}</td>
                  <td className={`${cell} align-top`}>
                    <Time at={use.lastUsedAt} />
                  </td>
                </tr>
              ))}
              {brought.map((use) => (
                <tr key={use.name}>
                  <td className={cell}>
                    <Name use={use} label={labelOf(use.name)} />
                  </td>
                  <td colSpan={2} className={`${cell} align-top text-muted text-sm`}>
                    Comes with {labelOf(use.broughtBy ?? '')}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Panel>
      <Panel title={`Not used: ${unused.length}`} isFlush>
        {unused.length === 0 ? (
          <p className="px-4 pb-4 text-muted">There is no scope that the key could do without.</p>
        ) : (
          <ul className="pb-1">
            {unused.map((use) => (
              <li key={use.name} className="border-line px-4 py-2 not-last:border-b">
                <Name use={use} label={labelOf(use.name)} />
              </li>
            ))}
          </ul>
        )}
      </Panel>
    </div>
  );
}

function Name({ use, label }: { readonly use: ScopeUse; readonly label: string }) {
  return (
    <>
      {label} <code className="break-words font-mono text-muted text-sm max-sm:block">{use.name}</code>
    </>
  );
}
