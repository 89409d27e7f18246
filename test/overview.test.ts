import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { flagCodes } from '../src/core/flags.ts';
import { insertRows } from '../src/store/bulk.ts';
import { usageInsert } from '../src/store/telemetry/minute-usage.ts';
import { openTelemetryAt } from '../src/store/telemetry/open.ts';
import { onEachDatabase } from './databases.ts';
import { type Harness, hostOf, noon, openHarness, type TestAnswer, type TestKey } from './harness.ts';

const path = '/api/v1/api-keys/overview';
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

interface Item {
  readonly id: string;
  readonly flags: readonly { readonly code: string; readonly cause: string; readonly action: string }[];
}

const idsOf = (body: { data: Item[] }) => body.data.map(({ id }) => id);
const codesOf = ({ flags }: Item) => flags.map(({ code }) => code);

/** Writes what keys did in hours of the past: so many requests `hoursAgo` before the present hour. */
async function writeHistory(harness: Harness, uses: Record<string, (hoursAgo: number) => number>) {
  const url = harness.config.KEYWARD_DATABASE_URL;
  const { db, dialect, close } = openTelemetryAt(url ? { url } : { directory: harness.directory });
  const rows = Object.entries(uses).flatMap(([id, requestsAt]) =>
    Array.from({ length: 8 * 168 }, (_, i) => i + 1).flatMap((hoursAgo) => {
      const total = requestsAt(hoursAgo);
      const at = noon - hoursAgo * hourMs;
      return total === 0 ? [] : [[id, at, 1, total, total, 0, 0, 0, `{"0":{"200":${total}}}`, '']];
    }),
  );
  await insertRows(db, dialect, usageInsert('usage_hours', 'hour'), rows);
  await close();
}

onEachDatabase((kind, skip) => {
  describe(`the overview of keys on ${kind}`, { skip }, () => {
    let harness: Harness;
    let manager: TestKey;
    const keys: Record<string, TestKey> = {};

    before(async () => {
      harness = await openHarness(kind, { settings: { KEYWARD_REQUEST_LOG: 'on' } });
      manager = await harness.createKey({ name: 'manager', scopes: ['api_keys:read'], tier: 'enterprise' });
      for (const name of ['steady', 'silent', 'spiky', 'falling', 'failing']) {
        keys[name] = await harness.createKey({ name: `${name} — sync`, scopes: ['knowledge:read'] });
      }
      keys.generous = await harness.createKey({ name: 'generous — sync' });
      keys.expiring = await harness.createKey({
        name: 'expiring — sync',
        scopes: ['knowledge:read'],
        expiresAt: noon + 5 * dayMs,
      });
      await writeHistory(harness, {
        [keys.steady!.id]: () => 50,
        [keys.silent!.id]: (ago) => (ago < 20 ? 0 : 50),
        [keys.spiky!.id]: (ago) => (ago === 3 ? 2_000 : 50),
        [keys.falling!.id]: (ago) => (ago < 26 ? 5 : 50),
      });
      const { id, secret } = keys.failing!;
      for (let i = 0; i < 60; i++) {
        const url = i < 20 ? '/api/v1/kb/tags' : `/api/v1/kb/articles/art_${i}`;
        assert.equal((await harness.send({ url, key: secret })).status, i < 20 ? 200 : 404, id);
      }
      await harness.app.requestLog!.flush();
    });
    after(() => harness.close());

    async function read(query = '', as: object = { key: manager.secret }): Promise<TestAnswer> {
      await harness.app.requestLog!.flush();
      await harness.app.uses.flush(harness.app.database);
      return harness.send({ url: path + query, ...as });
    }

    async function overview(query = '', as?: object) {
      const { status, body, text } = await read(query, as);
      assert.equal(status, 200, text);
      return body;
    }

    const itemOf = (body: { data: Item[] }, name: string) =>
      body.data.find(({ id }) => id === keys[name]!.id)!;

    test('is of every key, newest first, with what it did in 24 hours', async () => {
      const body = await overview();
      assert.deepEqual(idsOf(body), idsOf(body).toSorted().reverse());
      assert.equal(body.nextCursor, null);
      const failing = itemOf(body, 'failing');
      const { flags, ...figures } = failing as never as Record<string, unknown>;
      assert.deepEqual(figures, {
        id: keys.failing!.id,
        name: 'failing — sync',
        status: 'active',
        requests24h: 60,
        errorRate24h: 0.6667,
        sparkline: [...new Array(23).fill(0), 60],
        lastUsedAt: '2026-03-10T12:00:00.000Z',
      });
      assert.deepEqual(flags, [
        {
          code: 'error_rate',
          cause: '66.7 % of 60 requests in the last 24 hours were errors: 40 refused or wrong (4xx).',
          action:
            'Look for the 4xx of this key in the request log and let one be explained: it says what would admit the request.',
        },
      ]);
    });

    test('flags what the history of a key tells, and what the key is', async () => {
      const body = await overview();
      const expected = {
        steady: [],
        silent: ['silent'],
        spiky: ['spike'],
        falling: ['dip'],
        failing: ['error_rate'],
        generous: ['inherits_all_scopes'],
        expiring: ['expires_soon'],
      };
      for (const [name, codes] of Object.entries(expected)) {
        assert.deepEqual(codesOf(itemOf(body, name)), codes, name);
      }
      assert.match(
        itemOf(body, 'silent').flags[0]!.cause,
        /^No request for 19 hours, .* in 19 of these hours/,
      );
    });

    test('adds up all keys of the environment, whatever is filtered', async () => {
      const whole = await overview();
      const filtered = await overview('?limit=1&q=steady&flag=dip');
      for (const { totals } of [whole, filtered]) {
        const { countedAt, requests24h, errorRate24h, ...counts } = totals;
        assert.equal(countedAt, '2026-03-10T12:00:00.000Z');
        assert.ok(requests24h > 3_000 && errorRate24h > 0 && errorRate24h < 0.1);
        assert.deepEqual(counts, {
          keys: 8,
          active: 8,
          flagged: 6,
          flags: {
            silent: 1,
            spike: 1,
            dip: 1,
            error_rate: 1,
            inherits_all_scopes: 1,
            expires_soon: 1,
          },
        });
      }
      assert.deepEqual(filtered.data, []);
    });

    test('sorts by attention: the most pressing flag first, keys without any last', async () => {
      const body = await overview('?sort=attention');
      const names = ['silent', 'spiky', 'failing', 'falling', 'expiring', 'generous', 'steady'];
      assert.deepEqual(idsOf(body), [...names.map((name) => keys[name]!.id), manager.id]);
    });

    test('filters by flag together with what the list of keys filters by', async () => {
      for (const [query, names] of [
        ['flag=silent', ['silent']],
        ['flag=never_used', []],
        ['flag=any&q=FALL', ['falling']],
        ['flag=any&status=inactive', []],
        ['flag=any&scope=contacts:read', ['generous']],
        ['flag=any', ['expiring', 'generous', 'failing', 'falling', 'spiky', 'silent']],
        ['q=sil', ['silent']],
        ['sort=attention&q=s&scope=knowledge:read&limit=2', ['silent', 'spiky']],
      ] as const) {
        const body = await overview(`?${query}`);
        assert.deepEqual(
          idsOf(body),
          names.map((name) => keys[name]!.id),
          query,
        );
      }
    });

    test('pages of any size and order have every key once, as the whole list has them', async () => {
      for (const query of ['sort=newest', 'sort=attention', 'flag=any', 'flag=any&sort=attention']) {
        const whole = idsOf(await overview(`?${query}`));
        for (const limit of [1, 2, 3, whole.length]) {
          const ids: string[] = [];
          for (let cursor = ''; cursor !== 'null'; ) {
            const body = await overview(`?${query}&limit=${limit}${cursor && `&cursor=${cursor}`}`);
            assert.ok(body.data.length <= limit);
            ids.push(...idsOf(body));
            cursor = String(body.nextCursor);
          }
          assert.deepEqual(ids, whole, `${query} by ${limit}`);
        }
      }
    });

    test('of more keys than are looked at in one step is as complete', async () => {
      const environment = 'staging' as const;
      const made: TestKey[] = [];
      for (let n = 0; n < 230; n++) {
        const scopes = n % 3 === 0 ? [] : ['knowledge:read'];
        made.push(await harness.createKey({ environment, name: `worker ${n} — sync`, scopes }));
      }
      const newest = made.map(({ id }) => id).reverse();
      const flagged = new Set(made.filter((_, n) => n % 3 === 0).map(({ id }) => id));
      const orders = {
        newest,
        attention: newest.toSorted((a, b) => Number(flagged.has(b)) - Number(flagged.has(a))),
      };
      for (const [sort, expected] of Object.entries(orders)) {
        const ids: string[] = [];
        for (let cursor = ''; cursor !== 'null'; ) {
          const query = `?environment=${environment}&sort=${sort}&limit=60${cursor && `&cursor=${cursor}`}`;
          const body = await overview(query, { cookie: harness.owner.cookie });
          assert.deepEqual([body.totals.keys, body.totals.flagged], [230, flagged.size]);
          ids.push(...idsOf(body));
          cursor = String(body.nextCursor);
        }
        assert.deepEqual(ids, expected, sort);
      }
    });

    test('what no filter can have, and a cursor of another list or order, is refused', async () => {
      const { nextCursor } = await overview('?limit=1&sort=attention');
      for (const query of [
        'flag=nonsense',
        'sort=oldest',
        'limit=0',
        'limit=201',
        'environment=moon',
        'scope=none:read',
        'cursor=abc',
        'cursor=',
        `cursor=${nextCursor}`,
        `sort=attention&cursor=${nextCursor}x`,
        'q=%00',
        `q=${keys.steady!.secret}`,
      ]) {
        const answer = await read(`?${query}`);
        assert.equal(answer.status, 400, query);
        assert.ok(!answer.text.includes(keys.steady!.secret));
      }
    });

    test('is of the own environment for a key, of any for a person, and never of another tenant', async () => {
      const sandbox = await harness.createKey({
        environment: 'sandbox',
        name: 'sandbox — overview',
        scopes: ['api_keys:read'],
      });
      const host = hostOf('sandbox');
      const own = await overview('', { key: sandbox.secret, host });
      assert.deepEqual(idsOf(own), [sandbox.id]);
      assert.equal(own.totals.keys, 1);
      const other = await overview('?environment=production', { key: sandbox.secret, host });
      assert.deepEqual([other.data, other.totals.keys, other.totals.requests24h], [[], 0, 0]);
      const asPerson = await overview('?environment=sandbox', { cookie: harness.owner.cookie });
      assert.deepEqual(idsOf(asPerson), [sandbox.id]);
      const { tenantId } = await harness.createTenant();
      const stranger = await harness.createKey({ tenantId, scopes: ['api_keys:read'], name: 'stranger' });
      const theirs = await overview('?sort=attention', { key: stranger.secret });
      assert.deepEqual([idsOf(theirs), theirs.totals.keys], [[stranger.id], 1]);
    });

    test('a key is needed that may read keys, or a person who may', async () => {
      assert.equal((await read('', { key: keys.steady!.secret })).status, 403);
      assert.equal((await read('', {})).status, 401);
      const viewer = await harness.signUp('viewer');
      const seen = await read('', { cookie: viewer.cookie });
      assert.equal(seen.status, 200);
      for (const { secret } of Object.values(keys)) assert.ok(!seen.text.includes(secret));
    });

    test('a key that is not active is flagged only while somebody still sends it', async () => {
      const url = `/api/v1/api-keys/${keys.generous!.id}`;
      const cookie = harness.owner.cookie;
      await harness.send({ url: `${url}/revoke`, cookie, body: {} });
      const calm = itemOf(await overview('?status=inactive'), 'generous');
      assert.deepEqual(calm.flags, []);
      for (let i = 0; i < 50; i++) {
        await harness.send({ url: '/api/v1/kb/tags', key: keys.generous!.secret });
      }
      // Later than any survey is kept, where the machine was slow.
      harness.clock.advance(601_000);
      const body = await overview('?flag=error_rate&status=inactive');
      assert.deepEqual(idsOf(body), [keys.generous!.id]);
      assert.equal(body.totals.active, 7);
      await harness.send({ url: `${url}/activate`, cookie, method: 'POST' });
    });

    describe('what is flagged', () => {
      const settings = (body?: object, as = harness.owner) =>
        harness.send({
          url: '/api/v1/settings',
          cookie: as.cookie,
          ...(body && { method: 'PATCH', body }),
        });

      test('is set by the tenant: each rule off or with other figures, and null for the default', async () => {
        const before = (await settings()).body.flags;
        assert.deepEqual(before.spike, { enabled: true, factor: 3, minRequests: 100 });
        const changed = await settings({
          flags: { spike: { factor: 100 }, silent: { enabled: false }, expiresSoon: { days: 2 } },
        });
        assert.equal(changed.status, 200, changed.text);
        assert.deepEqual(changed.body.flags, {
          ...before,
          spike: { ...before.spike, factor: 100 },
          silent: { ...before.silent, enabled: false },
          expiresSoon: { enabled: true, days: 2 },
        });
        const body = await overview();
        for (const name of ['spiky', 'expiring']) assert.deepEqual(codesOf(itemOf(body, name)), [], name);
        assert.deepEqual(codesOf(itemOf(body, 'silent')), ['dip']);
        assert.deepEqual([body.totals.flags.spike, body.totals.flags.dip], [undefined, 2]);
        assert.deepEqual((await settings({ flags: { spike: null } })).body.flags.spike, before.spike);
        assert.deepEqual((await settings({ flags: null })).body.flags, before);
      });

      test('cannot be set to what makes no sense', async () => {
        for (const flags of [
          { spike: { factor: 1 } },
          { spike: { factor: '3' } },
          { dip: { share: 0 } },
          { dip: { share: 1 } },
          { errorRate: { share: 1.01 } },
          { silent: { hours: 0.5 } },
          { unused: { days: 0 } },
          { unused: { hours: 1 } },
          { nonsense: { enabled: true } },
          { spike: { enabled: 'no' } },
          { spike: [] },
          [],
        ]) {
          const answer = await settings({ flags });
          assert.equal(answer.status, 400, JSON.stringify(flags));
        }
      });

      test('has a code for each rule, and all of them can be switched off', async () => {
        const { flags } = (await settings()).body;
        assert.equal(Object.keys(flags).length, flagCodes.length);
        const off = Object.fromEntries(Object.keys(flags).map((name) => [name, { enabled: false }]));
        await settings({ flags: off });
        const { totals, data } = await overview();
        assert.deepEqual([totals.flagged, totals.flags], [0, {}]);
        assert.ok(data.every((item: Item) => item.flags.length === 0));
        await settings({ flags: null });
      });
    });

    test('where usage cannot be read, the answer is 503 and requests go on', async () => {
      const url = harness.config.KEYWARD_DATABASE_URL;
      const { db, close } = openTelemetryAt(url ? { url } : { directory: harness.directory });
      await db.schema.dropTable('usage_hours').execute();
      await close();
      const answer = await harness.send({ url: path, key: manager.secret });
      assert.deepEqual([answer.status, answer.body.code], [503, 'store_unavailable']);
      assert.equal(answer.headers['retry-after'], '1');
      assert.equal((await harness.send({ url: '/api/v1/me', key: manager.secret })).status, 200);
    });
  });

  describe(`the overview of keys without a request log on ${kind}`, { skip }, () => {
    test('flags what keys are, and never that they are silent', async () => {
      const harness = await openHarness(kind);
      const manager = await harness.createKey({ name: 'manager — keys', scopes: ['api_keys:read'] });
      const other = await harness.createKey({ name: 'nightly — sync' });
      await writeHistory(harness, { [manager.id]: (ago) => (ago < 100 ? 0 : 50) });
      const { status, body } = await harness.send({ url: `${path}?sort=attention`, key: manager.secret });
      assert.equal(status, 200);
      assert.deepEqual(idsOf(body), [other.id, manager.id]);
      assert.deepEqual(body.data.map(codesOf), [['inherits_all_scopes'], []]);
      await harness.close();
    });
  });
});
