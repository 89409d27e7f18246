import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { Button } from '@/components/ui/button.tsx';
import { Panel } from '@/components/ui/page.tsx';
import { formatCount, formatPercent, plural } from '@/lib/format.ts';
import { groupStatuses } from '@/lib/series-statuses.ts';
import { useMay } from '@/session.ts';
import type { KeyUsage } from '@/types.ts';

interface TableProps {
  readonly usage: KeyUsage;
  readonly keyId: string;
}

const head = 'h-9 border-line border-b px-2 text-left font-medium text-muted text-sm first:pl-4 last:pr-4';
const cell = 'px-2 py-2 align-top first:pl-4 last:pr-4 not-in-[tr:last-child]:border-b border-line';
const firstShown = 10;

/** Which endpoints were called, the most frequent first. */
export function EndpointsTable({ usage, keyId }: TableProps) {
  const [isWhole, setWhole] = useState(false);
  const mayReadLogs = useMay()('logs', 'read');
  const { byEndpoint } = usage;
  const total = byEndpoint.reduce((sum, row) => sum + row.total, 0);
  if (total === 0) {
    return (
      <Panel title="By endpoint" className="h-full">
        <p className="text-muted">No request in this time.</p>
      </Panel>
    );
  }
  const shown = isWhole ? byEndpoint : byEndpoint.slice(0, firstShown);
  return (
    <Panel title="By endpoint" isFlush className="h-full">
      <table
        aria-label="Requests by endpoint"
        className="w-full table-fixed border-separate border-spacing-0"
      >
        <thead>
          <tr>
            <th scope="col" className={head}>
              Endpoint
            </th>
            <th scope="col" className={`${head} w-48 max-sm:w-20`}>
              Requests
            </th>
            <th scope="col" className={`${head} w-32 text-right max-sm:w-20`}>
              Errors
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map((row) => (
            <tr key={`${row.method} ${row.route}`}>
              <th scope="row" className={`${cell} break-words text-left font-normal`}>
                <Endpoint row={row} usage={usage} keyId={keyId} isLinked={mayReadLogs} />
              </th>
              <td className={cell}>
                <Share total={row.total} of={total} />
              </td>
              <td className={`${cell} text-right`}>
                {row.errors === 0 ? (
                  <span className="text-muted">None</span>
                ) : (
                  <span title={`${formatCount(row.errors)} of ${formatCount(row.total)}`}>
                    {formatPercent(row.errors / row.total)}
                  </span>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {byEndpoint.length > firstShown && (
        <div className="border-line border-t px-4 py-2">
          <Button tone="quiet" size="sm" onClick={() => setWhole(!isWhole)}>
            {isWhole ? 'Show fewer' : `Show all ${plural(byEndpoint.length, 'endpoint')}`}
          </Button>
        </div>
      )}
    </Panel>
  );
}

interface EndpointProps extends TableProps {
  readonly row: KeyUsage['byEndpoint'][number];
  readonly isLinked: boolean;
}

function Endpoint({ row: { method, route }, usage: { from, to }, keyId, isLinked }: EndpointProps) {
  const words = (
    <>
      <span className="text-muted">{method}</span> {route || 'No such path'}
    </>
  );
  if (!isLinked || !route.startsWith('/')) return <code className="font-mono text-sm">{words}</code>;
  return (
    <Link
      to="/logs"
      search={{ keyId, method, route, from, to }}
      title="Show these requests"
      className="font-mono text-sm hover:underline"
    >
      {words}
    </Link>
  );
}

/** A count, and its part of all of them as a bar. */
function Share({ total, of }: { readonly total: number; readonly of: number }) {
  return (
    <span className="flex flex-wrap items-baseline justify-between gap-x-3">
      <span>{formatCount(total)}</span>
      <span className="text-muted text-sm max-sm:hidden">{formatPercent(total / of)}</span>
      <span className="mt-1 block h-1 w-full rounded-full bg-sunken" aria-hidden>
        <span className="block h-full rounded-full bg-accent" style={{ width: `${(total / of) * 100}%` }} />
      </span>
    </span>
  );
}

const dots: Readonly<Record<string, string>> = { '4xx': 'bg-amber-strong', '5xx': 'bg-red-strong' };

/** How the requests were answered, with words for those who do not know the numbers. */
export function StatusesTable({ usage, keyId }: TableProps) {
  const mayReadLogs = useMay()('logs', 'read');
  const groups = groupStatuses(usage.byStatus);
  const { from, to } = usage;
  return (
    <Panel title="By status" isFlush={groups.length > 0}>
      {groups.length === 0 ? (
        <p className="text-muted">No request in this time.</p>
      ) : (
        <table
          aria-label="Requests by status"
          className="w-full table-fixed border-separate border-spacing-0"
        >
          <colgroup>
            <col className="w-16" />
            <col />
            <col className="w-24" />
          </colgroup>
          {groups.map(({ label, words, total, rows }) => (
            <tbody key={label}>
              <tr>
                <th
                  colSpan={2}
                  scope="rowgroup"
                  className="bg-sunken px-4 py-1.5 text-left font-medium text-sm"
                >
                  <span className="flex items-center gap-1.5">
                    {dots[label] && <span className={`size-2 rounded-full ${dots[label]}`} aria-hidden />}
                    {label}: {words}
                  </span>
                </th>
                <td className="w-20 bg-sunken px-4 py-1.5 text-right text-sm">{formatCount(total)}</td>
              </tr>
              {rows.map((row) => (
                <tr key={row.status}>
                  <th
                    scope="row"
                    className="w-14 py-1.5 pl-4 text-left align-top font-mono font-normal text-sm"
                  >
                    {mayReadLogs ? (
                      <Link
                        to="/logs"
                        search={{ keyId, status: row.status, from, to }}
                        title="Show these requests"
                        className="hover:underline"
                      >
                        {row.status}
                      </Link>
                    ) : (
                      row.status
                    )}
                  </th>
                  <td className="px-2 py-1.5 align-top text-sm">{row.words}</td>
                  <td className="px-4 py-1.5 text-right align-top text-sm">{formatCount(row.total)}</td>
                </tr>
              ))}
            </tbody>
          ))}
        </table>
      )}
    </Panel>
  );
}
