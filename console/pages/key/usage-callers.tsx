import { useState } from 'react';
import { Button } from '@/components/ui/button.tsx';
import { Copyable } from '@/components/ui/copy.tsx';
import { Panel } from '@/components/ui/page.tsx';
import { Time } from '@/components/ui/time.tsx';
import { formatCount, plural } from '@/lib/format.ts';
import type { Key, KeyUsage } from '@/types.ts';

interface UsageCallersProps {
  readonly apiKey: Key;
  readonly usage: KeyUsage;
}

const head = 'h-9 border-line border-b px-2 text-left font-medium text-muted text-sm first:pl-4 last:pr-4';
const cell = 'px-2 py-2 align-top first:pl-4 last:pr-4 not-in-[tr:last-child]:border-b border-line';
const firstShown = 10;
/** What the server calls those that were too many to be kept one by one. */
const others = 'other';

/** Who sent the key's secrets, those seen last first. */
export function UsageCallers({ apiKey, usage }: UsageCallersProps) {
  const [isWhole, setWhole] = useState(false);
  const { callers, interval } = usage;
  if (callers === undefined || callers.length === 0) {
    return (
      <Panel title="Callers">
        <p className="text-muted">
          {callers === undefined
            ? 'Addresses and programs are shown to those who may read the request log: developers, admins and owners.'
            : 'Nobody used it on these days.'}
        </p>
      </Panel>
    );
  }
  const shown = isWhole ? callers : callers.slice(0, firstShown);
  return (
    <Panel
      title="Callers"
      description={`Those seen last first${interval === 'day' ? '' : ', over the whole days (UTC) that the range touches: they are counted by day'}.`}
      isFlush
    >
      <table aria-label="Callers" className="w-full table-fixed border-separate border-spacing-0">
        <thead>
          <tr>
            <th scope="col" className={`${head} w-40 max-sm:w-32`}>
              Address
            </th>
            <th scope="col" className={head}>
              Program
            </th>
            <th scope="col" className={`${head} w-52 max-md:hidden`}>
              Secret
            </th>
            <th scope="col" className={`${head} w-24 text-right max-sm:w-20`}>
              Requests
            </th>
            <th scope="col" className={`${head} w-32 max-sm:hidden`}>
              Last seen
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map((caller) => (
            <tr key={`${caller.ip} ${caller.userAgent} ${caller.secretId}`}>
              <td className={`${cell} break-all`}>
                {caller.ip === others ? (
                  <span className="text-muted">Others</span>
                ) : (
                  <Copyable text={caller.ip} />
                )}
              </td>
              <td className={`${cell} break-words`}>
                {caller.ip === others ? (
                  <span className="text-muted">More than 200 a day</span>
                ) : (
                  caller.userAgent || <span className="text-muted">It does not say</span>
                )}
              </td>
              <td className={`${cell} truncate max-md:hidden`}>
                <SecretHint secrets={apiKey.secrets} id={caller.secretId} />
              </td>
              <td className={`${cell} text-right`}>{formatCount(caller.total)}</td>
              <td className={`${cell} max-sm:hidden`}>
                <Time at={caller.lastSeenAt} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {callers.length > firstShown && (
        <div className="border-line border-t px-4 py-2">
          <Button tone="quiet" size="sm" onClick={() => setWhole(!isWhole)}>
            {isWhole ? 'Show fewer' : `Show all ${plural(callers.length, 'caller')}`}
          </Button>
        </div>
      )}
    </Panel>
  );
}

const statusWords = { current: '', retiring: 'retiring', retired: 'ended' } as const;

function SecretHint({ secrets, id }: { readonly secrets: Key['secrets']; readonly id: string }) {
  const secret = secrets.find((each) => each.id === id);
  if (secret === undefined) {
    return id === others || id === '' ? <span className="text-muted">Several</span> : <Copyable text={id} />;
  }
  const words = statusWords[secret.status];
  return (
    <>
      <code className="font-mono text-sm">{secret.hint}</code>
      {words && <span className="text-muted text-sm"> {words}</span>}
    </>
  );
}
