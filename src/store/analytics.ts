import { sql } from 'kysely';
import { type ConversationStatus, conversationStatuses } from '../core/conversation-status.ts';
import type { Place } from '../core/policy.ts';
import { channels } from '../core/scopes.ts';
import type { Db } from './database.ts';
import type { Dialect } from './dialect.ts';

/** What rows are told apart by, besides the day. Each has those before it, too. */
export const conversationGroupings = ['day', 'channel', 'status'] as const;
export type ConversationGrouping = (typeof conversationGroupings)[number];

/** Times are epoch ms. */
export interface AnalyticsAsk {
  /** Days at 00:00 UTC: `from` inclusive, `to` exclusive; null: no bound. */
  readonly from: number | null;
  readonly to: number | null;
  /** Only what changed at that moment, or later; null: everything. */
  readonly since: number | null;
  /** null: of all, and of nobody. */
  readonly customers: readonly string[] | null;
}

export interface Durations {
  readonly count: number;
  readonly medianMs: number | null;
  readonly p90Ms: number | null;
}

/** Conversations by the day on which they began. `channel` and `status` are null where they are not told apart. */
export interface ConversationRow {
  readonly day: number;
  readonly channel: string | null;
  readonly status: ConversationStatus | null;
  readonly conversations: number;
  readonly messagesIn: number;
  readonly messagesOut: number;
  readonly firstResponse: Durations;
  readonly resolution: Durations;
  /** The latest change of any conversation of the day and channel, whatever its status. */
  readonly updatedAt: number;
}

/** A place in the order of the rows: right behind the row of this name. */
export type ConversationPosition = Pick<ConversationRow, 'day' | 'channel'> & {
  readonly status: string | null;
};

export interface Rows<R, P> {
  readonly rows: readonly R[];
  /** Where to go on; null at the end. */
  readonly next: P | null;
}

const dayMs = 86_400_000;
/** Others wait for the thread: a page ends after so long, also where it is not full. */
const budgetMs = 250;
/** Days are asked for a few at a time, as many as take about so long. */
const windowMs = 15;
const behindAll = '~';

const dayOf = sql<number>`created_at - created_at % ${sql.lit(dayMs)}`;
const bigint = (value: ReturnType<typeof sql>) => sql<number>`cast(${value} as bigint)`;

function conversationsIn(db: Db, { tenantId, environment }: Place, { customers }: AnalyticsAsk) {
  return db
    .selectFrom('conversations')
    .where('tenant_id', '=', tenantId)
    .where('environment', '=', environment)
    .$if(customers !== null, (query) => query.where('customer_id', 'in', [...customers!]));
}

/** The next days, one after the other, at most so many; null: there are no more. */
type NextDays = (from: number, most: number) => Promise<{ from: number; to: number } | null>;

/** Days on which conversations began, found one after the other by an index. */
function daysWithAny(db: Db, place: Place, ask: AnalyticsAsk): NextDays {
  return async (from, most) => {
    const { at } = await conversationsIn(db, place, ask)
      .select((e) => e.fn.min<number | null>('created_at').as('at'))
      .where('created_at', '>=', from)
      .executeTakeFirstOrThrow();
    if (at === null) return null;
    const day = at - (at % dayMs);
    return { from: day, to: day + most * dayMs };
  };
}

/** To look through more changes for each page would take longer than to look at the days. */
const maxChanges = 10_000;

/** Days on which conversations began that have changed; where very many have, all days on which any began. */
async function daysWithChanges(db: Db, place: Place, ask: AnalyticsAsk, since: number): Promise<NextDays> {
  const some = conversationsIn(db, place, ask)
    .select('created_at')
    .where('updated_at', '>=', since)
    .limit(maxChanges + 1);
  const changed = await db
    .selectFrom(some.as('some'))
    .select((e) => [dayOf.as('day'), e.fn.countAll<number>().as('count')])
    .groupBy(dayOf)
    .orderBy('day')
    .execute();
  if (changed.reduce((sum, { count }) => sum + Number(count), 0) > maxChanges)
    return daysWithAny(db, place, ask);
  const days = changed.map(({ day }) => day);
  return async (from, most) => {
    const first = days.findIndex((day) => day >= from);
    if (first === -1) return null;
    let last = first;
    while (last - first + 1 < most && days[last + 1] === days[last]! + dayMs) last++;
    return { from: days[first]!, to: days[last]! + dayMs };
  };
}

interface Summed {
  readonly day: number;
  readonly channel: string | null;
  readonly status: string | null;
  readonly conversations: number;
  readonly messages: number;
  readonly messagesIn: number;
  readonly responses: number;
  readonly responseMedian: number | null;
  readonly responseP90: number | null;
  readonly resolutions: number;
  readonly resolutionMedian: number | null;
  readonly resolutionP90: number | null;
  readonly updatedAt: number;
}

function sumUp(
  db: Db,
  dialect: Dialect,
  place: Place,
  ask: AnalyticsAsk,
  { by, from, to }: { readonly by: ConversationGrouping; readonly from: number; readonly to: number },
): Promise<Summed[]> {
  const nobody = sql<string | null>`cast(null as text)`;
  const response = sql`first_response_at - first_inbound_at`;
  const resolution = sql`resolved_at - created_at`;
  const columns =
    by === 'day' ? [] : by === 'channel' ? (['channel'] as const) : (['channel', 'status'] as const);
  return conversationsIn(db, place, ask)
    .select((e) => [
      dayOf.as('day'),
      by === 'day' ? nobody.as('channel') : e.ref('channel').as('channel'),
      by === 'status' ? e.ref('status').as('status') : nobody.as('status'),
      e.fn.countAll<number>().as('conversations'),
      bigint(sql`sum(messages)`).as('messages'),
      bigint(sql`sum(messages_in)`).as('messagesIn'),
      bigint(sql`count(${response})`).as('responses'),
      dialect.percentile(0.5, response).as('responseMedian'),
      dialect.percentile(0.9, response).as('responseP90'),
      bigint(sql`count(resolved_at)`).as('resolutions'),
      dialect.percentile(0.5, resolution).as('resolutionMedian'),
      dialect.percentile(0.9, resolution).as('resolutionP90'),
      e.fn.max('updated_at').as('updatedAt'),
    ])
    .where('created_at', '>=', from)
    .where('created_at', '<', to)
    .groupBy([dayOf, ...columns])
    .execute();
}

const noDurations: Durations = { count: 0, medianMs: null, p90Ms: null };

function rowOf(summed: Summed, updatedAt: number): ConversationRow {
  const { day, channel, status, messages, messagesIn } = summed;
  const { responses, responseMedian, responseP90, resolutions, resolutionMedian, resolutionP90 } = summed;
  return {
    day,
    channel,
    status: status as ConversationStatus | null,
    conversations: summed.conversations,
    messagesIn,
    messagesOut: messages - messagesIn,
    firstResponse: { count: responses, medianMs: responseMedian, p90Ms: responseP90 },
    resolution: { count: resolutions, medianMs: resolutionMedian, p90Ms: resolutionP90 },
    updatedAt,
  };
}

/**
 * The rows of a day and channel that belong together. All statuses have one, also where nothing is in that status any
 * more: so that who replaces rows by their names is rid of what was there before.
 */
function rowsOfGroup(group: readonly Summed[], by: ConversationGrouping): ConversationRow[] {
  const updatedAt = Math.max(...group.map((summed) => summed.updatedAt));
  if (by !== 'status') return group.map((summed) => rowOf(summed, updatedAt));
  const { day, channel } = group[0]!;
  const empty = { conversations: 0, messagesIn: 0, messagesOut: 0, firstResponse: noDurations };
  return conversationStatuses.map((status) => {
    const summed = group.find((one) => one.status === status);
    if (summed !== undefined) return rowOf(summed, updatedAt);
    return { day, channel, status, ...empty, resolution: noDurations, updatedAt };
  });
}

function rankOf({ day, channel, status }: ConversationPosition): [number, string, number] {
  const rank = conversationStatuses.indexOf(status as ConversationStatus);
  return [day, channel ?? '', rank === -1 ? conversationStatuses.length : rank];
}

function compare(a: ConversationPosition, b: ConversationPosition): number {
  const [dayA, channelA, statusA] = rankOf(a);
  const [dayB, channelB, statusB] = rankOf(b);
  if (dayA !== dayB) return dayA - dayB;
  if (channelA !== channelB) return channelA < channelB ? -1 : 1;
  return statusA - statusB;
}

/** How many rows a day has at most. */
const rowsOfDay: Readonly<Record<ConversationGrouping, number>> = {
  day: 1,
  channel: channels.length,
  status: channels.length * conversationStatuses.length,
};

/** By day, channel and status, in this order. */
export async function readConversationRows(
  { db, dialect }: { readonly db: Db; readonly dialect: Dialect },
  place: Place,
  ask: AnalyticsAsk & { readonly by: ConversationGrouping },
  page: { readonly after: ConversationPosition | null; readonly limit: number },
): Promise<Rows<ConversationRow, ConversationPosition>> {
  const { since, by } = ask;
  const nextDays =
    since === null ? daysWithAny(db, place, ask) : await daysWithChanges(db, place, ask, since);
  const end = ask.to ?? Number.MAX_SAFE_INTEGER;
  const rows: ConversationRow[] = [];
  let from = page.after?.day ?? ask.from ?? 0;
  const until = performance.now() + budgetMs;
  for (let size = 1; rows.length <= page.limit; ) {
    const room = Math.floor((page.limit + 1 - rows.length) / rowsOfDay[by]);
    const days = await nextDays(from, Math.max(1, Math.min(size, room)));
    if (days === null || days.from >= end) return { rows, next: null };
    const began = performance.now();
    if (began > until) return { rows, next: { day: days.from - 1, channel: behindAll, status: behindAll } };
    const summed = await sumUp(db, dialect, place, ask, { by, from: days.from, to: Math.min(days.to, end) });
    const groups = [...Map.groupBy(summed, ({ day, channel }) => `${day} ${channel}`).values()]
      .map((group) => rowsOfGroup(group, by))
      .filter(([first]) => since === null || first!.updatedAt >= since);
    const sorted = groups.flat().sort(compare);
    rows.push(...sorted.filter((row) => page.after === null || compare(row, page.after) > 0));
    size = performance.now() - began < windowMs ? size * 2 : Math.max(1, size >> 1);
    from = days.to;
  }
  const kept = rows.slice(0, page.limit);
  const { day, channel, status } = kept.at(-1)!;
  return { rows: kept, next: { day, channel, status } };
}

export interface MessageRow {
  readonly day: number;
  readonly channel: string;
  readonly messagesIn: number;
  readonly messagesOut: number;
  readonly updatedAt: number;
}

export type MessagePosition = Pick<MessageRow, 'day' | 'channel'>;

/** By the day of the message and channel, in this order. */
export async function readMessageRows(
  { db }: { readonly db: Db },
  { tenantId, environment }: Place,
  { from, to, since, customers }: AnalyticsAsk,
  { after, limit }: { readonly after: MessagePosition | null; readonly limit: number },
): Promise<Rows<MessageRow, MessagePosition>> {
  // What changed later belongs to that day or a later one.
  const first = Math.max(after?.day ?? 0, from ?? 0, since === null ? 0 : since - (since % dayMs));
  const rows = await db
    .selectFrom('message_totals')
    .select((e) => [
      'day',
      'channel',
      bigint(sql`sum(messages_in)`).as('messagesIn'),
      bigint(sql`sum(messages_out)`).as('messagesOut'),
      e.fn.max('updated_at').as('updatedAt'),
    ])
    .where('tenant_id', '=', tenantId)
    .where('environment', '=', environment)
    .where('day', '>=', first)
    .$if(to !== null, (query) => query.where('day', '<', to!))
    .$if(customers !== null, (query) => query.where('customer_id', 'in', [...customers!]))
    .$if(after !== null, (query) =>
      query.where((e) => e.or([e('day', '>', after!.day), e('channel', '>', after!.channel)])),
    )
    .groupBy(['day', 'channel'])
    .$if(since !== null, (query) => query.having((e) => e(e.fn.max('updated_at'), '>=', since!)))
    .orderBy('day')
    .orderBy('channel')
    .limit(limit + 1)
    .execute();
  const kept = rows.slice(0, limit);
  const last = kept.at(-1);
  return { rows: kept, next: rows.length > limit && last ? { day: last.day, channel: last.channel } : null };
}
