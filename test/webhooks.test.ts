import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { onEachDatabase } from './databases.ts';
import { FakeClock, type Harness, hostOf, openHarness, type TestAnswer, type TestKey } from './harness.ts';
import { Receiver } from './webhook-receiver.ts';

const limits = { perMinute: 1_000_000, burst: 1_000_000, perDay: 1_000_000_000 };
const minute = 60_000;
const day = 86_400_000;

onEachDatabase((kind, skip) => {
  describe(`webhooks on ${kind}`, { skip, timeout: 60_000 }, () => {
    let harness: Harness;
    let admin: TestKey;
    let receiver: Receiver;
    /** The real time: the public library compares with it. */
    const clock = new FakeClock(Date.now());

    const call = (method: string, path: string, body?: unknown, more: Record<string, unknown> = {}) =>
      harness.send({ method, url: `/api/v1${path}`, key: admin.secret, body, ...more });
    const codeOf = (answer: TestAnswer) => [answer.status, answer.body.code];
    const keyFor = async (scopes: readonly string[]) =>
      (await harness.createKey({ scopes, rateLimit: limits })).secret;
    const subscribe = async (events: readonly string[], more: Record<string, unknown> = {}) => {
      const answer = await call('POST', '/webhooks', { name: 'CRM', url: receiver.url, events, ...more });
      assert.equal(answer.status, 201, answer.text);
      return answer.body;
    };
    const contact = async (more: Record<string, unknown> = {}) =>
      (await call('POST', '/contacts', { phone: '+49301234567', ...more })).body;
    const logOf = async (id: string, query = '') =>
      (await call('GET', `/webhooks/${id}/deliveries${query}`)).body.data;
    /** Until the newest delivery stands there. */
    const until = async (
      id: string,
      isThere: (newest: { status: string; attemptCount: number }) => boolean,
    ) => {
      for (;;) {
        const [newest] = await logOf(id);
        if (newest !== undefined && isThere(newest)) return newest;
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    const remove = async (id: string) => assert.equal((await call('DELETE', `/webhooks/${id}`)).status, 204);

    before(async () => {
      const settings = { KEYWARD_WEBHOOK_ALLOW: '127.0.0.0/8' };
      harness = await openHarness(kind, { clock, settings });
      harness.app.webhooks.start();
      admin = await harness.createKey({ scopes: [...harness.app.catalogue.all], rateLimit: limits });
    });

    after(() => harness.close());

    beforeEach(async () => {
      receiver = await Receiver.open();
    });

    afterEach(async () => {
      await harness.app.database.write.deleteFrom('webhooks').execute();
      await receiver.close();
    });

    test('a change is sent, signed as Standard Webhooks says, and the public library accepts it', async () => {
      const { id, secret } = await subscribe(['contact.*']);
      const created = await contact({ name: 'Ada', email: 'ada@example.com' });
      const { headers, text, body } = await receiver.next();
      assert.deepEqual(new Webhook(secret).verify(text, headers as Record<string, string>), body);
      assert.deepEqual(Object.keys(body), ['type', 'timestamp', 'tenantId', 'data']);
      assert.equal(body.type, 'contact.created');
      assert.equal(body.tenantId, harness.tenantId);
      assert.equal(body.timestamp, new Date(clock.wallMs()).toISOString());
      assert.deepEqual(body.data, created);
      assert.equal(headers['content-type'], 'application/json');
      assert.match(headers['user-agent']!, /^Keyward\/\d/);
      assert.match(headers['webhook-id'] as string, /^evt_/);
      await call('PATCH', `/contacts/${created.id}`, { name: 'Ada L.' });
      const changed = (await receiver.next()).body;
      assert.deepEqual(
        [changed.type, changed.data.name, changed.data.changed],
        ['contact.updated', 'Ada L.', ['name']],
      );
      await call('PATCH', `/contacts/${created.id}`, { name: 'Ada L.' });
      await call('DELETE', `/contacts/${created.id}`);
      assert.equal(
        (await receiver.next()).body.type,
        'contact.deleted',
        'what changes nothing tells nothing',
      );
      const newest = await until(id, ({ status }) => status === 'succeeded');
      assert.deepEqual([newest.responseStatus, newest.error, newest.attemptCount], [204, null, 1]);
      assert.equal((await logOf(id)).length, 3);
    });

    test('the secret is shown once, and is nowhere in the store, the lists, the audit log and the server log', async () => {
      const headers = { 'idempotency-key': 'once' };
      const body = { name: 'CRM', url: receiver.url, events: ['contact.*'] };
      const made = await call('POST', '/webhooks', body, { headers });
      assert.match(made.body.secret, /^whsec_[A-Za-z0-9+/]{43}=$/);
      assert.equal(made.headers['cache-control'], 'no-store');
      const again = await call('POST', '/webhooks', body, { headers });
      assert.deepEqual([again.status, again.body.secret, again.body.secretAlreadyShown], [201, null, true]);
      assert.equal(again.body.id, made.body.id);
      const text = made.body.secret.slice(6);
      const rows = await harness.app.database.read.selectFrom('webhook_secrets').selectAll().execute();
      assert.ok(rows.length > 0);
      const seen = [
        JSON.stringify(rows),
        (await call('GET', '/webhooks')).text,
        (await call('GET', `/webhooks/${made.body.id}`)).text,
        (await call('GET', '/audit-log?limit=200')).text,
        ...harness.logged,
      ];
      for (const place of seen) assert.ok(!place.includes(text));
    });

    test('during the overlap of a rotation both secrets sign, and afterwards the new one alone', async () => {
      const { id, secret: old } = await subscribe(['contact.created']);
      const rotated = await call('POST', `/webhooks/${id}/rotate-secret`, { gracePeriodSeconds: 60 });
      const { secret, previousSecretEndsAt } = rotated.body;
      assert.equal(rotated.status, 200);
      assert.equal(previousSecretEndsAt, new Date(clock.wallMs() + minute).toISOString());
      await contact();
      const during = await receiver.next();
      const signatures = (during.headers['webhook-signature'] as string).split(' ');
      assert.equal(signatures.length, 2);
      for (const one of [old, secret]) new Webhook(one).verify(during.text, during.headers as never);
      clock.advance(minute);
      await contact();
      const { text, headers } = await receiver.next();
      new Webhook(secret).verify(text, headers as never);
      assert.throws(() => new Webhook(old).verify(text, headers as never));
      const { data } = (await call('GET', '/audit-log?limit=5')).body;
      assert.ok(data.some(({ action }: { action: string }) => action === 'webhook.secret_rotated'));
    });

    test('a rotation without overlap ends every older secret, and takes who may see the events', async () => {
      const { id, secret: first } = await subscribe(['contact.created']);
      const rotate = (gracePeriodSeconds: number, caller = {}) =>
        call('POST', `/webhooks/${id}/rotate-secret`, { gracePeriodSeconds }, caller);
      const second = (await rotate(600)).body.secret;
      const blind = (await harness.createKey({ scopes: ['webhooks:write'], rateLimit: limits })).secret;
      const refused = await rotate(0, { key: blind });
      assert.deepEqual([refused.status, refused.body.missingScopes], [403, ['contacts:read']]);
      const last = (await rotate(0)).body.secret;
      await contact();
      const { text, headers } = await receiver.next();
      assert.equal((headers['webhook-signature'] as string).split(' ').length, 1);
      new Webhook(last).verify(text, headers as never);
      for (const old of [first, second]) assert.throws(() => new Webhook(old).verify(text, headers as never));
    });

    test('events of keys, conversations, messages, licences and jobs come, without any secret', async () => {
      await subscribe(['*']);
      const told = async (...expected: string[]) => {
        const bodies = [];
        for (const _ of expected) bodies.push(await receiver.next());
        assert.deepEqual(bodies.map(({ body }) => body.type).sort(), [...expected].sort());
        return bodies;
      };
      const key = (await call('POST', '/api-keys', { name: 'Billing sync', scopes: ['contacts:read'] })).body;
      const [made] = await told('key.created');
      const { secret, ...shown } = key;
      assert.deepEqual(made!.body.data, shown);
      await call('PATCH', `/api-keys/${key.id}`, { rateLimit: { perMinute: 7, burst: 0 } });
      const [patched] = await told('key.updated');
      assert.deepEqual(patched!.body.data.changed, ['rateLimit']);
      const path = `/api-keys/${key.id}`;
      for (const [action, type] of [
        ['rotate', 'key.rotated'],
        ['regenerate', 'key.regenerated'],
        ['revoke', 'key.revoked'],
        ['activate', 'key.activated'],
      ] as const) {
        assert.equal((await call('POST', `${path}/${action}`, {})).status, 200);
        const [event] = await told(type);
        assert.equal(event!.body.data.id, key.id);
      }
      await call('POST', `${path}/replace`, { scopes: ['contacts:write'] });
      await told('key.created', 'key.replaced');
      await call('DELETE', path);
      await told('key.deleted');
      const begun = await call('POST', '/conversations', {
        contact: { email: 'grace@example.com' },
        channel: 'email',
        subject: 'Hello',
        content: 'Where is it?',
      });
      const [, , message] = (await told('contact.created', 'conversation.created', 'message.created')).sort(
        (a, b) => (a.body.type < b.body.type ? -1 : 1),
      );
      assert.deepEqual(
        [message!.body.data.content, message!.body.data.conversationId],
        ['Where is it?', begun.body.id],
      );
      await call('PATCH', `/conversations/${begun.body.id}`, { status: 'resolved' });
      await told('conversation.updated');
      await call('POST', `/conversations/${begun.body.id}/messages`, {
        content: 'Thanks',
        direction: 'inbound',
      });
      await told('message.created', 'conversation.updated');
      const customer = (await call('POST', '/customers', { name: 'Acme', email: 'a@example.com' })).body;
      const product = (await call('POST', '/products', { name: 'Editor' })).body;
      const license = (await call('POST', '/licenses', { productId: product.id, activationLimit: 2 })).body;
      const [licensed] = await told('license.created');
      assert.ok(!licensed!.text.includes(license.key), 'who has its key has the licence');
      for (const [action, body, type] of [
        ['assign', { customerId: customer.id }, 'license.assigned'],
        ['activate', { machineId: 'm1' }, 'license.activated'],
        ['deactivate', { machineId: 'm1' }, 'license.deactivated'],
        ['suspend', undefined, 'license.suspended'],
        ['resume', undefined, 'license.resumed'],
        ['expire', undefined, 'license.expired'],
        ['revoke', undefined, 'license.revoked'],
      ] as const) {
        assert.equal((await call('POST', `/licenses/${license.id}/${action}`, body)).status, 200, action);
        const [event] = await told(type);
        if (body && 'machineId' in body) assert.equal(event!.body.data.machineId, 'm1');
      }
      await harness.app.database.write.updateTable('jobs').set({ due_at: null }).execute();
      const job = (
        await call('POST', '/exports/logs', { from: new Date(clock.wallMs() - minute).toISOString() })
      ).body;
      assert.equal((await call('POST', `/jobs/${job.id}/cancel`)).status, 200);
      const [ended] = await told('job.cancelled');
      assert.deepEqual([ended!.body.data.id, ended!.body.data.state], [job.id, 'cancelled']);
      for (const { text } of receiver.received)
        assert.doesNotMatch(text, /whsec_|sa_(live|test)_\w{20,}|digest/);
      assert.ok(!receiver.received.some(({ text }) => text.includes(secret)));
    });

    test('a bulk revocation tells of each key', async () => {
      await subscribe(['key.revoked']);
      const keys = [];
      for (let i = 0; i < 3; i++) keys.push((await harness.createKey({ scopes: ['contacts:read'] })).id);
      await call('POST', '/api-keys/bulk-revoke', { ids: keys, reason: 'Leaked' });
      const told = [];
      for (const _ of keys) told.push((await receiver.next()).body.data);
      assert.deepEqual(told.map((key) => key.id).sort(), keys.sort());
      assert.ok(
        told.every(({ status, revokedReason }) => status === 'inactive' && revokedReason === 'Leaked'),
      );
    });

    test('a change that is undone tells nothing, and neither does one elsewhere', async () => {
      const { id } = await subscribe(['contact.*', 'conversation.*']);
      const refused = await call('POST', '/conversations', {
        contact: { email: 'nobody@example.com' },
        channel: 'email',
        subject: 'x',
        content: 'x',
        externalReference: 'twice',
      });
      assert.equal(refused.status, 201);
      for (let i = 0; i < 2; i++) await receiver.next();
      const again = await call('POST', '/conversations', {
        contact: { email: 'somebody-new@example.com' },
        channel: 'email',
        subject: 'x',
        externalReference: 'twice',
      });
      assert.equal(again.status, 409);
      const { tenantId } = await harness.createTenant();
      const foreign = (await harness.createKey({ tenantId, scopes: ['contacts:write'], rateLimit: limits }))
        .secret;
      await call('POST', '/contacts', { phone: '+4930111' }, { key: foreign });
      const sandbox = await harness.createKey({ environment: 'sandbox', scopes: ['contacts:write'] });
      await call(
        'POST',
        '/contacts',
        { phone: '+4930222' },
        { key: sandbox.secret, host: hostOf('sandbox') },
      );
      await contact({ phone: '+4930333' });
      assert.equal((await receiver.next()).body.data.phone, '+4930333');
      assert.equal((await logOf(id)).length, 3);
    });

    test('who subscribes holds the scopes of the events, and whoever redirects them, too', async () => {
      const key = await keyFor(['webhooks:write', 'contacts:read']);
      const body = { name: 'CRM', url: receiver.url, events: ['contact.*'] };
      const made = await call('POST', '/webhooks', body, { key });
      assert.equal(made.status, 201);
      const { id } = made.body;
      for (const events of [['key.revoked'], ['*'], ['contact.*', 'flag.raised']]) {
        const refused = await call('POST', '/webhooks', { ...body, events }, { key });
        assert.deepEqual(codeOf(refused), [403, 'insufficient_scope']);
        assert.ok(refused.body.missingScopes.length > 0);
        assert.equal((await call('PATCH', `/webhooks/${id}`, { events }, { key })).status, 403);
      }
      const other = await keyFor(['webhooks:write']);
      const away = { url: `${receiver.url}/elsewhere` };
      assert.deepEqual(codeOf(await call('PATCH', `/webhooks/${id}`, away, { key: other })), [
        403,
        'insufficient_scope',
      ]);
      assert.equal((await call('PATCH', `/webhooks/${id}`, { name: 'Renamed' }, { key: other })).status, 200);
      assert.equal((await call('PATCH', `/webhooks/${id}`, away, { key })).status, 200);
      await contact({ name: 'Only for some' });
      await receiver.next();
      const [delivery] = await logOf(id);
      const path = `/webhooks/${id}/deliveries/${delivery.id}`;
      assert.equal((await call('GET', path, undefined, { key })).body.payload.data.name, 'Only for some');
      const hidden = await call('GET', path, undefined, { key: other });
      assert.deepEqual([hidden.status, hidden.body.payload], [200, null]);
      const { cookie } = await harness.signUp('developer');
      assert.equal((await harness.send({ url: `/api/v1/webhooks/${id}`, cookie })).status, 200);
      assert.equal((await harness.send({ url: '/api/v1/webhooks', cookie, body })).status, 403);
    });

    test('what is told of a personal key is shown to its owner and administrators only', async () => {
      const key = await keyFor(['webhooks:write', 'analytics:read']);
      const flags = { name: 'Flags', url: receiver.url, events: ['flag.*', 'alert.*'] };
      assert.deepEqual((await call('POST', '/webhooks', flags, { key })).body.missingScopes, [
        'api_keys:read',
      ]);
      const { id } = await subscribe(['key.created', 'key.expiring', 'flag.raised']);
      const [developer, other] = [await harness.signUp('developer'), await harness.signUp('developer')];
      const expiresAt = new Date(clock.wallMs() + 5 * day).toISOString();
      const personal = { name: 'Mine', owner: 'user', scopes: ['knowledge:read'], expiresAt };
      const made = await harness.send({ url: '/api/v1/api-keys', cookie: developer.cookie, body: personal });
      assert.equal(made.status, 201, made.text);
      await harness.app.alerts.lookAtFlags();
      const told = (await logOf(id)).map(async (delivery: { id: string; type: string }) => {
        const url = `/api/v1/webhooks/${id}/deliveries/${delivery.id}`;
        const people = [developer, other, harness.owner];
        const seen = await Promise.all(people.map(({ cookie }) => harness.send({ url, cookie })));
        return [delivery.type, ...seen.map(({ body }) => body.payload?.data.name ?? null)];
      });
      const rows = (await Promise.all(told)).filter(([, , , name]) => name === 'Mine');
      assert.deepEqual(rows.sort(), [
        ['flag.raised', 'Mine', null, 'Mine'],
        ['key.created', 'Mine', null, 'Mine'],
        ['key.expiring', 'Mine', null, 'Mine'],
      ]);
    });

    test('are a hundred in an environment at most, also where they are made at once', async () => {
      const body = { name: 'Many', url: receiver.url, events: ['contact.deleted'] };
      const answers = await Promise.all(Array.from({ length: 110 }, () => call('POST', '/webhooks', body)));
      assert.equal(answers.filter(({ status }) => status === 201).length, 100);
      assert.equal(answers.filter(({ status }) => status === 409).length, 10);
    });

    test('addresses and events that cannot be used are named', async () => {
      const refuse = async (fields: Record<string, unknown>, path: string) => {
        const answer = await call('POST', '/webhooks', {
          name: 'x',
          url: receiver.url,
          events: ['*'],
          ...fields,
        });
        assert.deepEqual([...codeOf(answer), answer.body.errors?.[0].path], [400, 'validation_failed', path]);
      };
      for (const url of [
        'http://example.com:1/#x',
        'https://10.0.0.1/',
        'https://[::1]/',
        'http://1.1.1.1/',
        'x',
      ])
        await refuse({ url }, 'url');
      await refuse({ url: `https://example.com/${admin.secret}` }, 'url');
      await refuse({ events: ['contact.*', 'contact.vanished'] }, 'events.1');
      await refuse({ events: [] }, 'events');
      await refuse({ secret: 'whsec_x' }, 'secret');
      const { id } = await subscribe(['contact.*']);
      assert.equal((await call('PATCH', `/webhooks/${id}`, { url: 'https://192.168.0.1/' })).status, 400);
      const types = (await call('GET', '/webhooks/events')).body.data.map(
        ({ type }: { type: string }) => type,
      );
      assert.ok(
        ['key.expiring', 'alert.raised', 'flag.resolved', 'webhook.test'].every((type) =>
          types.includes(type),
        ),
      );
    });

    test('the five operations honour ETags, leave audit entries, and see nothing of other places', async () => {
      const { id } = await subscribe(['contact.*']);
      const read = await call('GET', `/webhooks/${id}`);
      assert.deepEqual(
        [read.body.active, read.body.lastSuccessAt, read.body.failingSince],
        [true, null, null],
      );
      const stale = { headers: { 'if-match': '"old"' } };
      assert.equal((await call('PATCH', `/webhooks/${id}`, { name: 'x' }, stale)).status, 412);
      const fresh = { headers: { 'if-match': read.headers.etag } };
      assert.equal((await call('PATCH', `/webhooks/${id}`, { name: 'Support' }, fresh)).body.name, 'Support');
      assert.ok(
        (await call('GET', '/webhooks?q=supp')).body.data.some((one: { id: string }) => one.id === id),
      );
      const { tenantId } = await harness.createTenant();
      const scopes = ['webhooks:write', 'contacts:read'];
      const foreign = (await harness.createKey({ tenantId, scopes, rateLimit: limits })).secret;
      await contact();
      await receiver.next();
      const [delivery] = await logOf(id);
      for (const [method, path] of [
        ['GET', ''],
        ['DELETE', ''],
        ['POST', '/test'],
        ['POST', '/rotate-secret'],
        ['GET', '/deliveries'],
        ['GET', `/deliveries/${delivery.id}`],
        ['POST', `/deliveries/${delivery.id}/replay`],
      ] as const)
        assert.equal(
          (await call(method, `/webhooks/${id}${path}`, undefined, { key: foreign })).status,
          404,
          path,
        );
      assert.deepEqual((await call('GET', '/webhooks', undefined, { key: foreign })).body.data, []);
      const { id: other } = await subscribe(['license.*']);
      assert.equal((await call('GET', `/webhooks/${other}/deliveries/${delivery.id}`)).status, 404);
      await remove(other);
      const actions = (await call('GET', '/audit-log?limit=50')).body.data.map(
        (entry: { action: string }) => entry.action,
      );
      for (const action of ['webhook.created', 'webhook.updated', 'webhook.deleted'])
        assert.ok(actions.includes(action));
    });

    test('a test event reaches this receiver alone, also where it asked for something else', async () => {
      const { id, secret } = await subscribe(['license.*']);
      const { id: other } = await subscribe(['*']);
      const tested = await call('POST', `/webhooks/${id}/test`);
      assert.deepEqual(
        [tested.status, tested.body.type, tested.body.status],
        [202, 'webhook.test', 'waiting'],
      );
      const { text, headers, body } = await receiver.next();
      new Webhook(secret).verify(text, headers as never);
      assert.deepEqual([body.type, body.data], ['webhook.test', { webhookId: id }]);
      const ended = await until(id, ({ status }) => status === 'succeeded');
      assert.equal(ended.id, tested.body.id);
      assert.deepEqual(await logOf(other), []);
      await call('PATCH', `/webhooks/${id}`, { active: false });
      assert.deepEqual(codeOf(await call('POST', `/webhooks/${id}/test`)), [409, 'conflict']);
    });

    test('one that is switched off gets nothing, and what waited for it is cancelled and can be replayed', async () => {
      const { id } = await subscribe(['contact.created']);
      receiver.reply = (response) => void response.writeHead(500).end('no');
      const { id: contactId } = await contact();
      await receiver.next();
      await until(id, ({ attemptCount }) => attemptCount === 1);
      assert.equal((await call('PATCH', `/webhooks/${id}`, { active: false })).body.active, false);
      const cancelled = await until(id, ({ status }) => status === 'cancelled');
      assert.equal(cancelled.nextAttemptAt, null);
      receiver.reply = (response) => void response.writeHead(204).end();
      await contact();
      assert.equal((await logOf(id)).length, 1);
      await call('PATCH', `/webhooks/${id}`, { active: true });
      const replayed = await call('POST', `/webhooks/${id}/deliveries/${cancelled.id}/replay`);
      assert.deepEqual([replayed.status, replayed.body.replayOf], [202, cancelled.id]);
      const repeat = await receiver.next();
      assert.deepEqual([repeat.body.data.id, repeat.headers['webhook-id']], [contactId, cancelled.eventId]);
    });

    test('a range is replayed once for each event, and what waits is left out', async () => {
      const { id } = await subscribe(['contact.created']);
      const from = new Date(clock.wallMs()).toISOString();
      const ids: string[] = [];
      for (let i = 0; i < 3; i++) {
        await contact({ name: `Range ${i}` });
        ids.push((await receiver.next()).headers['webhook-id'] as string);
        await until(id, ({ status }) => status === 'succeeded');
      }
      clock.advance(1_000);
      const to = new Date(clock.wallMs()).toISOString();
      const range = `/webhooks/${id}/deliveries/replay`;
      assert.deepEqual((await call('POST', range, { from, to, status: 'failed' })).body, { replayed: 0 });
      const replayed = await call('POST', range, { from, to });
      assert.deepEqual([replayed.status, replayed.body], [202, { replayed: 3 }]);
      const again = [];
      for (const _ of ids) again.push((await receiver.next()).headers['webhook-id'] as string);
      assert.deepEqual(again.sort(), ids.sort());
      while ((await logOf(id, '?status=succeeded')).length < 6) {}
      const later = new Date(clock.wallMs() + 1).toISOString();
      const twice = await call('POST', range, { from, to: later, status: 'succeeded' });
      assert.deepEqual(twice.body, { replayed: 3 }, 'each once, though each was sent twice');
      while ((await logOf(id, '?status=succeeded')).length < 9) {}
      const filtered = await logOf(id, `?from=${from}&to=${to}&type=contact.created&status=succeeded`);
      assert.equal(filtered.length, 3);
      const first = await call('GET', `/webhooks/${id}/deliveries?limit=5`);
      const second = await call('GET', `/webhooks/${id}/deliveries?limit=5&cursor=${first.body.nextCursor}`);
      assert.deepEqual(
        [first.body.data.length, second.body.data.length, second.body.nextCursor],
        [5, 4, null],
      );
    });

    test('a deleted webhook is sent nothing more', async () => {
      const { id } = await subscribe(['contact.created']);
      receiver.reply = (response) => void response.writeHead(500).end();
      await contact();
      await receiver.next();
      await until(id, ({ attemptCount }) => attemptCount === 1);
      receiver.reply = (response) => void response.writeHead(204).end();
      await remove(id);
      const { read } = harness.app.database;
      for (;;) {
        const query = read.selectFrom('webhook_deliveries').select('state').where('webhook_id', '=', id);
        const [row] = await query.execute();
        if (row?.state === 'cancelled') break;
        await new Promise((resolve) => setImmediate(resolve));
      }
      assert.deepEqual(
        await read.selectFrom('webhook_secrets').selectAll().where('webhook_id', '=', id).execute(),
        [],
      );
    });
  });
});
