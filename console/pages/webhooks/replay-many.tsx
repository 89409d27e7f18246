import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Alert } from '@/components/ui/alert.tsx';
import { Confirm } from '@/components/ui/confirm.tsx';
import { Field, Input, Select } from '@/components/ui/field.tsx';
import { toast } from '@/components/ui/toast.tsx';
import { useEnvironment } from '@/environment.ts';
import { formatCount, plural } from '@/lib/format.ts';
import { fromLocalInput, toLocalInput } from '@/lib/local-time.ts';
import { useOnce } from '@/lib/once.ts';
import { Problem, problemOf } from '@/problem.ts';
import {
  type DeliveryFilters,
  endedCountQuery,
  type ReplayRange,
  replayDeliveries,
  webhooks,
} from '@/queries/webhooks.ts';
import type { Webhook } from '@/types.ts';

const statuses = [
  { value: 'failed', label: 'That failed' },
  { value: 'cancelled', label: 'That were cancelled' },
  { value: 'succeeded', label: 'That arrived' },
  { value: '', label: 'All that have ended' },
];

const dayMs = 86_400_000;
const minuteMs = 60_000;
/** In one call of the API. */
const mostEvents = 1_000;

interface ReplayProps {
  readonly webhook: Webhook;
  /** Of the list behind the dialog: what the form begins with. */
  readonly filters: DeliveryFilters;
  onClose(): void;
}

/** Sends again what a receiver missed. */
export function ReplayMany({ webhook, filters, onClose }: ReplayProps) {
  const environment = useEnvironment();
  const client = useQueryClient();
  const once = useOnce();
  const [initial] = useState(() => firstRange(filters));
  const [{ from, to, status }, setForm] = useState(initial);
  const set = (changes: Partial<typeof initial>) => setForm((before) => ({ ...before, ...changes }));
  const range = rangeOf(from, to, status);
  return (
    <Confirm
      title="Send many deliveries again"
      action="Send them again"
      onClose={onClose}
      run={async () => {
        if (range === null) throw new Problem(0, { detail: 'Give two times, the earlier one first.' });
        const { replayed } = await once(range, (key) =>
          replayDeliveries(environment, webhook.id, range, key),
        );
        toast({
          title: replayed === 0 ? 'Nothing was to be sent again' : `${plural(replayed, 'event')} sent again`,
        });
        await webhooks.refresh(client);
      }}
    >
      <p>
        Each event of the time goes out once more, with the same webhook-id, so that the receiver can tell
        what it has seen. What waits already is left out.
      </p>
      <Field label="Deliveries">
        <Select value={status} onChange={(event) => set({ status: event.target.value })}>
          {statuses.map(({ value, label }) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </Select>
      </Field>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label="Made from">
          <Input
            type="datetime-local"
            required
            value={from}
            max="9999-12-31T23:59"
            onChange={(event) => set({ from: event.target.value })}
          />
        </Field>
        <Field label="Made before">
          <Input
            type="datetime-local"
            required
            value={to}
            max="9999-12-31T23:59"
            onChange={(event) => set({ to: event.target.value })}
          />
        </Field>
      </div>
      <Count webhook={webhook} range={range} />
    </Confirm>
  );
}

function firstRange({ status, from, to }: DeliveryFilters) {
  const ended = statuses.some(({ value }) => value === status) ? status! : 'failed';
  const now = Date.now();
  return {
    // The field knows minutes: the one that has begun counts.
    from: toLocalInput(validOr(from, now - dayMs)),
    to: toLocalInput(validOr(to, now + minuteMs)),
    status: ended,
  };
}

function validOr(at: string | undefined, otherwise: number): string {
  const found = at === undefined ? Number.NaN : Date.parse(at);
  return new Date(Number.isNaN(found) ? otherwise : found).toISOString();
}

function rangeOf(fromText: string, toText: string, status: string): ReplayRange | null {
  const from = fromLocalInput(fromText);
  const to = fromLocalInput(toText);
  if (from === null || to === null || from >= to) return null;
  return { from, to, ...(status !== '' && { status }) };
}

function Count({ webhook, range }: { readonly webhook: Webhook; readonly range: ReplayRange | null }) {
  const environment = useEnvironment();
  const none = { from: '', to: '' };
  const { data, error, isFetching } = useQuery({
    ...endedCountQuery(environment, webhook.id, range ?? none),
    enabled: range !== null,
  });
  if (range === null) return <Alert tone="amber">Give two times, the earlier one first.</Alert>;
  if (error) return <Alert tone="red">{problemOf(error).message}</Alert>;
  if (data === undefined || isFetching) return <Alert role="status">Counting …</Alert>;
  if (data.isCut || data.events > mostEvents) {
    return (
      <Alert tone="amber" role="status">
        {data.isCut ? `More than ${formatCount(data.deliveries)} deliveries` : plural(data.events, 'event')}{' '}
        are in this time. One call sends {formatCount(mostEvents)} events at most: a longer one is refused, so
        choose a shorter time, and send several.
      </Alert>
    );
  }
  return (
    <Alert role="status">
      {data.events === 0
        ? 'No delivery of this time is like that.'
        : `${plural(data.deliveries, 'delivery', 'deliveries')} of ${plural(data.events, 'event')}: at most ${plural(data.events, 'message')} will be sent.`}
    </Alert>
  );
}
