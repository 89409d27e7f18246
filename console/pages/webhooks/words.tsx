import { Badge, Status } from '@/components/ui/badge.tsx';
import { Popover } from '@/components/ui/popover.tsx';
import { Time } from '@/components/ui/time.tsx';
import type { Delivery, Webhook } from '@/types.ts';

/** How it stands, in a word. */
export function WebhookState({ webhook }: { readonly webhook: Webhook }) {
  const { active, disabledReason, failingSince, lastSuccessAt } = webhook;
  if (!active) return <Status tone="neutral">{disabledReason === 'gone' ? 'Off: gone' : 'Off'}</Status>;
  if (failingSince !== null) return <Status tone="red">Failing</Status>;
  return lastSuccessAt === null ? (
    <Status tone="blue">Not sent to yet</Status>
  ) : (
    <Status tone="green">Works</Status>
  );
}

/** What became of the last delivery. */
export function LastSent({ webhook }: { readonly webhook: Webhook }) {
  const { lastSuccessAt, lastFailureAt } = webhook;
  if (lastSuccessAt === null && lastFailureAt === null) return <Time at={null} />;
  const hasFailed = lastFailureAt !== null && (lastSuccessAt === null || lastFailureAt > lastSuccessAt);
  return (
    <span className={hasFailed ? 'text-red-ink' : undefined}>
      <Time at={hasFailed ? lastFailureAt : lastSuccessAt} />
      {hasFailed && ', failed'}
    </span>
  );
}

/** What it hears of; what does not fit opens on a click. */
export function EventWords({
  events,
  shown = 2,
}: {
  readonly events: readonly string[];
  readonly shown?: number;
}) {
  if (events.includes('*')) return <Badge>All events</Badge>;
  const rest = events.length - shown;
  return (
    <span className="flex min-w-0 items-center gap-1">
      <code className="truncate font-mono text-sm">{events.slice(0, shown).join(', ')}</code>
      {rest > 0 && (
        <Popover
          label="All events"
          trigger={
            <button
              type="button"
              aria-label={`${rest} more events`}
              className="shrink-0 rounded border border-line bg-sunken px-1 text-muted text-xs hover:text-ink"
            >
              +{rest}
            </button>
          }
        >
          <ul className="flex flex-col gap-1 font-mono text-sm">
            {events.map((event) => (
              <li key={event}>{event}</li>
            ))}
          </ul>
        </Popover>
      )}
    </span>
  );
}

const tones = { waiting: 'amber', succeeded: 'green', failed: 'red', cancelled: 'neutral' } as const;
const words = { waiting: 'Waiting', succeeded: 'Arrived', failed: 'Failed', cancelled: 'Cancelled' } as const;

export const deliveryStatuses = (['waiting', 'succeeded', 'failed', 'cancelled'] as const).map((value) => ({
  value,
  label: words[value],
}));

export function DeliveryStatus({ delivery }: { readonly delivery: Delivery }) {
  const { status, attemptCount } = delivery;
  if (status === 'waiting' && attemptCount > 0) return <Status tone="amber">Retrying</Status>;
  return <Status tone={tones[status]}>{words[status]}</Status>;
}
