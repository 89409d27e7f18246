import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { Webhook } from 'standardwebhooks';
import { retryDelaysMs } from '../src/core/webhook-schedule.ts';
import type { App } from '../src/services/app.ts';
import { atomically } from '../src/services/app.ts';
import { publishEvent, waitingSince } from '../src/services/events.ts';
import { getDelivery, listDeliveries, replayRange } from '../src/services/webhooks/deliveries.ts';
import { WebhookRunner } from '../src/services/webhooks/runner.ts';
import { createWebhook, getWebhook } from '../src/services/webhooks/webhooks.ts';
import { insertDeliveries } from '../src/store/webhook-events.ts';
import { claimDeliveries } from '../src/store/webhook-queue.ts';
import { makeCertificate } from './certificate.ts';
import { onEachDatabase } from './databases.ts';
import { FakeClock, type Harness, openHarness } from './harness.ts';
import { Receiver } from './webhook-receiver.ts';

const certificate = makeCertificate(undefined, undefined, 'hooks.example.com');
const day = 86_400_000;

onEachDatabase((kind, skip) => {
  describe(`deliveries of webhooks on ${kind}`, { skip, timeout: 60_000 }, () => {
    let harness: Harness;
    let receiver: Receiver;
    let runner: WebhookRunner;
    /** What names stand for, and how often they were asked for. */
    let names: Record<string, readonly string[]>;
    let asked: string[];
    const clock = new FakeClock(Date.now());
    const trusted = getCACertificates('default');

    const ctx = () => harness.systemContext();
    const subscribe = async (url = receiver.url) => {
      const input = { name: 'CRM', url, events: ['contact.*'], active: true };
      const { record, secret } = await createWebhook(harness.app, ctx(), input);
      return { id: record.id, secret };
    };
    const publish = (data: object = {}) =>
      atomically(harness.app, (unit) => publishEvent(harness.app, ctx(), unit, 'contact.created', data));
    const webhook = (id: string) => getWebhook(harness.app, ctx(), id);
    const newest = async (id: string) => {
      const { items } = await listDeliveries(harness.app, ctx(), id, { limit: 1 });
      return getDelivery(harness.app, ctx(), id, items[0]!.id);
    };
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    const settled = async (id: string, attempts = 1) => {
      for (;;) {
        const found = await newest(id);
        if (found.attempts.length >= attempts) return found;
        await turn();
      }
    };
    const later = (ms: number) => {
      clock.advance(ms);
      runner.wake();
    };
    const begin = (options = {}) => {
      const resolve = async (name: string) => {
        asked.push(name);
        return names[name] ?? [];
      };
      runner = new WebhookRunner(harness.app as App, { resolve, ...options });
      Object.assign(harness.app, { webhooks: runner });
      runner.start();
    };

    before(async () => {
      setDefaultCACertificates([...trusted, certificate.cert]);
      const settings = { KEYWARD_WEBHOOK_ALLOW: '127.0.0.0/8' };
      harness = await openHarness(kind, { clock, settings });
    });

    after(async () => {
      await harness.close();
      setDefaultCACertificates(trusted);
    });

    beforeEach(async () => {
      names = { 'hooks.example.com': ['127.0.0.1'] };
      asked = [];
      receiver = await Receiver.open();
      begin();
    });

    afterEach(async () => {
      await runner.stop();
      const { write } = harness.app.database;
      for (const table of ['webhooks', 'webhook_deliveries', 'webhook_events'] as const)
        await write.deleteFrom(table).execute();
      await receiver.close();
    });

    test('over TLS the name is resolved once, the checked address connected to, and the name kept', async () => {
      const secure = await Receiver.open(certificate);
      const { id, secret } = await subscribe(`https://hooks.example.com:${secure.port}/in?x=1`);
      await publish();
      const { headers, text, path } = await secure.next();
      new Webhook(secret).verify(text, headers as never);
      assert.deepEqual([path, headers.host], ['/in?x=1', `hooks.example.com:${secure.port}`]);
      assert.deepEqual([asked, headers.connection], [['hooks.example.com'], 'close']);
      assert.equal((await settled(id)).delivery.state, 'succeeded');
      await secure.close();
    });

    test('a certificate that is not trusted, or of another name, is refused', async () => {
      const strange = await Receiver.open(makeCertificate(undefined, undefined, 'hooks.example.com'));
      const { id } = await subscribe(`https://hooks.example.com:${strange.port}/`);
      await publish();
      assert.match((await settled(id)).attempts[0]!.error!, /certificate of the receiver is not trusted/);
      names['other.example.com'] = ['127.0.0.1'];
      const secure = await Receiver.open(certificate);
      const { id: other } = await subscribe(`https://other.example.com:${secure.port}/`);
      await publish();
      assert.match((await settled(other)).attempts[0]!.error!, /certificate of the receiver is not trusted/);
      assert.deepEqual([strange.received, secure.received], [[], []]);
      await strange.close();
      await secure.close();
    });

    test('a name with one address that is not public is connected to nowhere, and no address is told', async () => {
      const { id } = await subscribe('https://evil.example.com/');
      const refused = [
        ['10.0.0.1'],
        ['93.184.216.34', '169.254.169.254'],
        ['::ffff:10.0.0.1'],
        ['fd00::1'],
        ['100.64.0.1'],
        ['0.0.0.0'],
      ];
      for (const [i, addresses] of refused.entries()) {
        names['evil.example.com'] = addresses;
        if (i === 0) await publish();
        else later(3 * day);
        const { attempts } = await settled(id, i + 1);
        const { status, error } = attempts.at(-1)!;
        assert.equal(status, null);
        assert.match(error!, /evil\.example\.com stands for an address that may not be reached/);
        for (const address of addresses) assert.ok(!error!.includes(address));
      }
    });

    test('http to a public address is not sent, and it is said that this is why', async () => {
      names['plain.example.com'] = ['93.184.216.34'];
      const { id } = await subscribe('http://plain.example.com/');
      await publish();
      const { status, error } = (await settled(id)).attempts[0]!;
      assert.equal(status, null);
      assert.match(error!, /by http, or on a port other than 443 and 8443, only networks that the operator/);
      assert.doesNotMatch(error!, /not public/);
    });

    test('redirects are not followed', async () => {
      const target = await Receiver.open();
      receiver.reply = (response) => void response.writeHead(302, { location: target.url }).end();
      const { id } = await subscribe();
      await publish();
      const { attempts } = await settled(id);
      assert.deepEqual([attempts[0]!.status, target.received.length], [302, 0]);
      assert.match(attempts[0]!.error!, /redirects are not followed/);
      await target.close();
    });

    test('what fails is tried ten times with the same id and body, and is then given up', async () => {
      receiver.reply = (response) => void response.writeHead(500).end('{"error":"no"}');
      const { id } = await subscribe();
      await publish({ n: 1 });
      let before = clock.wallMs();
      for (const [i, delay] of retryDelaysMs.entries()) {
        const { delivery } = await settled(id, i + 1);
        const wait = delivery.due_at! - before;
        assert.ok(wait >= delay * 0.9 && wait <= delay * 1.1, `${wait} after attempt ${i + 1}`);
        later(wait);
        before = clock.wallMs();
      }
      const { delivery, attempts } = await settled(id, 10);
      assert.deepEqual([delivery.state, delivery.due_at, delivery.attempts], ['failed', null, 10]);
      assert.equal(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size, 1);
      assert.equal(new Set(receiver.received.map(({ text }) => text)).size, 1);
      assert.ok(attempts.every(({ status, answer }) => status === 500 && answer === '{"error":"no"}'));
      const { isActive, failingSince, lastFailureAt, lastSuccessAt } = await webhook(id);
      assert.deepEqual([isActive, lastFailureAt, lastSuccessAt], [1, clock.wallMs(), null]);
      assert.ok(failingSince! < lastFailureAt!);
      receiver.reply = (response) => void response.writeHead(204).end();
      await publish();
      await settled(id);
      const well = await webhook(id);
      assert.deepEqual([well.failingSince, well.lastSuccessAt], [null, clock.wallMs()]);
    });

    test('Retry-After of 429 and 503 postpones, and of others does not', async () => {
      const answers = [429, 503, 500];
      receiver.reply = (response) =>
        void response.writeHead(answers.shift()!, { 'retry-after': '7200' }).end();
      const { id } = await subscribe();
      await publish();
      for (const n of [1, 2]) {
        const { delivery } = await settled(id, n);
        assert.equal(delivery.due_at, clock.wallMs() + 7_200_000);
        later(7_200_000);
      }
      const { delivery } = await settled(id, 3);
      assert.ok(delivery.due_at! < clock.wallMs() + 7_200_000);
    });

    test('410 switches the webhook off, audited, and what waits is cancelled', async () => {
      receiver.reply = (response) => void response.writeHead(500).end();
      const { id } = await subscribe();
      await publish();
      await settled(id);
      receiver.reply = (response) => void response.writeHead(410).end();
      await publish();
      const { delivery } = await settled(id);
      assert.equal(delivery.state, 'failed');
      const { isActive, disabledReason } = await webhook(id);
      assert.deepEqual([isActive, disabledReason], [0, 'gone']);
      const states = async () =>
        (await listDeliveries(harness.app, ctx(), id, { limit: 9 })).items.map(({ state }) => state);
      while ((await states()).includes('waiting')) await turn();
      assert.deepEqual(await states(), ['failed', 'cancelled']);
      await publish();
      assert.equal((await states()).length, 2);
      const audit = await harness.app.database.read
        .selectFrom('audit_entries')
        .select(['action', 'actor_type', 'after'])
        .where('target_id', '=', id)
        .orderBy('seq', 'desc')
        .executeTakeFirstOrThrow();
      assert.deepEqual([audit.action, audit.actor_type], ['webhook.disabled', 'system']);
    });

    test('of an answer a kilobyte is kept, without secrets, and a long one is cut', async () => {
      const { id, secret } = await subscribe();
      const { secret: key } = await harness.createKey({ scopes: ['contacts:read'] });
      const chunk = Buffer.alloc(65_536, 'x');
      receiver.reply = (response) => {
        response.writeHead(200, { 'content-type': 'text/plain' });
        response.write(`\0${key} ${secret} `);
        const more = () => void response.write(chunk, (error) => error || more());
        more();
      };
      await publish();
      const { delivery, attempts } = await settled(id);
      const { answer } = attempts[0]!;
      assert.equal(delivery.state, 'succeeded');
      assert.ok(answer!.length <= 1_024 && !answer!.includes('\0'));
      assert.ok(!answer!.includes(key) && !answer!.includes(secret));
    });

    test('a receiver that says nothing, and one that is no HTTP server, fail in plain words', async () => {
      await runner.stop();
      begin({ timeoutMs: 200 });
      receiver.reply = () => {};
      const { id } = await subscribe();
      const { id: closed } = await subscribe('http://127.0.0.1:1/');
      const secure = await Receiver.open(certificate);
      const { id: wrong } = await subscribe(`http://127.0.0.1:${secure.port}/`);
      await publish();
      assert.match((await settled(id)).attempts[0]!.error!, /did not answer within/);
      assert.equal((await settled(closed)).attempts[0]!.error, 'The receiver refused the connection.');
      assert.match((await settled(wrong)).attempts[0]!.error!, /receiver/);
      await secure.close();
    });

    test('a slow receiver has four at once, a failing one has one, and nobody waits for them', async () => {
      const slow = await Receiver.open();
      const held: (() => unknown)[] = [];
      slow.reply = (response) => void held.push(() => response.writeHead(204).end());
      const { id } = await subscribe(slow.url);
      const { id: quick } = await subscribe();
      for (let i = 0; i < 12; i++) await publish({ i });
      for (let i = 0; i < 12; i++) await receiver.next();
      while (held.length < 4) await turn();
      for (let i = 0; i < 20; i++) await turn();
      const { length } = held;
      assert.equal(length, 4);
      for (let done = 0; done < 12; done++) {
        while (held.length === 0) await turn();
        held.shift()!();
      }
      const succeeded = async (of: string) =>
        (await listDeliveries(harness.app, ctx(), of, { limit: 50, state: 'succeeded' })).items.length;
      while ((await succeeded(id)) < 12 || (await succeeded(quick)) < 12) await turn();
      slow.reply = (response) => void response.writeHead(500).end();
      await publish();
      await settled(id);
      slow.reply = (response) => void held.push(() => response.writeHead(204).end());
      for (let i = 0; i < 3; i++) await publish();
      while (held.length < 1) await turn();
      for (let i = 0; i < 20; i++) await turn();
      assert.equal(held.length, 1);
      held.shift()!();
      while (held.length < 2) await turn();
      for (const end of held) end();
      await slow.close();
    });

    test('what a dead worker had is sent by another when its lease is over, and not before', async () => {
      await runner.stop();
      const { id } = await subscribe();
      await publish();
      const now = clock.wallMs();
      const claim = { webhookId: id, worker: 'dead', now, leaseUntil: now + 15_000, limit: 9 };
      const claimed = await harness.app.database.transaction((tx) => claimDeliveries(tx, claim));
      assert.equal(claimed.length, 1);
      begin();
      await publish({ second: true });
      assert.deepEqual((await receiver.next()).body.data, { second: true });
      assert.equal(receiver.received.length, 1);
      // Else its own lease would be over, too, and it would be sent again.
      await settled(id);
      later(15_000);
      assert.deepEqual((await receiver.next()).body.data, {});
    });

    test('stopping cuts what takes too long, and it is sent anew after the start, without counting', async () => {
      receiver.reply = () => {};
      const { id } = await subscribe();
      await publish();
      await receiver.next();
      await runner.stop();
      const { delivery, attempts } = await newest(id);
      assert.deepEqual([delivery.state, delivery.worker, attempts.length], ['waiting', null, 0]);
      receiver.reply = (response) => void response.writeHead(204).end();
      begin();
      await receiver.next();
      assert.equal((await settled(id)).delivery.state, 'succeeded');
    });

    test('a change that nobody subscribed to leaves no event', async () => {
      await publish();
      const events = await harness.app.database.read.selectFrom('webhook_events').selectAll().execute();
      assert.deepEqual(events, []);
    });

    test('after 30 days deliveries, attempts and events are gone, and what is younger stays', async () => {
      const { id } = await subscribe();
      await publish();
      await settled(id);
      clock.advance(20 * day);
      await publish();
      await settled(id);
      clock.advance(10 * day + 1);
      runner.wake();
      const counts = async () => {
        const { read } = harness.app.database;
        const tables = ['webhook_deliveries', 'webhook_attempts', 'webhook_events'] as const;
        return Promise.all(
          tables.map(async (table) => (await read.selectFrom(table).selectAll().execute()).length),
        );
      };
      while ((await counts())[0] !== 1) await turn();
      while ((await counts())[2] !== 1) await turn();
      assert.deepEqual(await counts(), [1, 1, 1]);
    });

    test('what a dead receiver could not be sent for 30 days is gone, too', async () => {
      receiver.reply = (response) => void response.writeHead(500).end();
      const { id } = await subscribe();
      await publish();
      await settled(id);
      await runner.stop();
      clock.advance(30 * day + 1);
      begin();
      const waiting = () => harness.app.database.read.selectFrom('webhook_deliveries').selectAll().execute();
      while ((await waiting()).length > 0) await turn();
      const events = () => harness.app.database.read.selectFrom('webhook_events').selectAll().execute();
      while ((await events()).length > 0) await turn();
    });

    test('a range is replayed only where it has few enough events and deliveries', async () => {
      const { id } = await subscribe();
      const { tenantId, environment } = ctx();
      const range = { from: clock.wallMs(), to: clock.wallMs() + 1 };
      const add = (count: number, eventOf: (n: number) => string) => {
        const rows = Array.from({ length: count }, (_, n) => ({
          id: harness.app.newId('dlv'),
          tenant_id: tenantId,
          environment,
          webhook_id: id,
          event_id: eventOf(n),
          type: 'contact.created',
          ...{ ...waitingSince(0), state: 'failed', due_at: null, ended_at: clock.wallMs() },
          replay_of: null,
          created_at: clock.wallMs(),
        }));
        return harness.app.database.transaction((tx) =>
          insertDeliveries(tx, harness.app.database.dialect, rows),
        );
      };
      await add(1_001, (n) => `evt_${n}`);
      await assert.rejects(replayRange(harness.app, ctx(), id, range), { code: 'conflict' });
      await harness.app.database.write.deleteFrom('webhook_deliveries').execute();
      for (let i = 0; i < 10; i++) await add(1_000, () => 'evt_0');
      await runner.stop();
      assert.equal(await replayRange(harness.app, ctx(), id, range), 1);
      await add(1, () => 'evt_1');
      await assert.rejects(replayRange(harness.app, ctx(), id, range), { code: 'conflict' });
    });

    test('much that waits for a webhook that was deleted keeps no other waiting', async () => {
      const { tenantId, environment } = ctx();
      const gone = (_: unknown) => ({
        id: harness.app.newId('dlv'),
        tenant_id: tenantId,
        environment,
        webhook_id: 'whk_gone',
        event_id: 'evt_gone',
        type: 'contact.created',
        ...waitingSince(clock.wallMs() - 1),
        replay_of: null,
        created_at: clock.wallMs(),
      });
      const { database } = harness.app;
      await subscribe();
      for (let i = 0; i < 8; i++)
        await database.transaction((tx) =>
          insertDeliveries(tx, database.dialect, Array.from({ length: 1_000 }, gone)),
        );
      await publish();
      await receiver.next();
      const { n } = await database.read
        .selectFrom('webhook_deliveries')
        .select((e) => e.fn.countAll<number>().as('n'))
        .where('state', '=', 'waiting')
        .where('webhook_id', '=', 'whk_gone')
        .executeTakeFirstOrThrow();
      assert.ok(Number(n) > 1_000, `${n} still wait`);
    });
  });
});
