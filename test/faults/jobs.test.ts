import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { onEachDatabase } from '../databases.ts';
import { endAll, init, makePlace, RunningServer } from './support.ts';

const count = 10_000;
/** Every thousandth line is wrong, each in one of three ways. */
const isBad = (line: number) => line % 1_000 === 7;
const badLine = (line: number) =>
  ['{oops', '{"title":""}', JSON.stringify({ title: `Bad ${line}`, category: 'unknown' })][line % 3]!;
const slugOf = (line: number) => `article-${line}`;

function lineOf(line: number): string {
  if (isBad(line)) return badLine(line);
  const content = `# Article ${line}\n\n${`All about invoice ${line}. `.repeat(10)}`;
  const tags = [`topic-${line % 20}`];
  return JSON.stringify({ title: `Article ${line}`, slug: slugOf(line), content, tags, status: 'published' });
}

const body = Array.from({ length: count }, (_, i) => lineOf(i + 1)).join('\n');

after(endAll);

onEachDatabase((kind, skip) => {
  describe(`a killed server's jobs on ${kind}`, { skip }, () => {
    test('an import of 10,000 articles goes on where it stood, and makes none twice', async () => {
      const { settings } = await makePlace(kind);
      const { secret: key } = await init(settings);
      let server = await RunningServer.start(settings);
      const post = await fetch(`http://127.0.0.1:${server.port}/api/v1/kb/import`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/x-ndjson' },
        body,
      });
      const started = (await post.json()) as { id: string };
      assert.equal(post.status, 202);
      const path = `/api/v1/jobs/${started.id}`;
      /** Polls until the job stands there: over HTTP there is nothing to await. */
      const until = async (isThere: (job: { progress: { done: number }; state: string }) => boolean) => {
        for (;;) {
          const { body: job } = await server.ask({ path, key });
          if (isThere(job)) return job;
          await delay(50);
        }
      };
      let done = 0;
      let kills = 0;
      for (const share of [0.1, 0.35, 0.6]) {
        const job = await until(({ progress }) => progress.done >= count * share);
        assert.equal(job.state, 'running');
        await server.end('SIGKILL');
        kills++;
        server = await RunningServer.start(settings);
        const { body: after } = await server.ask({ path, key });
        assert.ok(after.progress.done >= job.progress.done && job.progress.done >= done);
        done = after.progress.done;
      }
      const stopping = await until(({ progress }) => progress.done >= count * 0.75);
      assert.equal(stopping.state, 'running');
      assert.equal((await server.end('SIGTERM')).code, 0);
      server = await RunningServer.start(settings);
      const end = await until(({ state }) => !['queued', 'running'].includes(state));
      const bad = Array.from({ length: count }, (_, i) => i + 1).filter(isBad);
      assert.deepEqual(
        [end.state, end.progress, end.attempts],
        ['succeeded', { done: count, total: count }, kills + 2],
      );
      assert.deepEqual(end.result, {
        created: count - bad.length,
        updated: 0,
        unchanged: 0,
        failed: bad.length,
      });
      assert.deepEqual(
        end.errors.map(({ line }: { line: number }) => line),
        bad,
      );
      const slugs = new Set<string>();
      for (let cursor = ''; ; ) {
        const { body: page } = await server.ask({ path: `/api/v1/kb/articles?limit=200${cursor}`, key });
        for (const { slug } of page.data) {
          assert.ok(!slugs.has(slug), `${slug} twice`);
          slugs.add(slug);
        }
        if (page.nextCursor === null) break;
        cursor = `&cursor=${page.nextCursor}`;
      }
      assert.equal(slugs.size, count - bad.length);
      const { body: found } = await server.ask({ path: '/api/v1/kb/search?q=invoice%209999', key });
      assert.equal(found.data[0].slug, slugOf(9_999));
      await server.end();
    });
  });
});
