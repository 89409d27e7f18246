import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { onEachDatabase } from './databases.ts';
import { type Harness, openHarness, type TestAnswer, type TestKey } from './harness.ts';

const dayMs = 86_400_000;

onEachDatabase((kind, skip) => {
  describe(`retention and repair over HTTP on ${kind}`, { skip, timeout: 60_000 }, () => {
    let t: Harness;
    let reader: TestKey;
    let app: TestKey;
    let developer: string;
    let viewer: string;

    before(async () => {
      t = await openHarness(kind, { settings: { KEYWARD_REQUEST_LOG: 'on' } });
      reader = await t.createKey({
        scopes: ['logs:read', 'analytics:read', 'jobs:read'],
        rateLimit: { perMinute: 1_000_000, burst: 0, perDay: 1_000_000_000 },
      });
      app = await t.createKey({ name: 'billing-sync', scopes: ['knowledge:read'] });
      for (let i = 0; i < 10; i++) await use();
      developer = (await t.signUp('developer')).cookie;
      viewer = (await t.signUp('viewer')).cookie;
      t.clock.advance(2 * dayMs);
      for (let i = 0; i < 3; i++) await use();
      t.clock.advance(90_000);
      await t.app.requestLog!.flush();
      t.app.jobs.start();
      await ownJobs(1);
      await t.app.jobs.stop();
    });
    after(() => t.close());

    const use = () => t.send({ url: '/api/v1/kb/tags', key: app.secret });
    const codeOf = ({ status, body }: TestAnswer) => [status, body?.code];
    const asOwner = (url: string, body: unknown = {}, method = 'POST') =>
      t.send({ method, url: `/api/v1${url}`, body, cookie: t.owner.cookie });
    const keep = async (retention: object | null) => {
      const answer = await asOwner('/settings', { retention }, 'PATCH');
      assert.equal(answer.status, 200, answer.text);
      return answer.body.retention;
    };
    const ended = async (started: TestAnswer): Promise<TestAnswer['body']> => {
      assert.equal(started.status, 202, started.text);
      t.app.jobs.start();
      for (;;) {
        const { body } = await t.send({ url: started.headers.location!, key: reader.secret });
        if (body.endedAt !== null) {
          await t.app.jobs.stop();
          return body;
        }
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    const logged = async () => {
      await t.app.requestLog!.flush();
      const { body } = await t.send({ url: `/api/v1/logs?keyId=${app.id}&limit=200`, key: reader.secret });
      return body.data as { requestId: string }[];
    };
    const usage = async (interval = 'hour') => {
      const from = new Date(t.clock.wallMs() - (interval === 'minute' ? 1 : 3) * dayMs).toISOString();
      const url = `/api/v1/api-keys/${app.id}/usage?interval=${interval}&from=${from}`;
      await t.app.requestLog!.flush();
      const { body } = await t.send({ url, key: reader.secret });
      return body.series.reduce((sum: number, { total }: { total: number }) => sum + total, 0);
    };
    /** Those that nobody asked for, once there are so many and all have ended. */
    const ownJobs = async (count: number) => {
      for (;;) {
        const jobs = await t.app.database.read
          .selectFrom('jobs')
          .select('state')
          .where('kind', '=', 'retention')
          .where('created_by_kind', '=', 'system')
          .execute();
        if (jobs.length >= count && jobs.every(({ state }) => state === 'succeeded')) return jobs;
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    const rowsLeft = async () => {
      const { n } = await t.app.database.telemetry
        .selectFrom('request_log' as never)
        .select((e) => e.fn.countAll<number>().as('n'))
        .executeTakeFirstOrThrow();
      return Number(n);
    };

    test('settings have a group of their own, with bounds, merged member by member', async () => {
      const defaults = { logDays: 90, minuteUsageDays: 14, hourUsageDays: 395, jobDays: 30 };
      assert.deepEqual((await asOwner('/settings', undefined, 'GET')).body.retention, defaults);
      assert.deepEqual(await keep({ logDays: 7 }), { ...defaults, logDays: 7 });
      assert.deepEqual(await keep({ jobDays: 3 }), { ...defaults, logDays: 7, jobDays: 3 });
      for (const retention of [{ logDays: 0 }, { minuteUsageDays: 31 }, { hourUsageDays: 30 }, { audit: 1 }])
        assert.equal((await asOwner('/settings', { retention }, 'PATCH')).status, 400);
      assert.deepEqual(await keep(null), defaults);
    });

    test('a preview counts what proposed settings would delete, and deletes nothing', async () => {
      const before = await rowsLeft();
      const { status, body } = await asOwner('/retention/preview', { retention: { logDays: 1 } });
      assert.equal(status, 200);
      assert.deepEqual([body.retention.logDays, body.retention.jobDays], [1, 30]);
      const [logs] = body.data;
      assert.deepEqual(
        [logs.kind, logs.days, logs.count, logs.isExact, logs.from],
        ['logs', 1, 10, true, '2026-03-10T12:00:00.000Z'],
      );
      assert.ok(logs.bytes > 500);
      assert.deepEqual(
        body.data.map(({ kind: of }: { kind: string }) => of),
        ['logs', 'minuteUsage', 'hourUsage', 'callers', 'jobs'],
      );
      const now = (await asOwner('/retention/preview')).body.data;
      assert.ok(now.every(({ count }: { count: number }) => count === 0));
      assert.equal(await rowsLeft(), before);
      const wrong = await asOwner('/retention/preview', { retention: { logDays: 0 } });
      assert.deepEqual(codeOf(wrong), [400, 'validation_failed']);
    });

    test('what is past its retention is not shown from the next request on', async () => {
      const all = await logged();
      assert.equal(all.length, 13);
      await keep({ logDays: 1 });
      assert.equal((await logged()).length, 3);
      const old = await t.send({ url: `/api/v1/logs/${all.at(-1)!.requestId}`, key: reader.secret });
      assert.deepEqual(codeOf(old), [404, 'not_found']);
      await keep(null);
      assert.equal((await logged()).length, 13);
    });

    test('a run deletes just that, with progress and an entry of the audit log', async () => {
      await keep({ logDays: 1 });
      const job = await ended(await asOwner('/retention/run', undefined));
      assert.deepEqual(
        [job.kind, job.state, job.progress],
        ['retention', 'succeeded', { done: 2, total: 2 }],
      );
      assert.equal(job.result.logs, 10);
      await keep(null);
      assert.equal((await logged()).length, 3);
      assert.equal(await usage(), 13);
      const entries = await t.app.database.read
        .selectFrom('audit_entries')
        .select(['action', 'after'])
        .where('target_id', '=', job.id)
        .orderBy('seq')
        .execute();
      assert.deepEqual(
        entries.map(({ action }) => action),
        ['job.created', 'retention.applied'],
      );
      assert.equal(JSON.parse(entries[1]!.after!).logs, 10);
    });

    test('it runs once a day by itself, for every tenant, and ended jobs are not shown for longer', async () => {
      await t.createTenant();
      t.clock.advance(dayMs);
      t = await t.restart();
      t.app.jobs.start();
      assert.equal((await ownJobs(3)).length, 3);
      await t.app.jobs.stop();
      t.app.jobs.start();
      await ended(await asOwner('/retention/run', undefined));
      assert.equal((await ownJobs(3)).length, 3);
      t.clock.advance(31 * dayMs);
      const hidden = await t.send({ url: '/api/v1/jobs?kind=retention', key: reader.secret });
      assert.deepEqual(hidden.body.data, []);
    });

    test('a repair gives back what was damaged, from rows', async () => {
      for (let i = 0; i < 5; i++) await use();
      const before = await usage();
      await t.app.database.telemetry.deleteFrom('usage_minutes' as never).execute();
      await t.app.database.telemetry.deleteFrom('usage_callers' as never).execute();
      const from = new Date(t.clock.wallMs() - 2 * dayMs).toISOString();
      const job = await ended(await asOwner('/usage/repair', { from }));
      assert.deepEqual([job.kind, job.state], ['usage.repair', 'succeeded'], `${job.error}`);
      assert.equal(job.progress.done, job.progress.total);
      assert.equal(await usage('minute'), before);
      await use();
      assert.equal(await usage('minute'), before + 1);
    });

    test('is for people who may change settings', async () => {
      const from = new Date(t.clock.wallMs() - dayMs).toISOString();
      const calls = [
        ['/retention/run', undefined],
        ['/usage/repair', { from }],
      ] as const;
      for (const [url, body] of calls) {
        const send = (who: object) => t.send({ method: 'POST', url: `/api/v1${url}`, body, ...who });
        assert.deepEqual(codeOf(await send({ cookie: developer })), [403, 'role_not_allowed']);
        const key = await t.createKey({ scopes: ['jobs:write', 'logs:read'] });
        assert.equal((await send({ key: key.secret })).status, 403);
      }
      const preview = { method: 'POST', url: '/api/v1/retention/preview', body: {} };
      assert.equal((await t.send({ ...preview, cookie: developer })).status, 200);
      assert.deepEqual(codeOf(await t.send({ ...preview, cookie: viewer })), [403, 'role_not_allowed']);
      const wrong = [{ from, to: from }, { from: new Date(t.clock.wallMs() + 2 * dayMs).toISOString() }, {}];
      for (const body of wrong)
        assert.deepEqual(codeOf(await asOwner('/usage/repair', body)), [400, 'validation_failed']);
    });
  });

  test(`retention on ${kind} does not wait for a clock that was years ahead`, {
    skip,
    timeout: 60_000,
  }, async () => {
    const t = await openHarness(kind);
    const jobs = t.app.database.read.selectFrom('jobs').select('state').where('kind', '=', 'retention');
    const ended = async (count: number) => {
      for (;;) {
        const states = await jobs.execute();
        if (states.length === count && states.every(({ state }) => state === 'succeeded')) return;
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    t.clock.advance(700 * dayMs);
    t.app.jobs.start();
    await ended(1);
    t.clock.turnBack(699 * dayMs);
    t.app.jobs.wake();
    await ended(2);
    await t.app.jobs.stop();
    await t.close();
  });
});
