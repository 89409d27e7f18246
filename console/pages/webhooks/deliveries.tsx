import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { RotateCw, Send } from 'lucide-react';
import { useMemo, useState } from 'react';
import { useHolds } from '@/components/records/scopes.ts';
import { Badge } from '@/components/ui/badge.tsx';
import { Button, IconButton } from '@/components/ui/button.tsx';
import { type Column, DataTable } from '@/components/ui/data-table.tsx';
import { Empty } from '@/components/ui/empty.tsx';
import { Filter } from '@/components/ui/filter.tsx';
import { Time } from '@/components/ui/time.tsx';
import { useEnvironment } from '@/environment.ts';
import { formatExact } from '@/lib/format.ts';
import { sinceMinutes, timePresets } from '@/lib/log-filters.ts';
import { useFilters } from '@/lib/search-params.ts';
import { deliveriesQuery, eventTypesQuery } from '@/queries/webhooks.ts';
import type { Delivery, Webhook } from '@/types.ts';
import { DeliveryDrawer } from './delivery.tsx';
import { useReplay } from './replay.ts';
import { ReplayMany } from './replay-many.tsx';
import { DeliveryStatus, deliveryStatuses } from './words.tsx';

function columnsFor(open: (id: string) => void, webhook: Webhook, mayReplay: boolean) {
  const columns: Column<Delivery>[] = [
    {
      id: 'event',
      header: 'Event',
      isFixed: true,
      cell: ({ id, type, replayOf }) => (
        <span className="flex min-w-0 items-center gap-1.5">
          <button
            type="button"
            onClick={() => open(id)}
            className="truncate rounded font-mono text-sm hover:underline"
          >
            {type}
          </button>
          {replayOf && <Badge className="max-sm:hidden">Replay</Badge>}
        </span>
      ),
    },
    {
      id: 'status',
      header: 'Status',
      className: 'w-28 sm:w-36',
      cell: (delivery) => <DeliveryStatus delivery={delivery} />,
    },
    {
      id: 'answer',
      header: 'Last answer',
      className: 'hidden md:table-cell',
      cell: ({ responseStatus, error }) => <LastAnswer status={responseStatus} error={error} />,
    },
    {
      id: 'attempts',
      header: 'Attempts',
      className: 'w-24 hidden lg:table-cell',
      cell: ({ attemptCount }) => attemptCount,
    },
    {
      id: 'next',
      header: 'Next attempt',
      className: 'w-36 hidden lg:table-cell',
      cell: ({ nextAttemptAt }) => <Time at={nextAttemptAt} never="None" />,
    },
    {
      id: 'created',
      header: 'Made',
      className: 'w-32 hidden sm:table-cell',
      cell: ({ createdAt }) => <Time at={createdAt} />,
    },
  ];
  if (!mayReplay) return columns;
  return [
    ...columns,
    {
      id: 'menu',
      header: 'Actions',
      className: 'w-12',
      isFixed: true,
      cell: (delivery: Delivery) =>
        delivery.status !== 'waiting' && <ReplayButton webhook={webhook} delivery={delivery} />,
    },
  ];
}

function LastAnswer({ status, error }: { readonly status: number | null; readonly error: string | null }) {
  if (status === null && error === null) return <span className="text-muted">None yet</span>;
  return (
    <span title={error ?? undefined} className="block truncate">
      {status !== null && <span className="mr-2">{status}</span>}
      {error && <span className="text-muted">{error}</span>}
    </span>
  );
}

function ReplayButton({ webhook, delivery }: { readonly webhook: Webhook; readonly delivery: Delivery }) {
  const { isBusy, run } = useReplay(webhook.id);
  return (
    <IconButton
      label={`Send ${delivery.type} again`}
      size="icon-sm"
      disabled={isBusy}
      onClick={() => void run(delivery.id)}
    >
      <RotateCw />
    </IconButton>
  );
}

const nothing = { status: '', type: '', from: '', to: '' };

export function Deliveries({ webhook }: { readonly webhook: Webhook }) {
  const environment = useEnvironment();
  const mayWrite = useHolds()('webhooks:write');
  const mayReplay = mayWrite && webhook.active;
  const [{ status, type, from, to, delivery }, change] = useFilters();
  const query = useInfiniteQuery(deliveriesQuery(environment, webhook.id, { status, type, from, to }));
  const [isReplaying, setReplaying] = useState(false);
  const columns = useMemo(
    () => columnsFor((id) => change({ delivery: id }), webhook, mayReplay),
    [change, webhook, mayReplay],
  );
  const isFiltered = Boolean(status || type || from || to);
  return (
    <>
      <DataTable
        label="Deliveries"
        columns={columns}
        query={query}
        idOf={({ id }) => id}
        onOpen={({ id }) => change({ delivery: id })}
        toolbar={
          <>
            <Filter
              label="Status"
              value={status ?? ''}
              choices={deliveryStatuses}
              onChange={(value) => change({ status: value })}
            />
            <TypeFilter />
            <SinceFilter />
            {mayReplay && (
              <Button onClick={() => setReplaying(true)}>
                <RotateCw aria-hidden />
                Replay many
              </Button>
            )}
          </>
        }
        empty={
          isFiltered ? (
            <Empty
              icon={Send}
              title="No delivery is like that"
              action={<Button onClick={() => change(nothing)}>Clear the filters</Button>}
            >
              Nothing that was sent in the last 30 days passes these filters.
            </Empty>
          ) : (
            <Empty icon={Send} title="Nothing was sent yet">
              The next event that it listens to stands here.
              {mayWrite && webhook.active && ' Send a test to see at once whether it arrives.'}
            </Empty>
          )
        }
      />
      {delivery && (
        <DeliveryDrawer
          webhook={webhook}
          deliveryId={delivery}
          mayReplay={mayReplay}
          onClose={() => change({ delivery: undefined })}
        />
      )}
      {isReplaying && (
        <ReplayMany webhook={webhook} filters={{ status, from, to }} onClose={() => setReplaying(false)} />
      )}
    </>
  );
}

function TypeFilter() {
  const [{ type }, change] = useFilters();
  const { data: events = [] } = useQuery(eventTypesQuery);
  const choices = events.map((event) => ({ value: event.type as string, label: event.type as string }));
  return (
    <Filter
      label="Event"
      value={type ?? ''}
      choices={choices}
      onChange={(value) => change({ type: value })}
    />
  );
}

/** A moment in the address: whoever opens the link sees the same. */
function SinceFilter() {
  const [{ from }, change] = useFilters();
  const presets = timePresets.map(({ minutes, label }) => ({ value: String(minutes), label }));
  const chosen = from ? [{ value: from, label: since(from) }] : [];
  return (
    <Filter
      label="Since"
      value={from ?? ''}
      choices={[...chosen, ...presets]}
      onChange={(value) => {
        if (/^\d+$/.test(value)) change({ from: sinceMinutes(Number(value), Date.now()) });
        else change({ from: value });
      }}
    />
  );
}

function since(from: string): string {
  return Number.isNaN(Date.parse(from)) ? from : formatExact(from);
}
