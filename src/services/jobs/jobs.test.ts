import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { openTestApp, type TestApp } from '../../../test/app.ts';
import { onEachDatabase } from '../../../test/databases.ts';
import { AppError } from '../../errors.ts';
import { clearSomeParts } from '../../store/job-parts.ts';
import { claimJob } from '../../store/jobs.ts';
import type { Context } from '../app.ts';
import { JobInput } from './input.ts';
import { cancelJob, deleteJob, enqueueJob, getJob, openOutput, retryJob } from './jobs.ts';
import { jobKind } from './kind.ts';
import { JobRunner } from './runner.ts';
import { commitStep, delayAfter, leaseMs, maxFailures, noteFailure, releaseJob } from './step.ts';

const refusal = (code: string) => (error: AppError) => error.code === code;

/** Each step appends its number to the output; `plan` says what happens instead of a step. */
const plan: ('throw' | 'refuse' | null)[] = [];
const counting = jobKind<{ readonly steps: number }, number>({
  name: 'test.count',
  scopes: [],
  output: () => ({ scope: 'logs:read', mediaType: 'text/plain', fileName: 'count.txt' }),
  async step(_app, _ctx, { payload, cursor, done }) {
    const fate = plan.shift();
    if (fate === 'throw') throw new Error('the inside of it');
    if (fate === 'refuse') throw new AppError('conflict', 'That cannot be.');
    const n = cursor ?? 0;
    const errors = [{ line: n + 1, message: `about ${n}` }];
    return {
      next: n + 1 < payload.steps ? n + 1 : null,
      done: done + 1,
      output: `${n},`,
      errors,
      result: { n },
    };
  },
});

async function outputOf(t: TestApp, ctx: Context, id: string): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of (await openOutput(t.app, ctx, id)).chunks) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

const allNumbers = (count: number) => Array.from({ length: count }, (_, n) => `${n},`).join('');

onEachDatabase((kind, skip) => {
  describe(`jobs on ${kind}`, { skip }, () => {
    let t: TestApp;
    before(async () => {
      t = await openTestApp(kind);
      Object.assign(t.app, { jobs: new JobRunner(t.app, [counting]), log: { error: () => {} } });
    });
    after(() => t.close());

    const enqueue = (ctx: Context, steps = 3) =>
      enqueueJob(t.app, ctx, { kind: 'test.count', payload: { steps }, total: steps });
    const claim = (worker: string) => {
      const now = t.clock.wallMs();
      return t.app.database.transaction((tx) => claimJob(tx, { worker, now, leaseUntil: now + leaseMs }));
    };
    const step = (worker: string, id: string) => commitStep(t.app, counting, worker, id);
    const stateOf = async (ctx: Context, id: string) => (await getJob(t.app, ctx, id)).job.state;
    /** Nobody else has anything to do while a test counts on its own job. */
    const endOthers = () =>
      t.app.database.write
        .updateTable('jobs')
        .set({ due_at: null })
        .where('due_at', 'is not', null)
        .execute();
    const ended = async (ctx: Context, id: string) => {
      for (;;) {
        const { job } = await getJob(t.app, ctx, id);
        if (job.ended_at !== null) return job;
        await new Promise((resolve) => setImmediate(resolve));
      }
    };

    test('a job runs to its end, with report, counts and output, and its input goes', async () => {
      const ctx = t.ctx();
      const input = new JobInput(t.app);
      await input.add('one');
      await input.flush();
      const { id } = await enqueueJob(t.app, ctx, {
        kind: 'test.count',
        payload: { steps: 4 },
        id: input.jobId,
      });
      await assert.rejects(openOutput(t.app, ctx, id), refusal('conflict'));
      t.app.jobs.start();
      const job = await ended(ctx, id);
      await t.app.jobs.stop();
      assert.deepEqual([job.state, job.done, job.attempts, job.result], ['succeeded', 4, 1, '{"n":3}']);
      const { errors } = await getJob(t.app, ctx, id);
      assert.deepEqual(
        errors.map(({ line }) => line),
        [1, 2, 3, 4],
      );
      assert.equal(await outputOf(t, ctx, id), allNumbers(4));
      while (await t.app.database.transaction((tx) => clearSomeParts(tx, t.clock.wallMs(), 1)));
      const parts = await t.app.database.read
        .selectFrom('job_parts')
        .select('stream')
        .where('job_id', '=', id)
        .distinct()
        .execute();
      assert.deepEqual(parts.map(({ stream }) => stream).sort(), ['errors', 'output']);
    });

    test('states change as a naive model says, whatever comes in whatever order', async () => {
      const command = fc.constantFrom(
        'claim',
        'step',
        'fail',
        'refuse',
        'crash',
        'release',
        'cancel',
        'retry',
        'delete',
      );
      await fc.assert(
        fc.asyncProperty(fc.array(command, { minLength: 1, maxLength: 25 }), async (commands) => {
          await endOthers();
          const ctx = t.ctx();
          const { id } = await enqueue(ctx, 3);
          const model = { state: 'queued', done: 0, failures: 0, worker: '' };
          let workers = 0;
          for (const name of commands) {
            if (model.state === 'deleted') break;
            const isRunning = model.state === 'running';
            const isEnded = ['succeeded', 'failed', 'cancelled'].includes(model.state);
            if (name === 'claim') {
              t.clock.advance(600_000);
              const worker = `w${workers++}`;
              const claimed = await claim(worker);
              assert.equal(claimed?.id, isEnded ? undefined : id);
              if (isEnded) continue;
              if (isRunning) model.failures++;
              Object.assign(model, { state: 'running', worker });
            } else if (name === 'step') {
              const goesOn = await step(model.worker, id);
              if (isRunning) Object.assign(model, { done: model.done + 1, failures: 0 });
              if (isRunning && model.done === 3) model.state = 'succeeded';
              assert.equal(goesOn, isRunning && model.done < 3);
            } else if (name === 'fail' || name === 'refuse') {
              const error = name === 'fail' ? new Error('x') : new AppError('conflict', 'No.');
              await noteFailure(t.app, model.worker, id, error);
              if (!isRunning) continue;
              model.failures++;
              model.state = name === 'refuse' || model.failures >= maxFailures ? 'failed' : 'queued';
            } else if (name === 'crash') {
              // The worker is gone, and another asks for the job before the lease has run out.
              if (isRunning) assert.equal(await claim('too-early'), undefined);
            } else if (name === 'release') {
              await releaseJob(t.app, model.worker, id);
              if (isRunning) model.state = 'queued';
            } else if (name === 'cancel') {
              if (isEnded) await assert.rejects(cancelJob(t.app, ctx, id), refusal('conflict'));
              else {
                await cancelJob(t.app, ctx, id);
                model.state = 'cancelled';
              }
            } else if (name === 'retry') {
              if (['failed', 'cancelled'].includes(model.state)) {
                await retryJob(t.app, ctx, id);
                Object.assign(model, { state: 'queued', failures: 0 });
              } else await assert.rejects(retryJob(t.app, ctx, id), refusal('conflict'));
            } else if (name === 'delete') {
              if (!isEnded) await assert.rejects(deleteJob(t.app, ctx, id), refusal('conflict'));
              else {
                await deleteJob(t.app, ctx, id);
                await assert.rejects(getJob(t.app, ctx, id), refusal('not_found'));
                model.state = 'deleted';
                continue;
              }
            }
            const { job, errors } = await getJob(t.app, ctx, id);
            assert.deepEqual(
              [job.state, job.done, job.failures, errors.length],
              [model.state, model.done, model.failures, model.done],
            );
          }
          if (model.state === 'succeeded') assert.equal(await outputOf(t, ctx, id), '0,1,2,');
        }),
        { numRuns: 60 },
      );
    });

    test('a worker that was too slow does nothing more once another has its job', async () => {
      await endOthers();
      const ctx = t.ctx();
      const { id } = await enqueue(ctx);
      await claim('first');
      await step('first', id);
      t.clock.advance(leaseMs + 1);
      assert.equal((await claim('second'))?.id, id);
      assert.equal(await step('first', id), false);
      await noteFailure(t.app, 'first', id, new Error('late'));
      await releaseJob(t.app, 'first', id);
      assert.equal(await stateOf(ctx, id), 'running');
      while (await step('second', id));
      assert.equal(await outputOf(t, ctx, id), allNumbers(3));
    });

    test('every step renews the lease', async () => {
      await endOthers();
      const { id } = await enqueue(t.ctx(), 10);
      await claim('worker');
      for (let i = 0; i < 5; i++) {
        t.clock.advance(leaseMs - 1);
        assert.equal(await claim('other'), undefined);
        await step('worker', id);
      }
    });

    test('of many workers at once each job has one', async () => {
      await endOthers();
      const ids = [];
      for (let i = 0; i < 5; i++) ids.push((await enqueue(t.ctx())).id);
      const claimed = await Promise.all(Array.from({ length: 12 }, (_, i) => claim(`w${i}`)));
      const taken = claimed.flatMap((job) => (job ? [job.id] : []));
      assert.equal(new Set(taken).size, taken.length);
      for (let i = 0; taken.length < 5 && i < 5; i++) taken.push((await claim(`late${i}`))!.id);
      assert.deepEqual(taken.sort(), ids.sort());
    });

    test('a step that fails is tried again later, with the inside in the log only', async () => {
      await endOthers();
      const ctx = t.ctx();
      const { id } = await enqueue(ctx);
      plan.push(null, 'throw');
      t.app.jobs.start();
      let job = (await getJob(t.app, ctx, id)).job;
      while (job.error === null) {
        job = (await getJob(t.app, ctx, id)).job;
        await new Promise((resolve) => setImmediate(resolve));
      }
      assert.deepEqual([job.state, job.done, job.attempts, job.failures], ['queued', 1, 1, 1]);
      assert.doesNotMatch(job.error!, /inside/);
      t.clock.advance(1_000);
      t.app.jobs.wake();
      job = await ended(ctx, id);
      await t.app.jobs.stop();
      assert.deepEqual([job.state, job.attempts, job.error], ['succeeded', 2, null]);
      assert.equal(await outputOf(t, ctx, id), allNumbers(3));
    });

    test('a refusal of the kind ends the job with its reason', async () => {
      await endOthers();
      const ctx = t.ctx();
      plan.push('refuse');
      const { id } = await enqueue(ctx);
      t.app.jobs.start();
      const job = await ended(ctx, id);
      await t.app.jobs.stop();
      assert.deepEqual([job.state, job.error], ['failed', 'That cannot be.']);
    });

    test('a job whose workers die again and again at the same step is given up', async () => {
      await endOthers();
      const ctx = t.ctx();
      const { id } = await enqueue(ctx);
      for (let i = 0; i < maxFailures; i++) {
        await claim(`dead${i}`);
        t.clock.advance(leaseMs + 1);
      }
      t.app.jobs.start();
      const job = await ended(ctx, id);
      await t.app.jobs.stop();
      assert.equal(job.state, 'failed');
      assert.match(job.error!, /ended 6 times/);
    });

    test('stopping puts a job back at its last committed step within a second', async () => {
      await endOthers();
      const ctx = t.ctx();
      const { id } = await enqueue(ctx, 100_000);
      t.app.jobs.start();
      while ((await getJob(t.app, ctx, id)).job.done < 3) await new Promise((r) => setImmediate(r));
      const beganMs = performance.now();
      await t.app.jobs.stop();
      assert.ok(performance.now() - beganMs < 1_000);
      const { job } = await getJob(t.app, ctx, id);
      assert.deepEqual([job.state, job.worker, job.steps === job.done], ['queued', null, true]);
      await cancelJob(t.app, ctx, id);
    });

    test('a cancelled job takes no step more', async () => {
      await endOthers();
      const ctx = t.ctx();
      const { id } = await enqueue(ctx, 100_000);
      t.app.jobs.start();
      while ((await getJob(t.app, ctx, id)).job.done < 3) await new Promise((r) => setImmediate(r));
      await cancelJob(t.app, ctx, id);
      const { done } = (await getJob(t.app, ctx, id)).job;
      const other = await enqueue(ctx, 3);
      await ended(ctx, other.id);
      await t.app.jobs.stop();
      assert.equal((await getJob(t.app, ctx, id)).job.done, done);
    });

    test('what nobody claimed is cleared away, and jobs that ended 30 days ago are not found', async () => {
      await endOthers();
      const ctx = t.ctx({ tenantId: await t.addTenant() });
      const input = new JobInput(t.app);
      await input.add('nobody wants it');
      await input.flush();
      const { id } = await enqueue(ctx);
      const runner = new JobRunner(t.app, [counting]);
      runner.start();
      await ended(ctx, id);
      await runner.stop();
      t.clock.advance(30 * 86_400_000 + 1);
      const late = new JobRunner(t.app, [counting]);
      late.start();
      const left = () =>
        t.app.database.read.selectFrom('job_parts').select('n').where('job_id', '=', input.jobId).execute();
      while ((await left()).length > 0) await new Promise((resolve) => setImmediate(resolve));
      await late.stop();
      await assert.rejects(getJob(t.app, ctx, id), refusal('not_found'));
      const claimLate = enqueueJob(t.app, ctx, { kind: 'test.count', payload: {}, id: input.jobId });
      await assert.rejects(claimLate, refusal('request_timeout'));
    });

    test('a payload with the text of a key is refused', async () => {
      const payload = { note: `sa_live_${'a'.repeat(48)}` };
      assert.throws(() => enqueueJob(t.app, t.ctx(), { kind: 'test.count', payload }), /text of a key/);
    });
  });
});

test('delays double up to five minutes, half of each left to chance', () => {
  const half = (n: number) => delayAfter(n, () => 0);
  assert.deepEqual([1, 2, 3, 4, 20].map(half), [500, 1_000, 2_000, 4_000, 150_000]);
  assert.equal(
    delayAfter(3, () => 1),
    4_000,
  );
});
