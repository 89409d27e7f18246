import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { encodeCursor } from '../src/core/cursor.ts';
import { keySorts } from '../src/core/key-sorts.ts';
import { onEachDatabase } from './databases.ts';
import { type Harness, openHarness, type TestKey } from './harness.ts';

const root = '/api/v1/api-keys';
const names = ['beta', 'Alpha', 'Émile', 'alpha', 'Zulu', 'ähnlich', '😀 smile', '\u{ffee} half', 'alpha 2'];
/** In lower case, byte by byte; the older of two that are alike first. */
const byName = ['Alpha', 'alpha', 'alpha 2', 'beta', 'Zulu', 'ähnlich', 'Émile', '\u{ffee} half', '😀 smile'];

onEachDatabase((kind, skip) => {
  describe(`sorted lists of keys on ${kind}`, { skip }, () => {
    let t: Harness;
    let reader: TestKey;
    const made: TestKey[] = [];

    before(async () => {
      t = await openHarness(kind);
      reader = await t.createKey({ name: 'Reader', scopes: ['api_keys:read'], environment: 'production' });
      for (const name of names) {
        t.clock.advance(1_000);
        made.push(await t.createKey({ name, environment: 'sandbox', scopes: ['knowledge:read'] }));
      }
    });
    after(() => t.close());

    const ask = (query: string) =>
      t.send({ url: `${root}?environment=sandbox&${query}`, cookie: t.owner.cookie });
    const page = async (query: string) => {
      const { status, body, text } = await ask(query);
      assert.equal(status, 200, text);
      return body as { data: { id: string; name: string }[]; nextCursor: string | null };
    };
    const namesOf = async (query: string) => (await page(query)).data.map(({ name }) => name);
    /** Page by page. */
    const walk = async (sort: string, between: (page: number) => Promise<unknown> = async () => {}) => {
      const found: string[] = [];
      for (let cursor = '', n = 0; ; n++) {
        const { data, nextCursor } = await page(`sort=${sort}&limit=2${cursor}`);
        found.push(...data.map(({ name }) => name));
        if (nextCursor === null) return found;
        cursor = `&cursor=${nextCursor}`;
        await between(n);
      }
    };

    test('come newest first by default, and by creation or name when that is asked for', async () => {
      assert.deepEqual(await namesOf(''), names.toReversed());
      assert.deepEqual(await namesOf('sort=-created'), names.toReversed());
      assert.deepEqual(await walk('created'), names);
      assert.deepEqual(await walk('name'), byName);
      assert.deepEqual(await walk('-name'), byName.toReversed());
      assert.deepEqual(await namesOf('sort=name&q=alph'), ['Alpha', 'alpha', 'alpha 2']);
      assert.deepEqual(await namesOf('sort=-name&status=inactive'), []);
    });

    test('come by the minute of the last use, and never used is the oldest', async () => {
      const use = async ({ secret }: TestKey) => {
        t.clock.advance(60_000);
        const answer = await t.send({ url: '/api/v1/me', key: secret, host: 'sandbox.localhost' });
        assert.equal(answer.status, 200, answer.text);
      };
      for (const i of [4, 0, 2]) await use(made[i]!);
      await t.app.uses.flush(t.app.database);
      const never = names.filter((_, i) => ![4, 0, 2].includes(i));
      assert.deepEqual(await walk('lastUsed'), [...never, names[4], names[0], names[2]]);
      assert.deepEqual(await walk('-lastUsed'), [names[2], names[0], names[4], ...never.toReversed()]);
    });

    test('keep their place while keys come and go', async () => {
      const passing: TestKey[] = [];
      for (const name of ['aaa', 'mmm', 'zzz'])
        passing.push(await t.createKey({ name, environment: 'sandbox' }));
      const gone = async (key: TestKey) =>
        t.send({ method: 'DELETE', url: `${root}/${key.id}`, cookie: t.owner.cookie, headers: there });
      const there = { 'x-keyward-environment': 'sandbox' };
      const found = await walk('name', async (n) => {
        if (n === 0) {
          // The last of the first page was "Alpha": before it, and where it stands, nothing is told again.
          await t.createKey({ name: 'aab', environment: 'sandbox' });
          await t.createKey({ name: 'alpha 3', environment: 'sandbox' });
          assert.equal((await gone(passing[0]!)).status, 200);
          assert.equal((await gone(passing[2]!)).status, 200);
        }
      });
      const expected = [...byName.slice(0, 3), 'alpha 3', 'beta', 'mmm', ...byName.slice(4)];
      assert.deepEqual(found, ['aaa', ...expected]);
      const last = made[1]!;
      const first = await page('sort=name&limit=2');
      assert.equal(first.data[1]!.name, 'Alpha');
      assert.equal((await gone(last)).status, 200);
      const next = await page(`sort=name&limit=1&cursor=${first.nextCursor}`);
      assert.equal(next.data[0]!.name, 'alpha', 'the key that the cursor names is gone');
    });

    test('are alike for personal keys, and for a key that reads', async () => {
      for (const name of ['b', 'C', 'a']) {
        const made = await t.send({
          url: '/api/v1/me/api-keys',
          cookie: t.owner.cookie,
          body: { name: `Mine — ${name}` },
        });
        assert.equal(made.status, 201, made.text);
      }
      const mine = await t.send({ url: '/api/v1/me/api-keys?sort=-name', cookie: t.owner.cookie });
      const found = mine.body.data.map(({ name }: { name: string }) => name);
      assert.deepEqual(found, ['Mine — C', 'Mine — b', 'Mine — a']);
      const answer = await t.send({ url: `${root}?sort=name&limit=1`, key: reader.secret });
      assert.deepEqual([answer.status, answer.body.data[0].name], [200, 'Mine — a']);
    });

    test('have no other order, and no cursor but their own', async () => {
      const refused = async (query: string, path: string, message: RegExp) => {
        for (const url of [`${root}?${query}`, `/api/v1/me/api-keys?${query}`]) {
          const { status, body } = await t.send({ url, cookie: t.owner.cookie });
          assert.deepEqual(
            [status, body.code, body.errors?.[0]?.path],
            [400, 'validation_failed', path],
            url,
          );
          assert.match(body.errors[0].message, message);
        }
      };
      for (const sort of ['', 'id', '-', 'names', '--name', 'NAME', 'name,created']) {
        await refused(`sort=${encodeURIComponent(sort)}`, 'sort', /-created/);
      }
      for (const given of keySorts) {
        const { nextCursor } = await page(`sort=${given}&limit=1`);
        for (const asked of keySorts) {
          if (given === asked) continue;
          await refused(`sort=${asked}&cursor=${nextCursor}`, 'cursor', new RegExp(`sorted by ${given}:`));
        }
      }
      const id = made[0]!.id;
      const forged = [
        'x',
        `name ${id}x y`,
        `name ${id} a\0b`,
        `lastUsed ${id} soon`,
        `lastUsed ${id}`,
        `${id} 1`,
      ];
      for (const text of forged) {
        const sort = text.split(' ')[0] as (typeof keySorts)[number];
        const asked = keySorts.includes(sort) ? sort : '-created';
        await refused(`sort=${asked}&cursor=${encodeCursor(text)}`, 'cursor', /not a cursor of this list/);
      }
    });
  });
});
