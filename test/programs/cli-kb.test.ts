import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import fc from 'fast-check';
import { ApiClient, type Call, type Wait } from '../../src/cli/client.ts';
import type { CliError } from '../../src/cli/exit.ts';
import { printDiff } from '../../src/cli/kb/preview.ts';
import { pullFolder } from '../../src/cli/kb/pull.ts';
import { type PushConnection, type PushOptions, type PushReport, pushFolder } from '../../src/cli/kb/push.ts';
import { searchArticles } from '../../src/cli/kb/search.ts';
import { listAll } from '../../src/cli/kb/server.ts';
import { Output } from '../../src/cli/output.ts';
import { createArticle, listArticles } from '../../src/services/kb/articles.ts';
import { onEachDatabase } from '../databases.ts';
import { init, keyward, newInstallation, startServer } from '../faults/process.ts';
import { type Harness, openHarness } from '../harness.ts';

const root = join(import.meta.dirname, '../..');
const silent = new Output({ stdout: process.stdout, stderr: { isTTY: false, write: () => true } } as never);
const folders: string[] = [];

/** A folder with these files; paths with `/`. */
function folderOf(files: Readonly<Record<string, string | Buffer>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'keyward-kb-'));
  folders.push(folder);
  for (const [path, text] of Object.entries(files)) put(folder, path, text);
  return folder;
}

function put(folder: string, path: string, text: string | Buffer): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

const plain: PushOptions = {
  isDryRun: false,
  prunes: false,
  takesOver: false,
  source: 'docs',
  linkTemplate: '/kb/articles/{slug}',
  isQuiet: true,
};

function countsOf({ done, unchanged }: PushReport) {
  const count = (outcome: string) => done.filter((one) => one.outcome === outcome).length;
  return [count('created'), count('updated'), count('archived'), unchanged];
}

onEachDatabase((kind, skip) => {
  describe(`kb push and pull on ${kind}`, { skip }, () => {
    let harness: Harness;
    let url: string;
    let place: { readonly client: ApiClient; readonly tenantId: string };

    before(async () => {
      harness = await openHarness(kind);
      await harness.server.listen({ port: 0, host: '127.0.0.1' });
      url = `http://localhost:${(harness.server.server.address() as AddressInfo).port}`;
    });
    after(() => harness.close());

    /** A tenant of its own, so that tests do not see each other's articles. */
    beforeEach(async () => {
      const { tenantId } = await harness.createTenant();
      const key = await harness.createKey({
        tenantId,
        scopes: ['knowledge:write'],
        rateLimit: { perMinute: 1_000_000, burst: 0, perDay: 1_000_000_000 },
      });
      place = { client: new ApiClient({ url, apiKey: key.secret }), tenantId };
    });

    const push = (folder: string, options: Partial<PushOptions> = {}) =>
      pushFolder({ connect: async () => place.client }, silent, folder, { ...plain, ...options });
    const ctx = () => harness.systemContext('production', place.tenantId);
    const articles = async () => {
      const query = { limit: 200, includeArchived: true, include: 'content' } as const;
      return (await listArticles(harness.app, ctx(), query)).items;
    };
    const article = async (slug: string) => (await articles()).find((one) => one.slug === slug)!;
    const countWrites = async () => {
      const rows = await harness.app.database.read
        .selectFrom('audit_entries')
        .select((e) => e.fn.countAll<number>().as('total'))
        .where('tenant_id', '=', place.tenantId)
        .executeTakeFirstOrThrow();
      return Number(rows.total);
    };

    test('our own guides come to the server whole, and a second push writes nothing', async () => {
      const guides = join(root, 'docs/guides');
      const first = await push(guides);
      assert.deepEqual(first.errors, []);
      assert.ok(first.done.length >= 9);
      const before = await articles();
      const writes = await countWrites();
      harness.clock.advance(1_000);
      const second = await push(guides);
      assert.deepEqual(countsOf(second), [0, 0, 0, first.done.length]);
      assert.equal(await countWrites(), writes);
      assert.deepEqual(await articles(), before);
      const guide = await article('rotate-a-key');
      assert.deepEqual([guide.status, guide.source], ['published', 'docs']);
      assert.match((await articles()).map((one) => one.content).join(''), /\]\(\/kb\/articles\/use-a-key\)/);
      const data = await listAll<{ slug: string; sortOrder: number }>(place.client, '/kb/categories');
      const ordered = data.toSorted((a, b) => a.sortOrder - b.sortOrder);
      assert.deepEqual(
        ordered.map(({ slug }) => slug),
        ['getting-started', 'keys', 'knowledge-base', 'monitoring', 'integration', 'administration'],
        'categories follow one another as their first guides do',
      );
    });

    test('a file says what its article is, and names, folders and headings say the rest', async () => {
      const folder = folderOf({
        'guides/_category_.json': '{"label": "All guides"}',
        'guides/01-first.md': 'Setext & more\n====\n\nText [to](deep/second.md#part).\n',
        'guides/deep/second.mdx':
          '---\ntitle: Second\ndraft: true\ntags: Docker, API keys\nsidebar_position: 7\n---\n\nText.\n',
        'third.md':
          '---\ntitle: Third\nslug: the-third\ndescription: |\n  Long\ncategory: Other\nsubcategory: Inner\n---\nText',
      });
      assert.deepEqual(countsOf(await push(folder)), [3, 0, 0, 0]);
      const [first, second, third] = await Promise.all(['first', 'second', 'the-third'].map(article));
      assert.deepEqual([first!.title, first!.sortOrder, first!.status], ['Setext & more', 1, 'published']);
      assert.equal(first!.content, 'Setext & more\n====\n\nText [to](/kb/articles/second#part).\n');
      assert.deepEqual(
        [second!.status, second!.tags, second!.sortOrder, second!.content],
        ['draft', ['docker', 'api-keys'], 7, 'Text.\n'],
      );
      assert.deepEqual([third!.summary, third!.content], ['Long', 'Text']);
      const { data } = await place.client.call<{ data: { id: string; title: string; slug: string }[] }>({
        method: 'GET',
        path: '/kb/categories',
      });
      const titles = new Map(data.map((one) => [one.id, one.title]));
      assert.deepEqual(
        [titles.get(first!.categoryId!), titles.get(third!.categoryId!)],
        ['All guides', 'Other'],
      );
      assert.ok(second!.subcategoryId && third!.subcategoryId && !first!.subcategoryId);
      assert.deepEqual(countsOf(await push(folder)), [0, 0, 0, 3]);
    });

    test('a dry run shows every change as a diff and writes nothing', async () => {
      const folder = folderOf({ 'a.md': '# A\n\nold line\n', 'b.md': '# B\n' });
      const untouched = await countWrites();
      const dry = await push(folder, { isDryRun: true });
      assert.deepEqual(countsOf(dry), [2, 0, 0, 0]);
      assert.equal(await countWrites(), untouched);
      await push(folder);
      put(folder, 'a.md', '# A\n\nnew line\n');
      rmSync(join(folder, 'b.md'));
      const writes = await countWrites();
      const again = await push(folder, { isDryRun: true, prunes: true });
      assert.deepEqual(countsOf(again), [0, 1, 1, 0]);
      assert.match(again.diffs[0]!, /^--- a .*\n\+\+\+ a\.md\n@@ .*\n(?:.*\n)*-old line\n\+new line\n/);
      assert.match(again.diffs[1]!, /-status: published\n\+status: archived\n/);
      assert.equal(await countWrites(), writes);
    });

    test('pruning archives what this folder brought and lost, nothing else, and a file that returns is published', async () => {
      const input = { summary: null, content: '', tags: [], status: 'published', sortOrder: 0 } as const;
      await createArticle(harness.app, ctx(), { ...input, title: 'By hand' });
      await createArticle(harness.app, ctx(), { ...input, title: 'Theirs', source: 'elsewhere' });
      const folder = folderOf({ 'a.md': '# A\n', 'b.md': '# B\n' });
      await push(folder);
      rmSync(join(folder, 'b.md'));
      assert.deepEqual(countsOf(await push(folder)), [0, 0, 0, 1]);
      assert.deepEqual(countsOf(await push(folder, { prunes: true })), [0, 0, 1, 1]);
      assert.deepEqual(countsOf(await push(folder, { prunes: true })), [0, 0, 0, 1]);
      const states = (await articles()).map((one) => [one.slug, one.status]).sort();
      assert.deepEqual(states, [
        ['a', 'published'],
        ['b', 'archived'],
        ['by-hand', 'published'],
        ['theirs', 'published'],
      ]);
      put(folder, 'b.md', '# B\n');
      assert.deepEqual(countsOf(await push(folder, { prunes: true })), [0, 1, 0, 1]);
      assert.equal((await article('b')).status, 'published');
    });

    test('nothing is pruned while a file cannot be read, because it may be the one', async () => {
      const folder = folderOf({ 'a.md': '# A\n', 'b.md': '---\ntitle: B\nslug: bee\n---\n' });
      await push(folder);
      put(folder, 'b.md', '---\ntitle: [\n---\n');
      const report = await push(folder, { prunes: true });
      assert.deepEqual(countsOf(report), [0, 0, 0, 1]);
      assert.equal(report.errors[0]!.file, 'b.md');
      assert.match(report.warnings[0]!.message, /nothing was archived/);
      assert.equal((await article('bee')).status, 'published');
    });

    test('an article of another source is an error that names both; nobody’s is adopted', async () => {
      const folder = folderOf({ 'a.md': '# A\n', 'b.md': '# B\n' });
      const input = { summary: null, content: '', tags: [], status: 'draft', sortOrder: 0 } as const;
      await createArticle(harness.app, ctx(), { ...input, title: 'A', source: 'handbook' });
      await createArticle(harness.app, ctx(), { ...input, title: 'B' });
      const report = await push(folder);
      assert.deepEqual(countsOf(report), [0, 1, 0, 0]);
      assert.match(report.errors[0]!.message, /"handbook".*"docs"/);
      assert.equal((await article('a')).source, 'handbook');
      assert.equal((await article('b')).source, 'docs');
      assert.deepEqual(countsOf(await push(folder, { takesOver: true })), [0, 1, 0, 1]);
      assert.equal((await article('a')).source, 'docs');
    });

    test('bad files are named with line and reason, and the good ones go on', async () => {
      const folder = folderOf({
        'bad-yaml.md': '---\ntitle: ok\ntags: [a\nmore: b: c\n---\n',
        'bad-status.md': '---\ntitle: ok\nstatus: publishd\n---\n',
        'binary.md': Buffer.from([0x23, 0x20, 0x41, 0x0a, 0x0a, 0xff, 0xfe]),
        'zero.md': 'a\nb\0c\n',
        'toml.md': '+++\ntitle = "x"\n+++\n',
        'long.md': `# Long\n\n${'x'.repeat(1_000_001)}`,
        'open.md': '---\ntitle: never closed\n',
        'twin-1.md': '---\ntitle: One\nslug: twin\n---\n',
        'twin-2.md': '---\ntitle: Two\nslug: twin\n---\n',
        'title.md': `---\nslug: title\ntitle: ${'t'.repeat(201)}\n---\n`,
        'good.md': '# Good\n',
        'node_modules/x/readme.md': '# No\n',
        '.hidden.md': '# No\n',
        '_partial.md': '# No\n',
        'picture.png': Buffer.from([1, 2, 3]),
      });
      symlinkSync('/etc/hostname', join(folder, 'outside.md'));
      const report = await push(folder);
      assert.deepEqual(countsOf(report), [1, 0, 0, 0]);
      const found = Object.fromEntries(
        report.errors.map(({ file, line, message }) => [file, [line, message]]),
      );
      const expected: [string, number, RegExp][] = [
        ['bad-status.md', 3, /status must be draft, published or archived/],
        ['bad-yaml.md', 4, /not valid YAML/],
        ['binary.md', 3, /not UTF-8/],
        ['long.md', 1, /1,000,000/],
        ['open.md', 1, /never closed/],
        ['outside.md', 1, /leads out of the folder/],
        ['title.md', 3, /title must have at most 200/],
        ['toml.md', 1, /TOML/],
        ['twin-1.md', 3, /"twin".*twin-2\.md/],
        ['twin-2.md', 3, /"twin".*twin-1\.md/],
        ['zero.md', 2, /U\+0000/],
      ];
      assert.deepEqual(
        Object.keys(found),
        expected.map(([file]) => file),
      );
      for (const [file, line, message] of expected) {
        assert.equal(found[file]![0], line, file);
        assert.match(String(found[file]![1]), message);
      }
      assert.deepEqual(
        (await articles()).map(({ slug }) => slug),
        ['good'],
      );
    });

    test('only what changed since a commit is pushed: changed, renamed and new files', async () => {
      const folder = folderOf({
        'same.md': '# Same\n',
        'old.md': `# Moved\n\n${'words '.repeat(50)}`,
        'gone.md': '# G\n',
      });
      const git = (...args: string[]) =>
        execFileSync('git', ['-C', folder, '-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args]);
      git('init', '-q');
      put(folder, '.gitignore', 'secret.md\n');
      put(folder, 'secret.md', '# Secret\n');
      git('add', '-A');
      git('commit', '-qm', 'one');
      assert.deepEqual(countsOf(await push(folder)), [3, 0, 0, 0]);
      renameSync(join(folder, 'old.md'), join(folder, 'new.md'));
      rmSync(join(folder, 'gone.md'));
      git('add', '-A');
      git('commit', '-qm', 'two');
      put(folder, 'extra.md', '# Extra\n');
      await place.client.call({
        method: 'PATCH',
        path: `/kb/articles/${(await article('same')).id}`,
        body: { title: 'Changed by hand' },
      });
      const report = await push(folder, { changedSince: 'HEAD~1', prunes: true });
      assert.deepEqual(report.done.map(({ outcome, slug }) => `${outcome} ${slug}`).sort(), [
        'archived gone',
        'archived old',
        'created extra',
        'created new',
      ]);
      assert.equal((await article('same')).title, 'Changed by hand');
      await assert.rejects(
        push(folder, { changedSince: 'nowhere' }),
        (error: CliError) => error.exitCode === 2,
      );
      await assert.rejects(
        push(folder, { changedSince: '--output=x' }),
        (error: CliError) => error.exitCode === 2,
      );
    });

    test('a key that may only read is refused with the scope it lacks', async () => {
      const key = await harness.createKey({ tenantId: place.tenantId, scopes: ['knowledge:read'] });
      place = { ...place, client: new ApiClient({ url, apiKey: key.secret }) };
      const folder = folderOf({ 'a.md': '# A\n' });
      await assert.rejects(push(folder), (error: CliError) => {
        assert.equal(error.exitCode, 3);
        assert.match(error.message, /knowledge:write/);
        return true;
      });
    });

    test('a limit is waited out, and everything arrives', async () => {
      const key = await harness.createKey({
        tenantId: place.tenantId,
        scopes: ['knowledge:write'],
        rateLimit: { perMinute: 20, burst: 0, perDay: 1_000 },
      });
      const used = new ApiClient({ url, apiKey: key.secret });
      for (let i = 0; i < 14; i++) await used.call({ method: 'GET', path: '/me' });
      harness.clock.advance(59_500);
      let waits = 0;
      const connect: PushConnection['connect'] = async (onWait) =>
        new ApiClient({
          url,
          apiKey: key.secret,
          onWait: (wait) => {
            waits++;
            onWait(wait);
            if (waits === 1) harness.clock.advance(1_000);
          },
        });
      const files = Array.from({ length: 9 }, (_, i) => [`f${i}.md`, `# F${i}\n`]);
      const report = await pushFolder({ connect }, silent, folderOf(Object.fromEntries(files)), plain);
      assert.deepEqual(countsOf(report), [9, 0, 0, 0]);
      assert.ok(waits > 0);
    });

    test('a limit makes it send one request at a time, and nothing else does, whatever it is called', async () => {
      const { secret } = await harness.createKey({
        tenantId: place.tenantId,
        scopes: ['knowledge:write'],
        rateLimit: { perMinute: 1_000, burst: 0, perDay: 10_000 },
      });
      const mostAtOnceAfter = async (wait: Wait) => {
        let [atOnce, most] = [0, 0];
        class CountingClient extends ApiClient {
          override send(call: Call) {
            most = Math.max(most, ++atOnce);
            return super.send(call).finally(() => atOnce--);
          }
        }
        const connect: PushConnection['connect'] = async (onWait) => {
          onWait(wait);
          return new CountingClient({ url, apiKey: secret });
        };
        const files = Array.from({ length: 9 }, (_, i) => [`${wait.reason}-${i}.md`, '# A title\n']);
        const report = await pushFolder({ connect }, silent, folderOf(Object.fromEntries(files)), plain);
        assert.deepEqual(countsOf(report), [9, 0, 0, 0]);
        return most;
      };
      assert.equal(await mostAtOnceAfter({ reason: 'connection', message: 'A limit of it', waitMs: 0 }), 6);
      assert.equal(await mostAtOnceAfter({ reason: 'limit', message: 'Slow down', waitMs: 0 }), 1);
    });

    test('what was pulled and is pushed again changes nothing, whatever articles contain', async () => {
      const category = await place.client.call<{ id: string }>({
        method: 'POST',
        path: '/kb/categories',
        body: { title: 'null', slug: 'con' },
      });
      const text = fc.oneof(
        fc.string({ unit: 'grapheme', maxLength: 60 }),
        fc.constantFrom(
          '---\na: b\n---\n',
          '\n\n',
          '\r\n',
          '\ufeff',
          '[x](con.md)',
          '[x]: page-0.md',
          '+++',
          ' x',
          'true',
        ),
        fc.string({ unit: 'binary', maxLength: 60 }).filter((s) => s.isWellFormed() && !s.includes('\0')),
      );
      const wellFormed = text.filter((s) => s.isWellFormed() && !s.includes('\0'));
      const input = fc.record({
        title: wellFormed.map((s) => s.slice(0, 190)).filter((s) => s.trim() !== '' && s.isWellFormed()),
        content: fc.array(wellFormed, { maxLength: 6 }).map((parts) => parts.join('')),
        summary: fc.option(wellFormed),
        tags: fc.uniqueArray(fc.constantFrom('Con', 'no', '1-0', 'ünï', '-a-', 'true'), { maxLength: 3 }),
        status: fc.constantFrom('draft', 'published', 'archived'),
        sortOrder: fc.integer({ min: -5, max: 5 }),
        source: fc.constantFrom(null, 'null', 'docs/a b', '# x'),
        categoryId: fc.constantFrom(null, category.id),
      });
      const slugs = [
        'con',
        'CON',
        'Con',
        '-',
        '01-a',
        '2024-01-31-b',
        'readme',
        'README',
        'aux',
        'x'.repeat(200),
        '語'.repeat(200),
      ];
      const samples = fc.sample(input, { numRuns: slugs.length + 40, seed: 20_261_121 });
      for (const [i, body] of samples.entries()) {
        const slug = slugs[i] === '-' ? '-1-' : (slugs[i] ?? `page-${i - slugs.length}`);
        await place.client.call({ method: 'POST', path: '/kb/articles', body: { ...body, slug } });
      }
      const before = await articles();
      const writes = await countWrites();
      const folder = folderOf({});
      const pulled = await pullFolder(place.client, folder, { mayReplace: false, withArchived: true });
      assert.deepEqual([pulled.errors, pulled.created.length], [[], samples.length]);
      const options = { ...plain, source: undefined };
      const report = await pushFolder({ connect: async () => place.client }, silent, folder, options);
      assert.deepEqual([report.errors, countsOf(report)], [[], [0, 0, 0, samples.length]]);
      assert.equal(await countWrites(), writes);
      assert.deepEqual(await articles(), before);
      const again = await pullFolder(place.client, folder, { mayReplace: false, withArchived: true });
      assert.deepEqual([again.errors, again.created, again.unchanged], [[], [], samples.length]);
    });

    test('pulling replaces no file that differs, unless it is told to', async () => {
      const folder = folderOf({ 'a.md': '# A\n', 'b.md': '# B\n' });
      await push(folder);
      put(folder, 'a.md', '# A\n\nmy own words\n');
      const refused = await pullFolder(place.client, folder, { mayReplace: false, withArchived: false });
      assert.deepEqual([refused.errors.map(({ file }) => file), refused.unchanged], [['a.md'], 1]);
      assert.match(readFileSync(join(folder, 'a.md'), 'utf8'), /my own words/);
      const forced = await pullFolder(place.client, folder, { mayReplace: true, withArchived: false });
      assert.deepEqual([forced.errors, forced.updated], [[], ['a.md']]);
      assert.match(readFileSync(join(folder, 'a.md'), 'utf8'), /^---\ntitle: A\n(?:.*\n)*---\n\n# A\n$/);
    });

    test('a server cannot make a pull write outside the folder, through a link neither', async () => {
      const outside = folderOf({});
      const folder = folderOf({});
      await push(folderOf({ 'topic/a.md': '# A\n', 'b.md': '# B\n' }));
      symlinkSync(outside, join(folder, 'topic'));
      symlinkSync(join(outside, 'b.md'), join(folder, 'b.md'));
      const pulled = await pullFolder(place.client, folder, { mayReplace: true, withArchived: false });
      assert.deepEqual(pulled.errors, [
        { file: 'topic/a.md', line: 1, message: 'a link leads out of the folder' },
      ]);
      assert.deepEqual(readdirSync(outside), []);
      assert.deepEqual(readdirSync(folder).sort(), ['b.md', 'topic']);
    });

    test('a key that stands in a file is in no message and no diff', async () => {
      const { secret } = await harness.createKey({ tenantId: place.tenantId });
      const folder = folderOf({
        'a.md': `# A\n\nUse ${secret} or [this](${secret}.md).\n`,
        'b.md': `---\ntitle: "${secret}"\n---\n`,
      });
      const texts: string[] = [];
      const stdout = { write: (text: string) => texts.push(text) };
      const report = await push(folder, { isDryRun: true });
      for (const diff of report.diffs) printDiff(new Output({ stdout, stderr: stdout } as never), diff);
      assert.deepEqual(
        report.errors.map(({ file, line }) => [file, line]),
        [['b.md', 2]],
      );
      assert.equal(report.warnings.length, 1);
      assert.match(texts.join(''), /\+Use sa_live_/);
      assert.ok(!(JSON.stringify([report.errors, report.warnings]) + texts.join('')).includes(secret));
    });

    test('search finds published articles, best first', async () => {
      await push(
        folderOf({ 'a.md': '# Walrus\n\nText.\n', 'b.md': '# Other\n\n- A **walrus** [sleeps](a.md).\n' }),
      );
      const found = await searchArticles(place.client, 'walrus', 10);
      assert.deepEqual(
        found.map(({ slug }) => slug),
        ['a', 'b'],
      );
      assert.equal(found[1]!.snippet.trim(), 'Other A <mark>walrus</mark> sleeps.');
    });
  });
});

describe('the real command', () => {
  test('pushes 2,000 files through a kill of the server, and finds nothing to do the second time', async (t) => {
    const installation = await newInstallation('sqlite');
    t.after(() => installation.remove());
    const { secret } = await init(installation);
    const server = await startServer(installation);
    const folder = folderOf({ '.env': `KEYWARD_URL=${server.url}\nKEYWARD_API_KEY=${secret}\n` });
    for (let i = 0; i < 2_000; i++) {
      const link = `[next](../t${(i + 1) % 20}/page-${i + 1}.md)`;
      put(folder, `t${i % 20}/page-${i}.md`, `---\ntitle: Page ${i}\n---\n\n# Page ${i}\n\n${link}\n`);
    }
    const push = () => keyward(installation, ['kb', 'push', folder, '--json']);
    const began = performance.now();
    const pushing = push();
    const headers = { authorization: `Bearer ${secret}` };
    for (let hasMany = false; !hasMany; ) {
      const answer = await fetch(`${server.url}/api/v1/kb/articles?limit=200`, { headers });
      hasMany = ((await answer.json()) as { nextCursor: string | null }).nextCursor !== null;
    }
    server.signal('SIGKILL');
    await server.ended;
    const next = await startServer(installation);
    const first = await pushing;
    const firstMs = performance.now() - began;
    assert.equal(first.code, 0, first.stderr);
    const { created, updated, unchanged, errors, warnings } = JSON.parse(first.stdout);
    assert.deepEqual([created, updated, unchanged, errors], [2_000, 0, 0, []]);
    assert.equal(warnings.length, 1);
    const secondBegan = performance.now();
    const second = await push();
    const secondMs = performance.now() - secondBegan;
    assert.equal(JSON.parse(second.stdout).unchanged, 2_000);
    assert.equal(second.code, 0);
    t.diagnostic(`first ${Math.round(firstMs)} ms with a kill, second ${Math.round(secondMs)} ms`);
    const bad = await keyward(installation, ['kb', 'push', join(folder, 'nowhere')]);
    assert.deepEqual([bad.code, bad.stderr.includes('There is no folder')], [2, true]);
    const ref = await keyward(installation, ['kb', 'push', '--only', 'changed-since', 'main', folder]);
    assert.deepEqual([ref.code, ref.stderr.includes('--only changed-since')], [2, true]);
    put(folder, 't0/bad.md', '---\ntitle: [\n---\n');
    const failed = await push();
    assert.equal(failed.code, 1);
    assert.deepEqual(JSON.parse(failed.stdout).errors[0].file, 't0/bad.md');
    next.signal('SIGTERM');
    await next.ended;
  });
});
