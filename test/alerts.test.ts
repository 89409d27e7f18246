import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { smtpServer } from '../src/core/smtp-settings.ts';
import { Mailer } from '../src/services/mail.ts';
import { insertRows } from '../src/store/bulk.ts';
import { usageInsert } from '../src/store/telemetry/minute-usage.ts';
import { openTelemetryAt } from '../src/store/telemetry/open.ts';
import { onEachDatabase } from './databases.ts';
import { type Harness, hostOf, noon, openHarness, type TestAnswer, type TestPerson } from './harness.ts';
import { openSmtp, type SmtpOptions, type TestSmtp } from './smtp.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const mailPassword = 'sesame%@open';
const login = { user: 'keyward', password: mailPassword };

function smtpUrl(port: number, host = 'localhost'): string {
  return `smtp://keyward:${encodeURIComponent(mailPassword)}@${host}:${port}`;
}

/** A minute in which 60 of 100 requests of the key were errors. */
async function writeErrors(harness: Harness, id: string, at: number) {
  const url = harness.config.KEYWARD_DATABASE_URL;
  const { db, dialect, close } = openTelemetryAt(url ? { url } : { directory: harness.directory });
  await insertRows(db, dialect, usageInsert('usage_minutes', 'minute'), [
    [id, at, 1, 100, 40, 60, 0, 0, '{"0":{"200":40,"404":60}}', ''],
  ]);
  await close();
}

onEachDatabase((kind, skip) => {
  describe(`alerts on ${kind}`, { skip }, () => {
    let harness: Harness;
    let smtp: TestSmtp;
    let developer: TestPerson;
    let viewer: TestPerson;
    let admin: TestPerson;

    before(async () => {
      smtp = await openSmtp({ login });
      harness = await openHarness(kind, {
        settings: {
          KEYWARD_REQUEST_LOG: 'on',
          KEYWARD_SMTP_URL: smtpUrl(smtp.port),
          KEYWARD_SMTP_FROM: 'Keyward <alerts@keys.example.com>',
          KEYWARD_PUBLIC_URL: 'http://localhost:8787',
        },
      });
      developer = await harness.signUp('developer');
      viewer = await harness.signUp('viewer');
      admin = await harness.signUp('admin');
    });
    after(async () => {
      await harness.close();
      await smtp.close();
    });
    beforeEach(async () => {
      smtp.refuse = () => null;
      smtp.mails.length = 0;
      const { write } = harness.app.database;
      for (const table of [
        'keys',
        'alerts',
        'signals',
        'alert_notifications',
        'alert_mails',
        'webhook_events',
      ] as const)
        await write.deleteFrom(table).execute();
      harness.clock.advance(dayMs - ((harness.clock.wallMs() - noon) % dayMs));
    });

    const api = (
      url: string,
      body?: unknown,
      method?: string,
      as: object = { cookie: harness.owner.cookie },
    ) => harness.send({ url: `/api/v1${url}`, body, method, ...as });

    async function ok(answer: Promise<TestAnswer>, status = 200) {
      const { status: given, body, text } = await answer;
      assert.equal(given, status, text);
      return body;
    }

    const createRule = (rule: object = {}) =>
      ok(
        api('/alerts', {
          name: 'Operations',
          conditions: [{ code: 'expires_soon' }],
          channels: { emails: ['ops@example.com'] },
          ...rule,
        }),
        201,
      );

    const expiring = (name: string, more: object = {}) =>
      harness.createKey({
        name,
        scopes: ['knowledge:read'],
        expiresAt: harness.clock.wallMs() + 5 * dayMs,
        ...more,
      });

    async function sendAfter(minutes: number) {
      harness.clock.advance(minutes * minuteMs);
      await harness.app.alerts.sendDue();
    }

    const notificationsOf = async (id: string) => (await ok(api(`/alerts/${id}/notifications`))).data;

    /** Subscribes to everything and answers what was published since. */
    async function published() {
      const rows = await harness.app.database.read
        .selectFrom('webhook_events')
        .selectAll()
        .orderBy('id')
        .execute();
      return rows.map(({ type, payload, environment }) => ({
        type,
        environment,
        ...JSON.parse(payload).data,
      }));
    }

    async function subscribe() {
      const at = harness.clock.wallMs();
      await harness.app.database.write
        .insertInto('webhooks')
        .values({
          id: harness.app.newId('whk'),
          tenant_id: harness.tenantId,
          environment: 'production',
          name: 'Receiver',
          url: 'https://receiver.example.com/',
          events: '["*"]',
          is_active: 1,
          disabled_reason: null,
          last_success_at: null,
          last_failure_at: null,
          failing_since: null,
          search_text: '',
          created_at: at,
          updated_at: at,
          version: 1,
        })
        .execute();
    }

    const unsubscribe = () => harness.app.database.write.deleteFrom('webhooks').execute();

    test('what comes true of several keys within the group’s minutes is one mail, encrypted and signed in', async () => {
      const rule = await createRule();
      const one = await expiring('Night sync — Acme');
      const other = await expiring('Crawler — Acme');
      await harness.app.alerts.lookAtFlags();
      await sendAfter(4);
      assert.equal(smtp.mails.length, 0);
      await sendAfter(1);
      assert.equal(smtp.mails.length, 1);
      const [mail] = smtp.mails;
      assert.deepEqual([mail!.from, mail!.to], ['alerts@keys.example.com', ['ops@example.com']]);
      assert.deepEqual([mail!.isEncrypted, mail!.user], [true, 'keyward']);
      assert.equal(mail!.headers.get('subject'), '[Keyward] 2 keys need attention in production');
      assert.equal(mail!.headers.get('auto-submitted'), 'auto-generated');
      assert.equal(mail!.headers.get('list-id'), `<${rule.id}.localhost>`);
      assert.match(mail!.headers.get('content-type')!, /^text\/plain/);
      assert.equal(mail!.headers.get('x-mailer'), undefined);
      for (const { id, secret } of [one, other]) {
        assert.ok(mail!.text.includes(`http://localhost:8787/keys/${id}`));
        assert.ok(!mail!.text.includes(secret));
      }
      assert.match(
        mail!.text,
        /Night sync — Acme\n {2}expires_soon, since .*\n {2}It expires on .* in 5 days\./,
      );
      const [notification, ...others] = await notificationsOf(rule.id);
      const { id, createdAt, endedAt, ...told } = notification;
      assert.deepEqual(told, {
        kind: 'raised',
        state: 'sent',
        total: 2,
        waitingFor: [],
        attempts: 1,
        error: null,
        nextAttemptAt: null,
      });
      assert.equal(mail!.headers.get('message-id'), `<${id}@localhost>`);
      assert.deepEqual(others, []);
      await harness.app.alerts.lookAtFlags();
      await sendAfter(60);
      assert.equal(smtp.mails.length, 1, 'and it is told once');
    });

    test('what is over is told, and what came and went meanwhile is not told at all', async () => {
      const rule = await createRule();
      const key = await expiring('Night sync — Acme');
      await harness.app.alerts.lookAtFlags();
      await sendAfter(5);
      const brief = await expiring('Brief — Acme');
      await harness.app.alerts.lookAtFlags();
      for (const { id } of [key, brief]) await ok(api(`/api-keys/${id}`, { expiresAt: null }, 'PATCH'));
      await harness.app.alerts.lookAtFlags();
      await sendAfter(5);
      assert.deepEqual(
        smtp.mails.map(({ headers }) => headers.get('subject')),
        ['[Keyward] 1 key needs attention in production', '[Keyward] Resolved: 1 key in production'],
      );
      assert.match(
        smtp.mails[1]!.text,
        /Night sync — Acme\n.*\n {2}It was: It expires on .*\n {2}It is not so any more\./,
      );
      assert.deepEqual(
        (await notificationsOf(rule.id)).map(({ kind }: { kind: string }) => kind),
        ['resolved', 'raised'],
      );
    });

    test('what is over is not told where the rule says so, and a deleted key is told by its name', async () => {
      await createRule({ notifyResolved: false, channels: { emails: ['quiet@example.com'] } });
      await createRule({ groupMinutes: 0 });
      const key = await expiring('Short lived — Acme');
      await harness.app.alerts.lookAtFlags();
      await sendAfter(5);
      const scopes = ['api_keys:write', 'knowledge:read'];
      const manager = { key: (await harness.createKey({ name: 'Manager', scopes })).secret };
      await ok(api(`/api-keys/${key.id}`, undefined, 'DELETE', manager));
      await harness.app.alerts.lookAtFlags();
      await sendAfter(5);
      assert.deepEqual(smtp.mails.map(({ to }) => to[0]).sort(), [
        'ops@example.com',
        'ops@example.com',
        'quiet@example.com',
      ]);
      assert.match(smtp.mails.at(-1)!.text, /Short lived — Acme\n[\s\S]*The key was deleted\./);
    });

    test('subscribers hear of flags, keys and rules, once each', async () => {
      await subscribe();
      const rule = await createRule({ channels: { webhook: true }, groupMinutes: 0 });
      const key = await expiring('Night sync — Acme');
      await harness.app.alerts.lookAtFlags();
      await harness.app.alerts.lookAtFlags();
      await sendAfter(1);
      await ok(api(`/api-keys/${key.id}/revoke`, {}));
      await harness.app.alerts.lookAtFlags();
      await sendAfter(1);
      const events = (await published()).filter(({ type }) => /^(flag|alert)|expiring/.test(type));
      assert.deepEqual(
        events.map(({ type }) => type),
        ['flag.raised', 'key.expiring', 'alert.raised', 'flag.resolved', 'alert.resolved'],
      );
      const [raised, own, alert, over] = events;
      assert.deepEqual(
        [raised.keyId, raised.name, raised.code],
        [key.id, 'Night sync — Acme', 'expires_soon'],
      );
      assert.deepEqual(
        [raised.environment, raised.cause, raised.action].map((text) => typeof text),
        ['string', 'string', 'string'],
      );
      assert.equal(own.keyId, key.id);
      assert.match(own.expiresAt, /^20.*Z$/);
      assert.deepEqual(
        [alert.alertId, alert.name, alert.isTest, alert.more],
        [rule.id, 'Operations', false, 0],
      );
      assert.deepEqual(
        alert.items.map(({ keyId }: { keyId: string }) => keyId),
        [key.id],
      );
      assert.equal(over.reason, 'The key is not active any more.');
      assert.equal(smtp.mails.length, 0);
      await unsubscribe();
    });

    test('80 % of the day used is told by figures, and over when the day is', async () => {
      await subscribe();
      const near = { code: 'day_limit_near' };
      const rule = await createRule({ conditions: [near, { code: 'limit_reached' }], groupMinutes: 0 });
      await createRule({
        name: 'Early',
        conditions: [{ ...near, percent: 10 }],
        channels: { emails: ['early@example.com'] },
      });
      const rateLimit = { perMinute: 100, burst: 0, perDay: 10 };
      const key = await harness.createKey({ name: 'Busy — Acme', scopes: ['knowledge:read'], rateLimit });
      const use = async (times: number) => {
        for (let i = 0; i < times; i++) await harness.send({ url: '/api/v1/kb/tags', key: key.secret });
        // Counters are written every few seconds, and when it stops.
        await harness.app.keeper.stop();
      };
      await use(1);
      await harness.app.alerts.lookAtLimits();
      const codesOf = async () =>
        (await ok(api(`/signals?keyId=${key.id}`))).data.map(({ code }: { code: string }) => code);
      assert.deepEqual(await codesOf(), []);
      await use(7);
      await harness.app.alerts.lookAtLimits();
      assert.deepEqual(await codesOf(), ['day_limit_near']);
      await use(3);
      await harness.app.alerts.lookAtLimits();
      await harness.app.alerts.lookAtLimits();
      assert.deepEqual(await codesOf(), ['day_limit_near', 'limit_reached']);
      await sendAfter(5);
      const mails = new Map(smtp.mails.map(({ to, text }) => [to[0], text]));
      assert.deepEqual([...mails.keys()].sort(), ['early@example.com', 'ops@example.com']);
      assert.match(mails.get('early@example.com')!, /1 of the 10 requests of its day are used: 10 %\./);
      assert.match(mails.get('ops@example.com')!, /8 of the 10 requests of its day are used: 80 %\./);
      assert.match(
        mails.get('ops@example.com')!,
        /All 10 requests of its day are used: it is refused until 00:00 UTC\./,
      );
      const reached = (await published()).filter(({ type }) => type === 'key.limit_reached');
      assert.deepEqual(
        reached.map(({ usedToday, limit, percent }) => [usedToday, limit, percent]),
        [
          [8, 10, 80],
          [10, 10, 100],
        ],
      );
      assert.equal((await published()).filter(({ type }) => type === 'flag.raised').length, 0);
      // At midnight the day is over; the refusals are when there was none for a while.
      harness.clock.advance(12 * hourMs);
      await harness.app.alerts.lookAtLimits();
      assert.deepEqual(await codesOf(), ['limit_reached']);
      const late = await createRule({ name: 'Late', conditions: [{ code: 'limit_reached' }] });
      await harness.app.alerts.lookAtLimits();
      const [begun] = (await notificationsOf(late.id)) as { kind: string; total: number }[];
      assert.deepEqual([begun!.kind, begun!.total], ['raised', 1], 'a rule begins with what is so already');
      harness.clock.advance(15 * minuteMs);
      await harness.app.alerts.lookAtLimits();
      assert.deepEqual(await codesOf(), []);
      await sendAfter(5);
      const [last] = (await notificationsOf(rule.id)) as { kind: string; total: number }[];
      assert.deepEqual([last!.kind, last!.total], ['resolved', 2]);
      await unsubscribe();
    });

    test('a key with the largest limits there may be does not keep others from being told', async () => {
      const limited = (name: string, perDay: number) =>
        harness.createKey({
          name,
          scopes: ['knowledge:read'],
          rateLimit: { perMinute: 100, burst: 0, perDay },
        });
      const [large, small] = [await limited('Large', 1_000_000_000), await limited('Small', 1)];
      for (const { secret } of [large, small]) await harness.send({ url: '/api/v1/kb/tags', key: secret });
      await harness.app.keeper.stop();
      await harness.app.alerts.lookAtLimits();
      const told = (await ok(api('/signals'))).data.map(({ keyId }: { keyId: string }) => keyId);
      assert.deepEqual([...new Set(told)], [small.id]);
    });

    test('a key that is refused for its minute is told, and over after a quarter of an hour without', async () => {
      const key = await harness.createKey({
        name: 'Impatient — Acme',
        scopes: ['knowledge:read'],
        rateLimit: { perMinute: 1, burst: 0, perDay: 1_000 },
      });
      const refuse = async () => {
        const send = () => harness.send({ url: '/api/v1/kb/tags', key: key.secret });
        await send();
        assert.equal((await send()).status, 429);
      };
      const causes = async () =>
        (await ok(api(`/signals?keyId=${key.id}&code=limit_reached`))).data.map(
          ({ cause }: { cause: string }) => cause,
        );
      await refuse();
      await harness.app.alerts.lookAtLimits();
      const cause = 'Requests were refused because they were more than 1 in 60 seconds.';
      assert.deepEqual(await causes(), [cause]);
      await harness.app.alerts.lookAtLimits();
      harness.clock.advance(14 * minuteMs);
      await refuse();
      await harness.app.alerts.lookAtLimits();
      await harness.app.alerts.lookAtLimits();
      harness.clock.advance(14 * minuteMs);
      await harness.app.alerts.lookAtLimits();
      assert.deepEqual(await causes(), [cause]);
      harness.clock.advance(minuteMs);
      await harness.app.alerts.lookAtLimits();
      assert.deepEqual(await causes(), []);
    });

    test('the share of errors of a rule is its own, and it must be lower for half an hour to be over', async () => {
      const key = await harness.createKey({ name: 'Failing — Acme', scopes: ['knowledge:read'] });
      await writeErrors(harness, key.id, harness.clock.wallMs() - hourMs);
      const strict = await createRule({ conditions: [{ code: 'error_rate', percent: 60 }], groupMinutes: 0 });
      const mild = await createRule({ conditions: [{ code: 'error_rate', percent: 61 }], groupMinutes: 0 });
      await harness.app.alerts.lookAtFlags();
      await sendAfter(0);
      assert.equal(smtp.mails.length, 1);
      assert.match(
        smtp.mails[0]!.text,
        /Failing — Acme\n.*\n {2}60 % of 100 requests in the last 24 hours were errors/,
      );
      assert.deepEqual(await notificationsOf(mild.id), []);
      harness.clock.advance(24 * hourMs);
      await harness.app.alerts.lookAtFlags();
      await sendAfter(29);
      await harness.app.alerts.lookAtFlags();
      await sendAfter(0);
      assert.equal(smtp.mails.length, 1);
      harness.clock.advance(minuteMs);
      await harness.app.alerts.lookAtFlags();
      await sendAfter(0);
      assert.equal(smtp.mails[1]!.headers.get('subject'), '[Keyward] Resolved: 1 key in production');
      assert.equal((await notificationsOf(strict.id)).length, 2);
    });

    test('in quiet hours nobody is told, and afterwards all of it at once', async () => {
      const quiet = { from: '11:00', to: '14:00', timeZone: 'UTC' };
      const rule = await createRule({ quiet });
      await expiring('Night sync — Acme');
      await harness.app.alerts.lookAtFlags();
      await sendAfter(5);
      await expiring('Later — Acme');
      await harness.app.alerts.lookAtFlags();
      await sendAfter(60);
      assert.equal(smtp.mails.length, 0);
      const [waiting] = await notificationsOf(rule.id);
      assert.deepEqual(
        [waiting.state, waiting.total, waiting.nextAttemptAt.slice(11, 19)],
        ['gathering', 2, '14:00:00'],
      );
      await sendAfter(55);
      assert.equal(smtp.mails.length, 1);
      assert.match(smtp.mails[0]!.text, /Night sync[\s\S]*Later/);
    });

    test('a restart loses nothing, and tells nothing twice', async () => {
      await createRule();
      await expiring('Night sync — Acme');
      await harness.app.alerts.lookAtFlags();
      harness = await harness.restart();
      await harness.app.alerts.lookAtFlags();
      await sendAfter(5);
      assert.equal(smtp.mails.length, 1);
      await harness.app.alerts.lookAtFlags();
      await sendAfter(60);
      assert.equal(smtp.mails.length, 1);
    });

    test('a mail that was being sent when the server ended is sent again', async () => {
      const rule = await createRule();
      await ok(api(`/alerts/${rule.id}/test`, undefined, 'POST'), 202);
      const lease = { state: 'sending', attempts: 1, recipients: '["ops@example.com"]' };
      const due_at = harness.clock.wallMs() + 2 * minuteMs;
      await harness.app.database.write
        .updateTable('alert_notifications')
        .set({ ...lease, due_at, began_at: harness.clock.wallMs() })
        .execute();
      await sendAfter(1);
      assert.equal(smtp.mails.length, 0);
      await sendAfter(1);
      assert.equal(smtp.mails.length, 1);
      assert.equal((await notificationsOf(rule.id))[0].attempts, 2);
    });

    test('whom the mail server refuses is tried again, the others not, and after a day it is given up', async () => {
      smtp.refuse = (address) => (address.startsWith('gone') ? 'No such user\r\nhere' : null);
      const emails = ['ops@example.com', 'gone@example.com'];
      const rule = await createRule({ channels: { emails }, groupMinutes: 0 });
      await expiring('Night sync — Acme');
      await harness.app.alerts.lookAtFlags();
      await sendAfter(0);
      assert.deepEqual(
        smtp.mails.map(({ to }) => to),
        [['ops@example.com']],
      );
      const [first] = await notificationsOf(rule.id);
      assert.deepEqual([first.state, first.attempts, first.waitingFor], ['sending', 1, ['gone@example.com']]);
      assert.match(first.error, /^The mail server refused it\. It said: 550 No such user/);
      for (const minutes of [60, 24 * 60]) await sendAfter(minutes);
      const [last] = await notificationsOf(rule.id);
      assert.deepEqual([last.state, last.nextAttemptAt, smtp.mails.length], ['failed', null, 1]);
      assert.equal(last.attempts, 3);
      assert.ok(last.endedAt);
    });

    test('of a tenant 60 mails go out in an hour, the others later', async () => {
      const emails = Array.from({ length: 10 }, (_, n) => `ops${n}@example.com`);
      const rules: { id: string }[] = [];
      for (let n = 0; n < 7; n++) rules.push(await createRule({ channels: { emails } }));
      for (const { id } of rules) await ok(api(`/alerts/${id}/test`, undefined, 'POST'), 202);
      await sendAfter(0);
      assert.equal(smtp.mails.length, 6);
      const waiting = await notificationsOf(rules.at(-1)!.id);
      assert.match(waiting[0].error, /More than 60 e-mails/);
      assert.deepEqual([waiting[0].state, waiting[0].attempts], ['sending', 0]);
      // To delete and make a rule anew gives no more.
      await ok(api(`/alerts/${rules[0]!.id}`, undefined, 'DELETE'), 204);
      const again = await createRule({ channels: { emails } });
      await ok(api(`/alerts/${again.id}/test`, undefined, 'POST'), 202);
      await sendAfter(30);
      assert.equal(smtp.mails.length, 6);
      await sendAfter(31);
      assert.equal(smtp.mails.length, 8);
    });

    test('a test is sent at once, and says that it is one', async () => {
      await subscribe();
      const quiet = { from: '00:00', to: '23:59', timeZone: 'UTC' };
      const channels = { webhook: true, emails: ['ops@example.com'] };
      const rule = await createRule({ quiet, isActive: false, channels });
      const asked = await ok(api(`/alerts/${rule.id}/test`, undefined, 'POST'), 202);
      assert.deepEqual([asked.kind, asked.state, asked.total], ['test', 'gathering', 0]);
      assert.equal((await api(`/alerts/${rule.id}/test`, undefined, 'POST')).status, 409);
      await sendAfter(0);
      assert.equal(smtp.mails[0]!.headers.get('subject'), '[Keyward] Test of the alert Operations');
      const events = await published();
      assert.deepEqual(
        events.filter(({ alertId }) => alertId === rule.id).map(({ type, isTest }) => [type, isTest]),
        [['alert.raised', true]],
      );
      await ok(api(`/alerts/${rule.id}/test`, undefined, 'POST'), 202);
      await unsubscribe();
    });

    test('a rule that is switched off tells nothing, and switched on again begins anew', async () => {
      const rule = await createRule();
      await expiring('Night sync — Acme');
      await harness.app.alerts.lookAtFlags();
      await ok(api(`/alerts/${rule.id}`, { isActive: false }, 'PATCH'));
      await harness.app.alerts.lookAtFlags();
      await sendAfter(5);
      assert.equal(smtp.mails.length, 0);
      const [cancelled] = await notificationsOf(rule.id);
      assert.deepEqual([cancelled.state, cancelled.error], ['cancelled', 'The rule was switched off.']);
      await ok(api(`/alerts/${rule.id}`, { isActive: true }, 'PATCH'));
      await harness.app.alerts.lookAtFlags();
      await sendAfter(5);
      assert.equal(smtp.mails.length, 1);
    });

    test('hostile names stay text on one line', async () => {
      await createRule({ groupMinutes: 0 });
      const name = 'Sync\u202e <script>alert(1)</script> "quoted", Bcc: x@example.com';
      await expiring(name);
      await harness.app.alerts.lookAtFlags();
      await sendAfter(0);
      const [mail] = smtp.mails;
      assert.ok(mail!.text.includes('Sync <script>alert(1)</script> "quoted", Bcc: x@example.com\n'));
      assert.ok(![...mail!.headers.values()].some((value) => value.includes('x@example.com')));
      assert.deepEqual(mail!.to, ['ops@example.com']);
    });

    test('of its own keys only, of its own environment only, and never of another tenant', async () => {
      const chosen = await expiring('Chosen — Acme');
      await expiring('Other — Acme');
      await createRule({ keyIds: [chosen.id], groupMinutes: 0 });
      const { tenantId } = await harness.createTenant();
      await expiring('Stranger — Umbrella', { tenantId });
      await expiring('Sandbox — Acme', { environment: 'sandbox' });
      await harness.app.alerts.lookAtFlags();
      await sendAfter(0);
      assert.equal(smtp.mails.length, 1);
      assert.match(smtp.mails[0]!.text, /Chosen/);
      assert.doesNotMatch(smtp.mails[0]!.text, /Other|Stranger|Sandbox/);
      const sandbox = await harness.createKey({
        name: 'Reader',
        environment: 'sandbox',
        scopes: ['api_keys:read'],
      });
      const as = { key: sandbox.secret, host: hostOf('sandbox') };
      const { data } = await ok(api('/signals', undefined, undefined, as));
      assert.deepEqual(
        data.map(({ name, code }: Record<string, string>) => [name, code]),
        [['Sandbox — Acme', 'expires_soon']],
      );
      const stranger = await harness.createKey({ tenantId, name: 'Reader', scopes: ['api_keys:read'] });
      const theirs = await ok(api('/signals', undefined, undefined, { key: stranger.secret }));
      assert.deepEqual(
        theirs.data.map(({ name }: { name: string }) => name),
        ['Stranger — Umbrella'],
      );
    });

    test('signals come in pages that have each once', async () => {
      for (let n = 0; n < 5; n++)
        await harness.createKey({ name: `Generous ${n} — Acme`, expiresAt: harness.clock.wallMs() + dayMs });
      await harness.app.alerts.lookAtFlags();
      const whole = (await ok(api('/signals?limit=200'))).data;
      assert.ok(whole.length >= 10);
      const read: object[] = [];
      for (let cursor = ''; cursor !== 'null'; ) {
        const body = await ok(api(`/signals?limit=3${cursor && `&cursor=${cursor}`}`));
        read.push(...body.data);
        cursor = String(body.nextCursor);
      }
      assert.deepEqual(read, whole);
      for (const query of ['cursor=x', 'code=nonsense', 'limit=0'])
        assert.equal((await api(`/signals?${query}`)).status, 400, query);
    });

    test('nobody but its owner and administrators sees what is so of a personal key', async () => {
      const expiresAt = new Date(harness.clock.wallMs() + 5 * dayMs).toISOString();
      const personal = { name: 'Mine — Acme', owner: 'user', scopes: ['knowledge:read'], expiresAt };
      await ok(api('/api-keys', personal, 'POST', { cookie: developer.cookie }), 201);
      await expiring('Shared — Acme');
      await harness.app.alerts.lookAtFlags();
      const namesSeen = async (cookie: string) => {
        const { data } = await ok(api('/signals', undefined, undefined, { cookie }));
        return data.map(({ name }: { name: string }) => name).sort();
      };
      assert.deepEqual(await namesSeen(viewer.cookie), ['Shared — Acme']);
      assert.deepEqual(await namesSeen(developer.cookie), ['Mine — Acme', 'Shared — Acme']);
      assert.deepEqual(await namesSeen(admin.cookie), ['Mine — Acme', 'Shared — Acme']);
    });

    test('a refusal that was seen while the store was away is told when it is back', async () => {
      const { id, secret } = await harness.createKey({
        name: 'Impatient — Acme',
        scopes: ['knowledge:read'],
        rateLimit: { perMinute: 1, burst: 0, perDay: 1_000 },
      });
      await harness.send({ url: '/api/v1/kb/tags', key: secret });
      assert.equal((await harness.send({ url: '/api/v1/kb/tags', key: secret })).status, 429);
      const { schema } = harness.app.database.write;
      await schema.alterTable('signals').renameTo('signals_away').execute();
      await assert.rejects(harness.app.alerts.lookAtLimits());
      await schema.alterTable('signals_away').renameTo('signals').execute();
      await harness.app.alerts.lookAtLimits();
      const { data } = await ok(api(`/signals?keyId=${id}`));
      assert.deepEqual(
        data.map(({ code }: { code: string }) => code),
        ['limit_reached'],
      );
    });

    test('who takes the quiet hours away is told at once what they held back', async () => {
      const quiet = { from: '11:00', to: '14:00', timeZone: 'UTC' };
      const rule = await createRule({ quiet });
      await expiring('Night sync — Acme');
      await harness.app.alerts.lookAtFlags();
      await sendAfter(5);
      await ok(api(`/alerts/${rule.id}`, { name: 'Still quiet' }, 'PATCH'));
      await sendAfter(0);
      assert.equal(smtp.mails.length, 0);
      await ok(api(`/alerts/${rule.id}`, { quiet: null }, 'PATCH'));
      await sendAfter(0);
      assert.equal(smtp.mails.length, 1);
    });

    describe('a rule', () => {
      const rule = { name: 'A', conditions: [{ code: 'dip' }], channels: { webhook: true } };

      test('is listed, shown, changed and deleted, and each change is in the audit log', async () => {
        const created = await ok(api('/alerts', rule), 201);
        assert.deepEqual(
          [created.groupMinutes, created.quiet, created.notifyResolved, created.isActive, created.keyIds],
          [5, null, true, true, null],
        );
        assert.deepEqual(created.channels, { webhook: true, emails: [] });
        const quiet = { from: '22:00', to: '07:00', timeZone: 'Europe/Berlin' };
        const changed = await ok(
          api(`/alerts/${created.id}`, { quiet, channels: { emails: ['Ops@Example.com'] } }, 'PATCH'),
        );
        assert.deepEqual(
          [changed.quiet, changed.channels],
          [quiet, { webhook: true, emails: ['ops@example.com'] }],
        );
        const cleared = await ok(api(`/alerts/${created.id}`, { quiet: null, isActive: false }, 'PATCH'));
        assert.deepEqual([cleared.quiet, cleared.isActive], [null, false]);
        assert.deepEqual((await ok(api('/alerts'))).data, [cleared]);
        await ok(api(`/alerts/${created.id}`, undefined, 'DELETE'), 204);
        assert.equal((await api(`/alerts/${created.id}`)).status, 404);
        const { data } = await ok(api(`/audit-log?targetId=${created.id}`));
        assert.deepEqual(
          data.map(({ action }: { action: string }) => action),
          ['alert.deleted', 'alert.updated', 'alert.updated', 'alert.created'],
        );
      });

      test('that makes no sense is refused with the field that is wrong', async () => {
        const key = await harness.createKey({
          environment: 'sandbox',
          name: 'Elsewhere',
          scopes: ['knowledge:read'],
        });
        for (const [wrong, path] of [
          [{ name: ' ' }, 'name'],
          [{ name: key.secret }, 'name'],
          [{ conditions: [] }, 'conditions'],
          [{ conditions: [{ code: 'dip' }, { code: 'dip' }] }, 'conditions'],
          [{ conditions: [{ code: 'nonsense' }] }, 'conditions.0.code'],
          [{ conditions: [{ code: 'dip', percent: 3 }] }, 'conditions.0.percent'],
          [{ conditions: [{ code: 'dip', days: 3 }] }, 'conditions.0.days'],
          [{ conditions: [{ code: 'day_limit_near', percent: 101 }] }, 'conditions.0.percent'],
          [{ channels: {} }, 'channels'],
          [{ channels: { emails: ['ops@example.com\r\nBcc: x@example.com'] } }, 'channels.emails.0'],
          [
            { channels: { emails: Array.from({ length: 11 }, (_, n) => `o${n}@example.com`) } },
            'channels.emails',
          ],
          [{ keyIds: [key.id] }, 'keyIds.0'],
          [{ keyIds: [] }, 'keyIds'],
          [{ quiet: { from: '22:00', to: '22:00', timeZone: 'UTC' } }, 'quiet.to'],
          [{ quiet: { from: '22:00', to: '24:00', timeZone: 'UTC' } }, 'quiet.to'],
          [{ quiet: { from: '22:00', to: '07:00', timeZone: 'Moon/Base' } }, 'quiet.timeZone'],
          [{ groupMinutes: -1 }, 'groupMinutes'],
          [{ surprise: 1 }, 'surprise'],
        ] as const) {
          const answer = await api('/alerts', { ...rule, ...wrong });
          assert.equal(answer.status, 400, JSON.stringify(wrong));
          assert.equal(answer.body.errors[0].path, path, answer.text);
          assert.ok(!answer.text.includes(key.secret));
        }
        assert.deepEqual((await ok(api('/alerts'))).data, []);
      });

      test('is one of twenty at most, also where they are made at once', async () => {
        const answers = await Promise.all(Array.from({ length: 24 }, () => api('/alerts', rule)));
        assert.deepEqual(answers.filter(({ status }) => status === 201).length, 20);
        assert.equal(answers.filter(({ status }) => status === 409).length, 4);
      });

      test('is for who may write webhooks and read keys', async () => {
        const created = await ok(api('/alerts', rule), 201);
        const keyWith = async (...scopes: string[]) => ({
          key: (await harness.createKey({ name: 'Rules', scopes })).secret,
        });
        for (const [as, read, write, signals] of [
          [await keyWith('webhooks:write'), 403, 403, 403],
          [await keyWith('webhooks:read', 'api_keys:read'), 200, 403, 200],
          [await keyWith('webhooks:write', 'api_keys:read'), 200, 201, 200],
          [{ cookie: developer.cookie }, 200, 403, 200],
          [{ cookie: viewer.cookie }, 403, 403, 200],
          [{}, 401, 401, 401],
        ] as const) {
          for (const url of ['/alerts', `/alerts/${created.id}`, `/alerts/${created.id}/notifications`])
            assert.equal((await api(url, undefined, undefined, as)).status, read, url);
          assert.equal((await api('/alerts', rule, undefined, as)).status, write);
          assert.equal((await api('/signals', undefined, undefined, as)).status, signals);
        }
        const { tenantId } = await harness.createTenant();
        const scopes = ['webhooks:write', 'api_keys:read'];
        const stranger = { key: (await harness.createKey({ tenantId, name: 'Stranger', scopes })).secret };
        for (const [url, method] of [
          ['', 'GET'],
          ['', 'DELETE'],
          ['/test', 'POST'],
          ['/notifications', 'GET'],
        ] as const)
          assert.equal(
            (await api(`/alerts/${created.id}${url}`, undefined, method, stranger)).status,
            404,
            method,
          );
      });
    });

    test('neither the log nor anything that was told has the password of the mail server', async () => {
      assert.ok(harness.logged.length > 0);
      assert.ok(!harness.logged.some((line) => line.includes('sesame')));
      const { text } = await harness.send({ url: '/metrics', headers: { accept: 'text/plain' } });
      assert.ok(!text.includes('sesame'));
    });
  });
});

describe('without a mail server that can be trusted', () => {
  const opened: TestSmtp[] = [];
  after(() => Promise.all(opened.map((smtp) => smtp.close())));

  async function serve(options: SmtpOptions): Promise<TestSmtp> {
    const smtp = await openSmtp(options);
    opened.push(smtp);
    return smtp;
  }

  const from = { name: '', address: 'alerts@example.com' };
  const send = (url: string) =>
    new Mailer({ ...smtpServer(url), from }, 'https://keys.example.com').send({
      to: ['ops@example.com'],
      subject: 'A',
      text: 'B',
      id: 'ntf_1',
      listId: 'alr_1',
    });

  test('a rule with e-mails is refused, and says what to set', async () => {
    const harness = await openHarness('sqlite');
    const body = { name: 'A', conditions: [{ code: 'dip' }], channels: { emails: ['ops@example.com'] } };
    const answer = await harness.send({ url: '/api/v1/alerts', body, cookie: harness.owner.cookie });
    assert.equal(answer.status, 400);
    assert.match(answer.text, /KEYWARD_SMTP_URL and KEYWARD_SMTP_FROM/);
    await harness.close();
    const settings = { KEYWARD_SMTP_FROM: 'alerts@example.com' };
    await assert.rejects(
      openHarness('sqlite', { settings }),
      /KEYWARD_SMTP_URL and KEYWARD_SMTP_FROM go together/,
    );
    await assert.rejects(
      openHarness('sqlite', { settings: { ...settings, KEYWARD_SMTP_URL: 'smtp://u:sesame@' } }),
      (error: Error) => error.message.includes('KEYWARD_SMTP_URL') && !error.message.includes('sesame'),
    );
  });

  test('nothing is sent where its certificate is not trusted', async () => {
    const smtp = await serve({ login, tls: 'untrusted' });
    const { accepted, failure } = await send(smtpUrl(smtp.port));
    assert.deepEqual([accepted, smtp.mails], [[], []]);
    assert.match(failure!, /its certificate is not trusted|offers no TLS/);
  });

  test('a wrong password is said to be wrong, and not repeated', async () => {
    const smtp = await serve({ login: { user: 'keyward', password: 'another' } });
    const outcome = await send(smtpUrl(smtp.port));
    assert.match(outcome.failure!, /does not accept the user and password/);
    assert.ok(!JSON.stringify(outcome).includes('sesame'));
    await smtp.close();
    assert.match((await send(smtpUrl(smtp.port))).failure!, /cannot be (made|reached)/);
  });

  test('a password is never sent to another machine in the clear, and mail without one is', async () => {
    const smtp = await serve({ tls: 'none' });
    const { accepted } = await send(`smtp://localhost:${smtp.port}`);
    assert.deepEqual([accepted, smtp.mails[0]!.isEncrypted], [['ops@example.com'], false]);
    const secured = { ...smtpServer(smtpUrl(smtp.port)), needsTls: true, from };
    const outcome = await new Mailer(secured, 'https://keys.example.com').check();
    assert.match(outcome!.failure!, /TLS/);
  });
});
