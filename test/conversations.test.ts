import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { onEachDatabase } from './databases.ts';
import { type Harness, hostOf, openHarness, type TestAnswer, type TestKey } from './harness.ts';

const limits = { perMinute: 1_000_000, burst: 1_000_000, perDay: 1_000_000_000 };

onEachDatabase((kind, skip) => {
  describe(`conversations on ${kind}`, { skip }, () => {
    let harness: Harness;
    let admin: TestKey;
    let acme: string;
    let bolt: string;
    let count = 0;

    const call = (method: string, path: string, body?: unknown, key = admin.secret, host?: string) =>
      harness.send({ method, url: `/api/v1${path}`, key, body, ...(host ? { host } : {}) });
    const codeOf = (answer: TestAnswer) => [answer.status, answer.body.code];
    const idsOf = (answer: TestAnswer) => answer.body.data.map(({ id }: { id: string }) => id);
    const ask = (fields: Record<string, unknown> = {}) => ({
      contact: { email: `person-${++count}@example.com` },
      channel: 'email',
      subject: 'Your order',
      ...fields,
    });
    const begin = async (fields: Record<string, unknown> = {}, path = '/outbound') => {
      const answer = await call('POST', `/conversations${path}`, ask(fields));
      assert.equal(answer.status, 201, answer.text);
      return answer.body;
    };
    const keyFor = async (scopes: readonly string[], more: Record<string, unknown> = {}) =>
      (await call('POST', '/api-keys', { name: 'Helpdesk sync', scopes, rateLimit: limits, ...more })).body
        .secret;

    before(async () => {
      harness = await openHarness(kind);
      admin = await harness.createKey({ scopes: [...harness.app.catalogue.all], rateLimit: limits });
      const customer = async (name: string) =>
        (await call('POST', '/customers', { name, email: `${name}@example.com` })).body.id;
      acme = await customer('acme');
      bolt = await customer('bolt');
    });

    after(() => harness.close());

    test('one that is begun has its contact, its first message, and the contract’s shape', async () => {
      const begun = await begin({
        contact: { email: 'Ada@Example.com', name: 'Ada' },
        content: 'It is on its way.',
        externalReference: 'order-1',
        tags: ['orders', 'orders', 'vip'],
      });
      const { id, contactId, createdAt, updatedAt, ...rest } = begun;
      assert.match(id, /^cnv_/);
      assert.equal(updatedAt, createdAt);
      assert.deepEqual(rest, {
        customerId: null,
        direction: 'outbound',
        channel: 'email',
        subject: 'Your order',
        status: 'open',
        assigneeId: null,
        tags: ['orders', 'vip'],
        externalReference: 'order-1',
        messageCount: 1,
        lastMessageAt: createdAt,
        firstResponseAt: null,
        resolvedAt: null,
      });
      const contact = (await call('GET', `/contacts/${contactId}`)).body;
      assert.deepEqual([contact.email, contact.name], ['ada@example.com', 'Ada']);
      const again = await begin({ contact: { email: 'ADA@example.com', name: 'Mallory' } });
      assert.equal(again.contactId, contactId);
      assert.equal(
        (await call('GET', `/contacts/${contactId}`)).body.name,
        'Ada',
        'that takes contacts:write',
      );
      const { data } = (await call('GET', `/conversations/${id}/messages`)).body;
      assert.deepEqual(
        data.map(({ id: _id, ...message }: { id: string }) => message),
        [
          {
            direction: 'outbound',
            content: 'It is on its way.',
            author: { type: 'key', id: admin.id },
            createdAt,
          },
        ],
      );
    });

    test('a reference is one conversation’s of an environment, also when many ask at once', async () => {
      const body = ask({ externalReference: 'once', contact: { email: 'once@example.com' } });
      const answers = await Promise.all(
        Array.from({ length: 6 }, () => call('POST', '/conversations/outbound', body)),
      );
      const made = answers.filter(({ status }) => status === 201);
      assert.equal(made.length, 1);
      for (const answer of answers.filter(({ status }) => status !== 201))
        assert.deepEqual([...codeOf(answer), answer.body.existingId], [409, 'conflict', made[0]!.body.id]);
      assert.equal((await call('GET', '/conversations?externalReference=once')).body.data.length, 1);
      const elsewhere = await harness.createKey({
        environment: 'sandbox',
        scopes: ['conversations:write', 'channels.email:write'],
        rateLimit: limits,
      });
      const there = await call('POST', '/conversations/outbound', body, elsewhere.secret, hostOf('sandbox'));
      assert.equal(there.status, 201);
      const long = await call('POST', '/conversations/outbound', ask({ externalReference: 'x'.repeat(256) }));
      assert.equal(long.status, 400);
    });

    test('to send needs the scope of the channel, too; to write down what came in does not', async () => {
      const key = await keyFor(['conversations:write', 'channels.sms:write']);
      const refused = await call('POST', '/conversations/outbound', ask(), key);
      assert.deepEqual(
        [...codeOf(refused), refused.body.missingScopes],
        [403, 'insufficient_scope', ['channels.email:write']],
      );
      assert.match(refused.headers['www-authenticate'] ?? '', /insufficient_scope/);
      assert.equal((await call('POST', '/conversations/outbound', ask({ channel: 'sms' }), key)).status, 201);
      const came = await call('POST', '/conversations', ask({ content: 'Hello?' }), key);
      assert.deepEqual([came.status, came.body.direction, came.body.messageCount], [201, 'inbound', 1]);
      const path = `/conversations/${came.body.id}/messages`;
      assert.deepEqual(codeOf(await call('POST', path, { content: 'Hi' }, key)), [403, 'insufficient_scope']);
      assert.equal((await call('POST', path, { content: 'There?', direction: 'inbound' }, key)).status, 201);
    });

    test('its status goes as it may, and a message that comes in moves it', async () => {
      const { id } = await begin({ content: 'Hello' });
      const set = async (status: string) => call('PATCH', `/conversations/${id}`, { status });
      const refused = await set('reopened');
      assert.deepEqual([...codeOf(refused), refused.body.currentStatus], [409, 'conflict', 'open']);
      assert.equal((await set('pending')).body.status, 'pending');
      const path = `/conversations/${id}/messages`;
      harness.clock.advance(60_000);
      await call('POST', path, { content: 'Thanks', direction: 'inbound' });
      assert.equal((await call('GET', `/conversations/${id}`)).body.status, 'open');
      harness.clock.advance(60_000);
      await call('POST', path, { content: 'You are welcome' });
      const answered = (await call('GET', `/conversations/${id}`)).body;
      assert.equal(answered.firstResponseAt, new Date(harness.clock.wallMs()).toISOString());
      const resolved = (await set('resolved')).body;
      assert.equal(resolved.resolvedAt, answered.firstResponseAt);
      assert.deepEqual(codeOf(await set('open')), [409, 'conflict']);
      await call('POST', path, { content: 'One more thing', direction: 'inbound' });
      const reopened = (await call('GET', `/conversations/${id}`)).body;
      assert.deepEqual([reopened.status, reopened.resolvedAt, reopened.messageCount], ['reopened', null, 4]);
      assert.equal((await set('resolved')).status, 200);
      assert.equal((await set('reopened')).status, 200);
    });

    test('is assigned to members only, tagged, and found by all of it', async () => {
      const { id } = await begin({ subject: 'Refund for Ölwechsel', channel: 'phone' });
      const patch = (body: unknown) => call('PATCH', `/conversations/${id}`, body);
      const assigneeId = harness.owner.userId;
      const changed = await patch({ assigneeId, tags: ['refund'] });
      assert.deepEqual([changed.body.assigneeId, changed.body.tags], [assigneeId, ['refund']]);
      const stranger = await patch({ assigneeId: 'usr_none' });
      assert.deepEqual([stranger.status, stranger.body.errors[0].path], [400, 'assigneeId']);
      for (const query of ['tag=refund', 'channel=phone', 'q=ÖLWECHSEL', `assigneeId=${assigneeId}`])
        assert.deepEqual(idsOf(await call('GET', `/conversations?${query}`)), [id], query);
      assert.deepEqual(idsOf(await call('GET', '/conversations?tag=ref')), []);
      assert.deepEqual((await patch({ tags: ['no way'] })).body.errors[0].path, 'tags.0');
      assert.deepEqual((await patch({ assigneeId: null })).body.assigneeId, null);
    });

    test('messages are paged, oldest first, and none is lost when many come at once', async () => {
      const { id } = await begin();
      const path = `/conversations/${id}/messages`;
      const sent = await Promise.all(
        Array.from({ length: 10 }, (_, i) => call('POST', path, { content: `m${i}` })),
      );
      assert.ok(sent.every(({ status }) => status === 201));
      const first = await call('GET', `${path}?limit=6`);
      const rest = await call('GET', `${path}?limit=6&cursor=${first.body.nextCursor}`);
      const all = [...first.body.data, ...rest.body.data];
      assert.equal(new Set(all.map(({ content }: { content: string }) => content)).size, 10);
      assert.deepEqual(
        all.map(({ id }) => id),
        all.map(({ id }) => id).sort(),
      );
      assert.equal((await call('GET', `/conversations/${id}`)).body.messageCount, 10);
    });

    test('bad input is refused with the member’s name', async () => {
      const wrongs: [Record<string, unknown>, string][] = [
        [{ channel: 'pigeon' }, 'channel'],
        [{ subject: ' ' }, 'subject'],
        [{ contact: {} }, 'email'],
        [{ contact: { id: 'con_none' } }, 'contact.id'],
        [{ content: admin.secret }, 'content'],
        [{ tags: ['a b'] }, 'tags.0'],
      ];
      for (const [fields, path] of wrongs) {
        const answer = await call('POST', '/conversations/outbound', ask(fields));
        assert.deepEqual([answer.status, answer.body.errors?.[0].path], [400, path], answer.text);
      }
    });

    test('keeps its contact and customer from being deleted', async () => {
      const { contactId } = await begin({ contact: { email: 'keep@example.com', customerId: bolt } });
      assert.deepEqual(codeOf(await call('DELETE', `/contacts/${contactId}`)), [409, 'conflict']);
      const refused = await call('DELETE', `/customers/${bolt}`);
      assert.match(refused.body.detail, /1 conversation/);
    });

    test('a key for a customer has that customer’s conversations only', async () => {
      const as = await keyFor(['conversations:write', 'contacts:write'], { customerIds: [acme] });
      const foreign = await begin({
        contact: { email: 'f@example.com', customerId: bolt },
        externalReference: 'theirs',
      });
      const free = await begin({ content: 'to nobody’s' });
      const own = await call('POST', '/conversations', ask({ content: 'Mine' }), as);
      assert.deepEqual([own.status, own.body.customerId], [201, acme]);
      assert.deepEqual(idsOf(await call('GET', '/conversations', undefined, as)), [own.body.id]);
      for (const { id, contactId } of [foreign, free]) {
        assert.deepEqual(codeOf(await call('GET', `/conversations/${id}`, undefined, as)), [
          404,
          'not_found',
        ]);
        assert.deepEqual(codeOf(await call('GET', `/conversations/${id}/messages`, undefined, as)), [
          404,
          'not_found',
        ]);
        const written = await call(
          'POST',
          `/conversations/${id}/messages`,
          { content: 'x', direction: 'inbound' },
          as,
        );
        assert.deepEqual(codeOf(written), [404, 'not_found']);
        assert.deepEqual(codeOf(await call('PATCH', `/conversations/${id}`, { status: 'resolved' }, as)), [
          404,
          'not_found',
        ]);
        const begun = await call('POST', '/conversations', ask({ contact: { id: contactId } }), as);
        assert.deepEqual([begun.status, begun.body.errors?.[0].path], [400, 'contact.id']);
      }
      const taken = await call('POST', '/conversations', ask({ externalReference: 'theirs' }), as);
      assert.deepEqual([...codeOf(taken), taken.body.existingId], [409, 'conflict', undefined]);
      const named = await call(
        'POST',
        '/conversations',
        ask({ contact: { email: 'n@example.com', customerId: bolt } }),
        as,
      );
      assert.deepEqual(codeOf(named), [403, 'customer_not_allowed']);
    });
  });
});
