import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { get, post } from '@/api.ts';
import { recordQueries } from '@/lib/record-queries.ts';
import type {
  Conversation,
  ConversationAnalyticsRow,
  Environment,
  Member,
  Message,
  MessageAnalyticsRow,
  Page,
} from '@/types.ts';

export const conversations = recordQueries<Conversation>('conversations');

export type Direction = Message['direction'];

/** As many as a page of the API has at most: most threads are shorter. */
const messagesAPage = 200;

export function messagesQuery(environment: Environment, id: string) {
  return infiniteQueryOptions({
    queryKey: ['conversations', environment, 'messages', id],
    queryFn: ({ pageParam: cursor, signal }) =>
      get<Page<Message>>(`/conversations/${encodeURIComponent(id)}/messages`, {
        environment,
        query: { limit: messagesAPage, cursor },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.nextCursor ?? undefined,
  });
}

export function beginConversation(
  environment: Environment,
  direction: Direction,
  body: object,
  idempotencyKey: string,
) {
  return post<Conversation>(direction === 'outbound' ? '/conversations/outbound' : '/conversations', {
    environment,
    body,
    headers: { 'Idempotency-Key': idempotencyKey },
  });
}

export function sendMessage(environment: Environment, id: string, body: object, idempotencyKey: string) {
  return post<Message>(`/conversations/${encodeURIComponent(id)}/messages`, {
    environment,
    body,
    headers: { 'Idempotency-Key': idempotencyKey },
  });
}

/** Who can be given a conversation. Only for those who may read members. */
export const assigneesQuery = queryOptions({
  queryKey: ['members', 'assignees'],
  queryFn: async ({ signal }) =>
    (await get<Page<Member>>('/members', { query: { limit: 200 }, signal })).data,
  staleTime: 5 * 60_000,
});

export interface ConversationAnalytics {
  /** A row for each status of a channel of a day. */
  readonly rows: readonly ConversationAnalyticsRow[];
  /** A row for each day: medians cannot be added up. */
  readonly days: readonly ConversationAnalyticsRow[];
  readonly messages: readonly MessageAnalyticsRow[];
}

const dayMs = 86_400_000;

/** Of whole days in UTC, today the last of them. Bounded: a day has at most eight channels with four statuses. */
export function conversationAnalyticsQuery(environment: Environment, days: number) {
  return queryOptions({
    queryKey: ['conversations', environment, 'analytics', days],
    queryFn: async ({ signal }): Promise<ConversationAnalytics> => {
      const from = new Date(Date.now() - (days - 1) * dayMs).toISOString();
      const rowsOf = async <T>(path: string, groupBy?: string): Promise<T[]> => {
        const rows: T[] = [];
        let cursor: string | undefined;
        do {
          const query = { from, groupBy, limit: 2_000, cursor };
          const page = await get<Page<T>>(path, { environment, query, signal });
          rows.push(...page.data);
          cursor = page.nextCursor ?? undefined;
        } while (cursor !== undefined);
        return rows;
      };
      const [rows, byDay, messages] = await Promise.all([
        rowsOf<ConversationAnalyticsRow>('/analytics/conversations', 'status'),
        rowsOf<ConversationAnalyticsRow>('/analytics/conversations', 'day'),
        rowsOf<MessageAnalyticsRow>('/analytics/messages'),
      ]);
      return { rows, days: byDay, messages };
    },
    staleTime: 60_000,
  });
}
