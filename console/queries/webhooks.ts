import { queryOptions } from '@tanstack/react-query';
import { get, post } from '@/api.ts';
import { pageSize, pagesOf } from '@/lib/infinite.ts';
import { recordQueries } from '@/lib/record-queries.ts';
import type {
  CreatedWebhook,
  Delivery,
  DeliveryDetails,
  Environment,
  Page,
  ReplayedDeliveries,
  RotatedWebhook,
  Webhook,
  WebhookEvent,
} from '@/types.ts';

export const webhooks = recordQueries<Webhook>('webhooks');

const pathOf = (id: string) => `/webhooks/${encodeURIComponent(id)}`;

const once = (key: string) => ({ 'Idempotency-Key': key });

export const eventTypesQuery = queryOptions({
  queryKey: ['webhook-events'],
  queryFn: async ({ signal }) => {
    const { data } = await get<{ readonly data: readonly WebhookEvent[] }>('/webhooks/events', { signal });
    return data;
  },
  staleTime: Number.POSITIVE_INFINITY,
});

/** The answer holds the secret: it goes to the dialog that shows it, never into a cache. */
export function createWebhook(environment: Environment, body: object, idempotencyKey: string) {
  return post<CreatedWebhook>('/webhooks', { environment, body, headers: once(idempotencyKey) });
}

/** The answer holds the new secret: never make a query of it. */
export function rotateWebhookSecret(
  environment: Environment,
  id: string,
  gracePeriodSeconds: number,
  idempotencyKey: string,
) {
  const ask = { environment, body: { gracePeriodSeconds }, headers: once(idempotencyKey) };
  return post<RotatedWebhook>(`${pathOf(id)}/rotate-secret`, ask);
}

export function testWebhook(environment: Environment, id: string) {
  return post<Delivery>(`${pathOf(id)}/test`, { environment, headers: once(crypto.randomUUID()) });
}

export interface DeliveryFilters {
  readonly status?: string;
  readonly type?: string;
  readonly from?: string;
  readonly to?: string;
}

const soonMs = 60_000;
const quickMs = 2_000;

/** Whether something is about to be sent, or is being sent at this moment. */
function isAboutToChange({ status, nextAttemptAt }: Delivery): boolean {
  return status === 'waiting' && nextAttemptAt !== null && Date.parse(nextAttemptAt) < Date.now() + soonMs;
}

export function deliveriesQuery(environment: Environment, id: string, filters: DeliveryFilters) {
  return {
    ...pagesOf<Delivery>(['webhooks', environment, 'deliveries', id, filters], (cursor, signal) =>
      get<Page<Delivery>>(`${pathOf(id)}/deliveries`, {
        environment,
        query: { ...filters, limit: pageSize, cursor },
        signal,
      }),
    ),
    refetchInterval: (query: { state: { data?: { pages: readonly Page<Delivery>[] } } }) => {
      const pages = query.state.data?.pages ?? [];
      // Each look asks for all pages again, so it is for those who look at the newest.
      return pages.length === 1 && pages[0]!.data.some(isAboutToChange) ? quickMs : (false as const);
    },
  };
}

export function deliveryQuery(environment: Environment, id: string, deliveryId: string) {
  return queryOptions({
    queryKey: ['webhooks', environment, 'delivery', id, deliveryId],
    queryFn: ({ signal }) =>
      get<DeliveryDetails>(`${pathOf(id)}/deliveries/${encodeURIComponent(deliveryId)}`, {
        environment,
        signal,
      }),
    refetchInterval: ({ state }) => (state.data && isAboutToChange(state.data) ? quickMs : false),
  });
}

export function replayDelivery(environment: Environment, id: string, deliveryId: string) {
  return post<Delivery>(`${pathOf(id)}/deliveries/${encodeURIComponent(deliveryId)}/replay`, {
    environment,
    headers: once(crypto.randomUUID()),
  });
}

export interface ReplayRange {
  readonly from: string;
  readonly to: string;
  readonly status?: string;
}

export function replayDeliveries(
  environment: Environment,
  id: string,
  range: ReplayRange,
  idempotencyKey: string,
) {
  return post<ReplayedDeliveries>(`${pathOf(id)}/deliveries/replay`, {
    environment,
    body: range,
    headers: once(idempotencyKey),
  });
}

export interface EndedCount {
  readonly deliveries: number;
  /** Each is sent again once, however often it was sent. */
  readonly events: number;
  /** There are more: the count ended before the range did. */
  readonly isCut: boolean;
}

const countedPages = 6;

/** How much a replay of the range would send, as far as it may send in one call. */
export function endedCountQuery(environment: Environment, id: string, range: ReplayRange) {
  return queryOptions({
    queryKey: ['webhooks', environment, 'ended', id, range],
    queryFn: async ({ signal }): Promise<EndedCount> => {
      const events = new Set<string>();
      const waiting = new Set<string>();
      let deliveries = 0;
      let cursor: string | undefined;
      for (let n = 0; n < countedPages; n++) {
        const query = { ...range, limit: 200, cursor };
        const page = await get<Page<Delivery>>(`${pathOf(id)}/deliveries`, { environment, query, signal });
        for (const { eventId, status } of page.data) {
          if (status !== 'waiting') deliveries++;
          (status === 'waiting' ? waiting : events).add(eventId);
        }
        if (page.nextCursor === null) {
          const due = [...events].filter((id) => !waiting.has(id));
          return { deliveries, events: due.length, isCut: false };
        }
        cursor = page.nextCursor;
      }
      return { deliveries, events: events.size, isCut: true };
    },
    staleTime: 0,
    gcTime: 0,
  });
}
