import { Copyable } from '@/components/ui/copy.tsx';
import { Panel } from '@/components/ui/page.tsx';
import { Time } from '@/components/ui/time.tsx';
import { formatCount } from '@/lib/format.ts';
import { showHidden } from '@/lib/pretty-json.ts';
import type { RotationProgress } from '@/types.ts';

type Callers = NonNullable<RotationProgress['retiring']>['callers'];

const head = 'h-9 border-line border-b px-2 text-left font-medium text-muted text-sm first:pl-4 last:pr-4';
const cell = 'min-h-10 px-2 py-2 align-top first:pl-4 last:pr-4 not-in-[tr:last-child]:border-b border-line';

/** Who has not taken the new secret yet. */
export function RotationCallers({ callers }: { readonly callers: Callers }) {
  if (callers === undefined) {
    return (
      <Panel title="Who still sends the old secret">
        <p className="text-muted">Addresses and programs are shown to those who may read the request log.</p>
      </Panel>
    );
  }
  if (callers.length === 0) {
    return (
      <Panel title="Who still sends the old secret">
        <p className="text-muted">
          Nobody has sent it since the rotation. Whoever does appears here a second later.
        </p>
      </Panel>
    );
  }
  return (
    <Panel
      title="Who still sends the old secret"
      description="Since the rotation, those seen last first. Requests are counted by the day, those before the rotation on its day included."
      isFlush
    >
      <table
        aria-label="Callers of the old secret"
        className="w-full table-fixed border-separate border-spacing-0"
      >
        <thead>
          <tr>
            <th scope="col" className={`${head} w-36 max-sm:w-28`}>
              Address
            </th>
            <th scope="col" className={head}>
              Program
            </th>
            <th scope="col" className={`${head} w-24 text-right max-sm:hidden`}>
              Requests
            </th>
            <th scope="col" className={`${head} w-36 max-sm:w-28`}>
              Last seen
            </th>
          </tr>
        </thead>
        <tbody>
          {callers.map(({ ip, userAgent, total, lastSeenAt }) => (
            <tr key={`${ip} ${userAgent}`}>
              <td className={`${cell} truncate`}>
                <Copyable text={ip} />
              </td>
              <td className={`${cell} break-words`}>
                {showHidden(userAgent) || <span className="text-muted">It does not say</span>}
              </td>
              <td className={`${cell} text-right max-sm:hidden`}>{formatCount(total)}</td>
              <td className={cell}>
                <Time at={lastSeenAt} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}
