import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { conversationRows } from '../src/services/analytics.ts';
import { insertRows } from '../src/store/bulk.ts';
import { usageInsert } from '../src/store/telemetry/minute-usage.ts';
import { openTelemetryAt } from '../src/store/telemetry/open.ts';
import { onEachDatabase } from './databases.ts';
import { type Harness, openHarness, type TestKey } from './harness.ts';

const limits = { perMinute: 1_000_000, burst: 1_000_000, perDay: 1_000_000_000 };
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
type Row = Awaited<ReturnType<typeof conversationRows>>['rows'][number];

onEachDatabase((kind, skip) => {
  describe(`analytics on ${kind}`, { skip }, () => {
    let t: Harness;
    let admin: TestKey;
    let acme: string;
    let bolt: string;
    let ofAcme: string;

    const call = (method: string, path: string, body?: unknown, key = admin.secret, headers = {}) =>
      t.send({ method, url: `/api/v1${path}`, key, body, headers });
    const get = async (path: string, key?: string) => {
      const answer = await call('GET', `/analytics/${path}`, undefined, key);
      assert.equal(answer.status, 200, answer.text);
      return answer.body;
    };

    before(async () => {
      t = await openHarness(kind);
      admin = await t.createKey({ scopes: [...t.app.catalogue.all], rateLimit: limits });
      const customer = async (name: string) =>
        (await call('POST', '/customers', { name, email: `${name}@example.com` })).body.id;
      acme = await customer('acme');
      bolt = await customer('bolt');
      const scopes = ['analytics:read', 'conversations:read'];
      const bound = { name: 'Portal of Acme', scopes, customerIds: [acme], rateLimit: limits };
      ofAcme = (await call('POST', '/api-keys', bound)).body.secret;
    });
    after(() => t.close());

    test('show times in seconds, days as dates, and nothing of another tenant or environment', async () => {
      const day = new Date(t.clock.wallMs()).toISOString().slice(0, 10);
      const start = `${day}T00:00:00Z`;
      const body = {
        contact: { email: 'a@example.com', customerId: acme },
        channel: 'webchat',
        subject: 'x',
        content: '?',
      };
      const { id } = (await call('POST', '/conversations', body)).body;
      t.clock.advance(90_500);
      await call('POST', `/conversations/${id}/messages`, { content: '!' });
      t.clock.advance(60_000);
      await call('PATCH', `/conversations/${id}`, { status: 'resolved' });
      const updatedAt = new Date(t.clock.wallMs()).toISOString();
      const { data, nextCursor, asOf } = await get(`conversations?from=${start}`);
      const resolved = data.find(({ status }: { status: string }) => status === 'resolved');
      assert.deepEqual(resolved, {
        day,
        channel: 'webchat',
        status: 'resolved',
        conversations: 1,
        messagesIn: 1,
        messagesOut: 1,
        firstResponse: { count: 1, medianSeconds: 90.5, p90Seconds: 90.5 },
        resolution: { count: 1, medianSeconds: 150.5, p90Seconds: 150.5 },
        updatedAt,
      });
      assert.deepEqual([data.length, nextCursor], [4, null]);
      assert.equal(Date.parse(asOf), t.clock.wallMs() - 60_000);
      const messages = await get(`messages?from=${start}`);
      assert.deepEqual(
        messages.data.map(({ updatedAt: _, ...row }: { updatedAt: string }) => row),
        [{ day, channel: 'webchat', messagesIn: 1, messagesOut: 1 }],
      );
      assert.deepEqual((await get(`messages?updatedSince=${updatedAt}`)).data, []);
      const other = await t.createKey({
        scopes: ['analytics:read'],
        tenantId: (await t.createTenant()).tenantId,
      });
      for (const name of ['conversations', 'messages', 'usage']) {
        assert.deepEqual((await get(name, other.secret)).data, []);
        const { secret } = await t.createKey({ scopes: ['conversations:read'] });
        assert.equal((await call('GET', `/analytics/${name}`, undefined, secret)).status, 403);
      }
    });

    test('a key for a customer counts that customer’s conversations only', async () => {
      const start = new Date(t.clock.wallMs() + dayMs).toISOString();
      t.clock.advance(dayMs);
      const begin = (customerId: string | null, channel: string) =>
        call('POST', '/conversations', {
          contact: { email: 'b@example.com', ...(customerId ? { customerId } : { name: 'x' }) },
          channel,
          subject: 'x',
          content: '?',
        });
      await begin(acme, 'email');
      await begin(bolt, 'email');
      await begin(bolt, 'sms');
      const mine = await get(`conversations?from=${start}&groupBy=channel`, ofAcme);
      const counts = ({ data }: { data: Row[] }) => data.map((row) => [row.channel, row.conversations]);
      assert.deepEqual(counts(mine), [['email', 1]]);
      assert.deepEqual(counts(await get(`conversations?from=${start}&groupBy=channel`)), [
        ['email', 2],
        ['sms', 1],
      ]);
      const since = `conversations?groupBy=channel&updatedSince=${start}`;
      assert.deepEqual(counts(await get(since, ofAcme)), [['email', 1]]);
      const messagesIn = (await get(`messages?from=${start}`, ofAcme)).data.map((row: Row) => [
        row.channel,
        row.messagesIn,
      ]);
      assert.deepEqual(messagesIn, [['email', 1]]);
    });

    test('as CSV have their header always, and the rows of JSON below it', async () => {
      const head =
        'day,channel,status,conversations,messagesIn,messagesOut,firstResponseCount,firstResponseMedianSeconds,firstResponseP90Seconds,resolutionCount,resolutionMedianSeconds,resolutionP90Seconds,updatedAt\r\n';
      const csvOf = (query: string, headers = {}) =>
        call('GET', `/analytics/conversations${query}`, undefined, admin.secret, headers);
      const empty = await csvOf('?format=csv&from=2020-01-01T00:00:00Z&to=2020-02-01T00:00:00Z');
      assert.deepEqual([empty.status, empty.text], [200, head]);
      assert.match(empty.headers['content-type']!, /^text\/csv/);
      assert.equal(Date.parse(empty.headers['x-as-of']!), t.clock.wallMs() - 60_000);
      const { data } = await get('conversations?limit=2000');
      const lines = data.map((row: Record<string, unknown>) =>
        Object.values(row)
          .flatMap((value) => (value !== null && typeof value === 'object' ? Object.values(value) : [value]))
          .join(','),
      );
      const whole = await csvOf('', { accept: 'text/csv' });
      assert.equal(whole.text, [head.trim(), ...lines, ''].join('\r\n'));
      for (const [name, first] of [
        ['messages', 'day,channel,messagesIn'],
        ['usage', 'day,keyId,total,ok'],
      ]) {
        const { text } = await call('GET', `/analytics/${name}?format=csv`);
        assert.ok(text.startsWith(first!), text);
      }
    });

    test('usage is by key and day, from roll-ups, for the customers of the key that asks', async () => {
      const bound = {
        name: 'Sync of Acme',
        scopes: ['contacts:read'],
        customerIds: [acme],
        rateLimit: limits,
      };
      const a = (await call('POST', '/api-keys', bound)).body.id;
      const b = (await t.createKey({ scopes: ['contacts:read'] })).id;
      const today = Math.floor(t.clock.wallMs() / dayMs) * dayMs;
      const url = t.config.KEYWARD_DATABASE_URL;
      const { db, dialect, close } = openTelemetryAt(url ? { url } : { directory: t.directory });
      await db
        .insertInto('log_places')
        .values({ ref: 77, tenant_id: t.tenantId, environment: 'production' })
        .execute();
      const row = (id: string, at: number, ok: number, failed = 0) => [
        id,
        at,
        77,
        ok + failed,
        ok,
        failed,
        0,
        0,
        '{}',
        '',
      ];
      await insertRows(db, dialect, usageInsert('usage_hours', 'hour'), [
        row(a, today - dayMs, 5, 1),
        row(a, today - dayMs + 3 * hourMs, 2),
        row(b, today - 2 * dayMs, 7),
        row('production', today - dayMs, 99),
      ]);
      await insertRows(db, dialect, usageInsert('usage_minutes', 'minute'), [
        row(b, today + 61_000, 1),
        row(a, today - dayMs, 1_000),
      ]);
      await db.insertInto('telemetry_facts').values({ name: 'hours_until', value: today }).execute();
      await close();
      const short = (rows: { day: string; keyId: string; total: number; clientError: number }[]) =>
        rows.map(({ day, keyId, total, clientError }) => [Date.parse(day), keyId, total, clientError]);
      const old = [today - 2 * dayMs, b, 7, 0];
      const mid = [today - dayMs, a, 8, 1];
      const late = [today, b, 1, 0];
      assert.deepEqual(short((await get('usage')).data), [old, mid, late]);
      const first = await get('usage?limit=1');
      const rest = await get(`usage?limit=2&cursor=${first.nextCursor}`);
      assert.deepEqual([...short(first.data), ...short(rest.data)], [old, mid, late]);
      assert.deepEqual([rest.nextCursor, rest.asOf], [null, first.asOf]);
      const at = (ms: number) => new Date(ms).toISOString();
      assert.equal((await get('usage')).data[1].updatedAt, at(today - dayMs + 3 * hourMs));
      assert.deepEqual(short((await get(`usage?updatedSince=${at(today - dayMs + 3.5 * hourMs)}`)).data), [
        mid,
        late,
      ]);
      assert.deepEqual(short((await get(`usage?updatedSince=${at(today - dayMs + 4 * hourMs)}`)).data), [
        late,
      ]);
      assert.deepEqual(short((await get('usage', ofAcme)).data), [mid]);
    });

    test('bad bounds and cursors are refused by their names', async () => {
      for (const [query, path] of [
        ['from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z', 'to'],
        ['cursor=abc', 'cursor'],
        ['limit=0', 'limit'],
        ['updatedSince=yesterday', 'updatedSince'],
        ['groupBy=hour', 'groupBy'],
        ['format=xml', 'format'],
      ]) {
        const answer = await call('GET', `/analytics/conversations?${query}`);
        assert.deepEqual([answer.status, answer.body.errors?.[0].path], [400, path]);
      }
    });
  });
});
