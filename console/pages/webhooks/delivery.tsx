import { useQuery } from '@tanstack/react-query';
import { RotateCw } from 'lucide-react';
import type { ReactNode } from 'react';
import { JsonBlock } from '@/components/records/json.tsx';
import { ProblemAlert } from '@/components/ui/alert.tsx';
import { Status } from '@/components/ui/badge.tsx';
import { Button } from '@/components/ui/button.tsx';
import { CodeBlock, Copyable } from '@/components/ui/copy.tsx';
import { Dialog } from '@/components/ui/dialog.tsx';
import { Facts } from '@/components/ui/page.tsx';
import { Skeleton } from '@/components/ui/skeleton.tsx';
import { Time } from '@/components/ui/time.tsx';
import { useEnvironment } from '@/environment.ts';
import { formatDuration } from '@/lib/format.ts';
import { prettyJson, showHidden } from '@/lib/pretty-json.ts';
import { useFilters } from '@/lib/search-params.ts';
import { problemOf } from '@/problem.ts';
import { deliveryQuery } from '@/queries/webhooks.ts';
import type { DeliveryDetails, Webhook } from '@/types.ts';
import { useReplay } from './replay.ts';
import { DeliveryStatus } from './words.tsx';

interface DrawerProps {
  readonly webhook: Webhook;
  readonly deliveryId: string;
  readonly mayReplay: boolean;
  onClose(): void;
}

/** What was sent, how often, and what came back. */
export function DeliveryDrawer({ webhook, deliveryId, mayReplay, onClose }: DrawerProps) {
  const query = useQuery(deliveryQuery(useEnvironment(), webhook.id, deliveryId));
  const replay = useReplay(webhook.id);
  const delivery = query.data;
  return (
    <Dialog
      title={delivery?.type ?? 'Delivery'}
      place="side"
      onClose={onClose}
      footer={
        mayReplay &&
        delivery &&
        delivery.status !== 'waiting' && (
          <Button isBusy={replay.isBusy} onClick={() => void replay.run(deliveryId)}>
            {!replay.isBusy && <RotateCw aria-hidden />}
            Send it again
          </Button>
        )
      }
    >
      {query.isPending && <Skeleton className="h-64" />}
      {query.isError && !delivery && <ProblemAlert problem={problemOf(query.error)} />}
      {delivery && <Shown delivery={delivery} />}
    </Dialog>
  );
}

function Shown({ delivery }: { readonly delivery: DeliveryDetails }) {
  return (
    <div className="flex flex-col gap-6">
      <About delivery={delivery} />
      <Part title="Attempts">
        {delivery.attempts.length === 0 ? (
          <p className="text-muted">None yet.</p>
        ) : (
          <ol className="flex flex-col gap-3">
            {delivery.attempts.map((attempt, place) => (
              <Attempt key={attempt.at} attempt={attempt} number={place + 1} />
            ))}
          </ol>
        )}
      </Part>
      <Part title="Request">
        <CodeBlock label="Request headers" text={headersOf(delivery)} />
        <p className="text-muted text-sm">
          Each attempt has the time at which it is made, and signatures of its own, which are not kept.
        </p>
        {delivery.payload === null ? (
          <p className="text-muted">
            The body is shown to those who may read what it tells of; what it says of somebody’s personal key,
            to them and to administrators.
          </p>
        ) : (
          <JsonBlock label="Request body" value={delivery.payload} />
        )}
      </Part>
    </div>
  );
}

function About({ delivery }: { readonly delivery: DeliveryDetails }) {
  const [, change] = useFilters();
  const { id, eventId, replayOf, nextAttemptAt, createdAt, endedAt } = delivery;
  return (
    <div aria-live="polite">
      <Facts
        facts={[
          { label: 'Status', value: <DeliveryStatus delivery={delivery} /> },
          ...(delivery.status === 'waiting'
            ? [{ label: 'Next attempt', value: <Time at={nextAttemptAt} as="exact" /> }]
            : [{ label: 'Ended', value: <Time at={endedAt} as="exact" /> }]),
          { label: 'Made', value: <Time at={createdAt} as="exact" /> },
          { label: 'webhook-id', value: <Copyable text={eventId} /> },
          { label: 'Delivery', value: <Copyable text={id} /> },
          ...(replayOf
            ? [
                {
                  label: 'Repeats',
                  value: (
                    <button
                      type="button"
                      onClick={() => change({ delivery: replayOf })}
                      className="rounded font-mono text-accent text-sm underline underline-offset-4"
                    >
                      {replayOf}
                    </button>
                  ),
                },
              ]
            : []),
        ]}
      />
    </div>
  );
}

function Part({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section className="flex min-w-0 flex-col gap-2">
      <h3 className="font-semibold">{title}</h3>
      {children}
    </section>
  );
}

interface AttemptProps {
  readonly attempt: DeliveryDetails['attempts'][number];
  readonly number: number;
}

function Attempt({ attempt, number }: AttemptProps) {
  const { at, status, durationMs, error, answer } = attempt;
  return (
    <li className="rounded-lg border border-line px-3 py-2.5">
      <div className="flex flex-wrap items-baseline gap-x-4 gap-y-1">
        <span className="text-muted text-sm">{number}.</span>
        <Status tone={error === null ? 'green' : 'red'}>
          {status === null ? 'No answer' : `Answered ${status}`}
        </Status>
        <span className="text-muted text-sm">{formatDuration(durationMs)}</span>
        <span className="ml-auto text-muted text-sm">
          <Time at={at} as="exact" />
        </span>
      </div>
      {error && <p className="mt-1 break-words">{error}</p>}
      {answer !== null &&
        (answer.trim() === '' ? (
          <p className="mt-1 text-muted text-sm">The answer has no body.</p>
        ) : (
          <CodeBlock
            label={`Body of answer ${number}`}
            text={showHidden(prettyJson(answer) ?? answer)}
            className="mt-2 [&_pre]:whitespace-pre-wrap [&_pre]:break-all [&_section]:max-h-48 [&_section]:overflow-y-auto"
          />
        ))}
    </li>
  );
}

/** As the next attempt has them, or the last one had. */
function headersOf({ eventId, attempts }: DeliveryDetails): string {
  const last = attempts.at(-1);
  const time = last === undefined ? '…' : Math.floor(Date.parse(last.at) / 1_000);
  return [
    'content-type: application/json',
    `webhook-id: ${eventId}`,
    `webhook-timestamp: ${time}`,
    'webhook-signature: v1,…',
  ].join('\n');
}
