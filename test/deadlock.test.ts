import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { onEachDatabase } from './databases.ts';
import { type Harness, openHarness, type TestAnswer, type TestKey } from './harness.ts';

const rounds = 12;

onEachDatabase((kind, skip) => {
  describe(`changes that want the same rows on ${kind}`, { skip }, () => {
    let harness: Harness;
    let admin: TestKey;

    before(async () => {
      harness = await openHarness(kind);
      admin = await harness.createKey({
        scopes: [...harness.app.catalogue.all],
        rateLimit: { perMinute: 10_000, burst: 10_000, perDay: 1_000_000 },
      });
    });

    after(() => harness.close());

    const send = (method: string, path: string, body?: unknown) =>
      harness.send({ method, url: `/api/v1${path}`, key: admin.secret, body });
    const requireDone = (answers: readonly TestAnswer[]) => {
      for (const { status, text } of answers) assert.ok(status < 300 || status === 404, text);
      assert.deepEqual(
        harness.logged.filter((line) => JSON.parse(line).level >= 50),
        [],
      );
    };

    test('revoking many keys, changing some of them and noting their uses all succeed at once', async () => {
      for (let round = 0; round < rounds; round++) {
        const keys = await Promise.all([0, 1, 2, 3].map(() => harness.createKey({ scopes: [] })));
        const ids = keys.map(({ id }) => id);
        await Promise.all(keys.map(({ secret }) => harness.send({ url: '/api/v1/me', key: secret })));
        const [, ...answers] = await Promise.all([
          harness.app.uses.flush(harness.app.database),
          send('POST', '/api-keys/bulk-revoke', { ids }),
          ...ids.map((id) => send('PATCH', `/api-keys/${id}`, { description: `round ${round}` })),
          send('POST', '/api-keys/bulk-revoke', { ids: ids.toReversed() }),
        ]);
        requireDone(answers);
      }
    });

    test('people change keys while these are revoked and receivers are told of it', async () => {
      const { cookie } = harness.owner;
      const asOwner = (method: string, path: string, body: unknown) =>
        harness.send({ method, url: `/api/v1${path}`, cookie, body });
      const events = ['key.created', 'key.updated', 'key.revoked'];
      const receiver = { name: 'All keys', url: 'https://example.com/hook', events };
      requireDone([await asOwner('POST', '/webhooks', receiver)]);
      for (let round = 0; round < 2; round++) {
        const keys = await Promise.all(Array.from({ length: 12 }, () => harness.createKey({ scopes: [] })));
        const ids = keys.map(({ id }) => id);
        requireDone(
          await Promise.all([
            asOwner('POST', '/api-keys/bulk-revoke', { ids }),
            ...ids.map((id) => asOwner('PATCH', `/api-keys/${id}`, { description: `round ${round}` })),
          ]),
        );
      }
    });

    test('bulk revocation leaves out a key that is deleted meanwhile', async () => {
      for (let round = 0; round < rounds; round++) {
        const keys = await Promise.all([0, 1, 2].map(() => harness.createKey({ scopes: [] })));
        const [deleted, revoked] = await Promise.all([
          send('DELETE', `/api-keys/${keys[1]!.id}`),
          send('POST', '/api-keys/bulk-revoke', { ids: keys.map(({ id }) => id) }),
        ]);
        assert.deepEqual([deleted.status, revoked.status], [200, 200], revoked.text);
      }
    });

    test('tags are deleted and renamed while their articles are changed', async () => {
      for (let round = 0; round < rounds; round++) {
        const tags = ['one', 'two', 'three'].map((name) => `${name}-${round}`);
        const articles = await Promise.all(
          [0, 1, 2].map((i) => send('POST', '/kb/articles', { title: `Round ${round}, article ${i}` })),
        );
        await send('PATCH', `/kb/articles/${articles[0]!.body.id}`, { tags });
        const listed = await send('GET', '/kb/tags?limit=200');
        const own = listed.body.data.filter(({ slug }: { slug: string }) => tags.includes(slug));
        requireDone(
          await Promise.all([
            ...articles.map(({ body }, i) =>
              send('PATCH', `/kb/articles/${body.id}`, { tags: i === 1 ? tags.toReversed() : tags }),
            ),
            ...own.map(({ id }: { id: string }, i: number) =>
              i === 0
                ? send('DELETE', `/kb/tags/${id}`)
                : send('PATCH', `/kb/tags/${id}`, { slug: `renamed-${round}-${i}` }),
            ),
          ]),
        );
      }
    });
  });
});
