import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { conversationStatuses } from '../src/core/conversation-status.ts';
import { AppError } from '../src/errors.ts';
import { conversationRows, readAnalytics, walkAnalytics } from '../src/services/analytics.ts';
import type { Context } from '../src/services/app.ts';
import {
  beginConversation,
  type Conversation,
  listConversations,
  patchConversation,
  sendMessage,
} from '../src/services/conversations.ts';
import { onEachDatabase } from './databases.ts';
import { type Harness, openHarness } from './harness.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const channels = ['email', 'sms', 'phone'] as const;
const groupings = ['day', 'channel', 'status'] as const;

type Row = Awaited<ReturnType<typeof conversationRows>>['rows'][number];
type Model = Conversation & { in: number; out: number };

const keyOf = ({ day, channel, status }: Row) => `${day} ${channel} ${status}`;
const sorted = (rows: readonly Row[]) => [...rows].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));

/** In proportion between two of them: what a spreadsheet calls PERCENTILE.INC. */
function percentile(values: readonly number[], share: number): number | null {
  if (values.length === 0) return null;
  const inOrder = [...values].sort((a, b) => a - b);
  const at = share * (inOrder.length - 1);
  const [low, high] = [inOrder[Math.floor(at)]!, inOrder[Math.ceil(at)]!];
  return Math.round(low + (high - low) * (at - Math.floor(at)));
}

function durations(values: readonly number[]) {
  return { count: values.length, medianMs: percentile(values, 0.5), p90Ms: percentile(values, 0.9) };
}

/** What analytics must say, counted one by one. */
function tableOf(conversations: readonly Model[], by: (typeof groupings)[number]): Row[] {
  const dayOf = ({ createdAt }: Model) => createdAt - (createdAt % dayMs);
  const channelOf = ({ channel }: Model) => (by === 'day' ? null : channel);
  const units = Map.groupBy(conversations, (one) => `${dayOf(one)} ${channelOf(one)}`);
  const rows = [...units.values()].flatMap((unit) =>
    (by === 'status' ? conversationStatuses : [null]).map((status): Row => {
      const some = unit.filter((one) => status === null || one.status === status);
      const answered = some.filter(({ firstResponseAt }) => firstResponseAt !== null);
      const resolved = some.filter(({ resolvedAt }) => resolvedAt !== null);
      return {
        day: dayOf(unit[0]!),
        channel: channelOf(unit[0]!),
        status,
        conversations: some.length,
        messagesIn: some.reduce((sum, one) => sum + one.in, 0),
        messagesOut: some.reduce((sum, one) => sum + one.out, 0),
        firstResponse: durations(answered.map((one) => one.firstResponseAt! - one.firstInboundAt!)),
        resolution: durations(resolved.map((one) => one.resolvedAt! - one.createdAt)),
        updatedAt: Math.max(...unit.map(({ updatedAt }) => updatedAt)),
      };
    }),
  );
  const rank = ({ status }: Row) => (status === null ? 0 : conversationStatuses.indexOf(status));
  return rows.sort(
    (a, b) => a.day - b.day || (a.channel ?? '').localeCompare(b.channel ?? '') || rank(a) - rank(b),
  );
}

const roundedRow = (row: Row): Row => {
  const rounded = ({ count, medianMs, p90Ms }: Row['resolution']) => ({
    count,
    medianMs: medianMs === null ? null : Math.round(medianMs),
    p90Ms: p90Ms === null ? null : Math.round(p90Ms),
  });
  return { ...row, firstResponse: rounded(row.firstResponse), resolution: rounded(row.resolution) };
};

onEachDatabase((kind, skip) => {
  describe(`conversations summed up on ${kind}`, { skip }, () => {
    let t: Harness;
    before(async () => {
      t = await openHarness(kind);
    });
    after(() => t.close());

    const all = async (ctx: Context, by: (typeof groupings)[number], updatedSince?: number) => {
      const query = { groupBy: by, ...(updatedSince === undefined ? {} : { updatedSince }) };
      const rows: Row[] = [];
      for await (const some of walkAnalytics(t.app, ctx, conversationRows, query))
        rows.push(...some.map(roundedRow));
      return rows;
    };

    const step = fc.oneof(
      fc.record({ do: fc.constant('wait'), ms: fc.constantFrom(1, 1_000, 7 * hourMs, dayMs, 3 * dayMs) }),
      fc.record({
        do: fc.constant('begin'),
        channel: fc.constantFrom(...channels),
        isIn: fc.boolean(),
        says: fc.boolean(),
      }),
      fc.record({ do: fc.constant('write'), which: fc.nat(), isIn: fc.boolean() }),
      fc.record({
        do: fc.constant('turn'),
        which: fc.nat(),
        status: fc.constantFrom(...conversationStatuses),
      }),
      fc.record({ do: fc.constant('pull') }),
    );

    /** Everything that is there, as lists show it, and what was counted of messages here. */
    const conversationsOf = async (ctx: Context, sent: ReadonlyMap<string, { in: number; out: number }>) => {
      const { items } = await listConversations(t.app, ctx, { limit: 500 });
      return items.map((one): Model => ({ ...one, ...sent.get(one.id)! }));
    };

    test('are what counting one by one gives, and rows that changed put in their place give the same table', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40 }), async (steps) => {
          const ctx = t.systemContext('production', (await t.createTenant()).tenantId);
          const sent = new Map<string, { in: number; out: number }>();
          const ids: string[] = [];
          const kept = new Map(groupings.map((by) => [by, new Map<string, Row>()]));
          let pulledAt = 0;
          const count = (id: string, isIn: boolean) => sent.get(id)![isIn ? 'in' : 'out']++;
          const pull = async () => {
            const models = await conversationsOf(ctx, sent);
            for (const by of groupings) {
              const expected = tableOf(models, by);
              assert.deepEqual(await all(ctx, by), expected);
              const changed = await all(ctx, by, pulledAt);
              assert.deepEqual(
                changed,
                expected.filter(({ updatedAt }) => updatedAt >= pulledAt),
              );
              const own = kept.get(by)!;
              for (const row of changed) own.set(keyOf(row), row);
              assert.deepEqual(sorted([...own.values()]), sorted(expected));
            }
            pulledAt = t.clock.wallMs();
          };
          for (const one of [...steps, { do: 'pull' } as const]) {
            if ('ms' in one) t.clock.advance(one.ms);
            else if ('says' in one) {
              const input = {
                contact: { email: 'ada@example.com' },
                channel: one.channel,
                subject: 'x',
                tags: [],
              };
              const content = one.says ? { content: 'Hello' } : {};
              const { id } = await beginConversation(t.app, ctx, one.isIn ? 'inbound' : 'outbound', {
                ...input,
                ...content,
              });
              ids.push(id);
              sent.set(id, { in: 0, out: 0 });
              if (one.says) count(id, one.isIn);
            } else if ('which' in one && ids.length > 0) {
              const id = ids[one.which % ids.length]!;
              if ('status' in one) {
                await patchConversation(t.app, ctx, id, { status: one.status }).catch((error: unknown) => {
                  if (!(error instanceof AppError) || error.code !== 'conflict') throw error;
                });
              } else {
                await sendMessage(t.app, ctx, id, {
                  content: 'x',
                  direction: one.isIn ? 'inbound' : 'outbound',
                });
                count(id, one.isIn);
              }
            } else if (one.do === 'pull') await pull();
          }
        }),
        { numRuns: 10 },
      );
    });

    test('whoever asks for everything that ever changed gets everything, however much that is', async () => {
      const ctx = t.systemContext('production', (await t.createTenant()).tenantId);
      const input = { contact: { email: 'ada@example.com' }, channel: 'email', subject: 'x', tags: [] };
      const { id } = await beginConversation(t.app, ctx, 'inbound', input);
      const { read, write } = t.app.database;
      const first = await read
        .selectFrom('conversations')
        .selectAll()
        .where('id', '=', id)
        .executeTakeFirstOrThrow();
      const days = 30;
      for (let begun = 0; begun < 10_050; begun += 50) {
        const some = Array.from({ length: 50 }, (_, i) => {
          const at = first.created_at - ((begun + i) % days) * dayMs;
          return { ...first, id: `${id}${begun + i}`, created_at: at, updated_at: at };
        });
        await write.insertInto('conversations').values(some).execute();
      }
      const whole = await all(ctx, 'channel');
      assert.equal(whole.length, days);
      assert.deepEqual(await all(ctx, 'channel', 0), whole);
      const since = whole[10]!.updatedAt;
      assert.deepEqual(await all(ctx, 'channel', since), whole.slice(10));
    });

    test('pages of any size are the whole in its order, and all name one moment', async () => {
      const ctx = t.systemContext('production', (await t.createTenant()).tenantId);
      for (let i = 0; i < 12; i++) {
        const contact = { email: 'ada@example.com' };
        await beginConversation(t.app, ctx, 'inbound', {
          contact,
          channel: channels[i % 3]!,
          subject: 'x',
          tags: [],
        });
        if (i % 3 === 2) t.clock.advance(i % 2 ? 40 * dayMs : dayMs);
      }
      for (const groupBy of groupings) {
        const whole = await all(ctx, groupBy);
        for (const limit of [1, 3, 5, 2_000]) {
          const rows: Row[] = [];
          const moments = new Set<number>();
          for (let cursor: string | null | undefined; cursor !== null; ) {
            const query = { groupBy, limit, ...(cursor === undefined ? {} : { cursor }) };
            const page = await readAnalytics(t.app, ctx, conversationRows, query);
            assert.ok(page.rows.length <= limit);
            rows.push(...page.rows.map(roundedRow));
            moments.add(page.asOf);
            cursor = page.nextCursor;
            t.clock.advance(1_000);
          }
          assert.deepEqual([rows, moments.size], [whole, 1]);
        }
      }
    });
  });
});
