import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '..');

/** Folder of src → what else of src it may import. `types:` means with `import type` only. */
const rules: Record<string, readonly string[]> = {
  core: ['errors'],
  errors: [],
  contract: ['core', 'errors'],
  telemetry: ['core', 'errors'],
  store: ['core', 'errors', 'telemetry'],
  limiter: ['core', 'errors'],
  services: ['core', 'errors', 'store', 'limiter', 'telemetry', 'types:tracing'],
  tracing: ['core', 'store'],
  http: [
    'services',
    'contract',
    'errors',
    'core',
    'types:limiter',
    'types:telemetry',
    'types:tracing',
    'version',
  ],
  version: [],
  config: ['core', 'errors'],
  compose: ['config', 'core', 'errors', 'limiter', 'services', 'store', 'telemetry', 'tracing', 'version'],
  main: ['*'],
  cli: ['config', 'contract', 'services', 'store', 'http', 'core', 'errors', 'compose', 'main', 'version'],
};

/** Package → the only places that may import it. */
const owners: Record<string, readonly RegExp[]> = {
  kysely: [/^store\//],
  pg: [/^store\//],
  'node:sqlite': [/^store\//],
  fastify: [/^http\//],
  'better-auth': [/^services\/people\//, /^store\/auth-adapter\.ts$/],
  '@better-auth/core': [/^services\/people\//, /^store\/auth-adapter\.ts$/],
  commander: [/^cli\//],
  yaml: [/^cli\//],
  micromark: [/^cli\//],
  'cli-progress': [/^cli\//],
  diff: [/^cli\//],
  'lru-cache': [/^services\//],
  zod: [/^contract\//, /^http\//, /^config\.ts$/, /^core\//, /^services\/people\//],
  pino: [/^compose\.ts$/, /^services\//],
  nodemailer: [/^services\/mail\.ts$/],
  '@opentelemetry/api': [/^tracing\//],
  '@opentelemetry/core': [/^tracing\//],
  '@opentelemetry/exporter-trace-otlp-proto': [/^tracing\//],
  '@opentelemetry/resources': [/^tracing\//],
  '@opentelemetry/sdk-trace': [/^tracing\//],
};

interface Import {
  readonly file: string;
  readonly target: string;
  readonly isTypeOnly: boolean;
}

function sourceFiles(): string[] {
  return globSync('src/**/*.ts', { cwd: root }).filter((file) => !/\.test\.ts$/.test(file));
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), 'utf8');
  const found = text.matchAll(
    /^\s*(?:import|export)\s+(type\s)?[^;]*?from\s+'([^']+)'|import\('([^']+)'\)/gm,
  );
  return [...found].map((match) => ({
    file: file.startsWith('src/') ? relative('src', file) : file,
    target: match[2] ?? match[3]!,
    isTypeOnly: match[1] !== undefined,
  }));
}

function folderOf(path: string): string {
  return path.split('/')[0]!.replace(/\.ts$/, '');
}

const all = sourceFiles().flatMap(importsOf);

test('every folder imports only what the architecture allows', () => {
  assert.ok(all.length > 100);
  const broken = all.flatMap(({ file, target, isTypeOnly }) => {
    if (!target.startsWith('.')) return [];
    const from = folderOf(file);
    const to = folderOf(join(dirname(file), target));
    const allowed = rules[from];
    assert.ok(allowed, `src/${from} has no rule: add it to the architecture and to this test`);
    const isAllowed =
      from === to ||
      allowed.includes('*') ||
      allowed.includes(to) ||
      (isTypeOnly && allowed.includes(`types:${to}`));
    return isAllowed ? [] : [`${file} → ${target}`];
  });
  assert.deepEqual(broken, []);
});

test('each package is imported only where it is at home', () => {
  const broken = all.flatMap(({ file, target }) => {
    const name = target.startsWith('@') ? target.split('/').slice(0, 2).join('/') : target.split('/')[0]!;
    const homes = owners[name];
    return homes === undefined || homes.some((home) => home.test(file)) ? [] : [`${file} → ${target}`];
  });
  assert.deepEqual(broken, []);
});

test('only config.ts reads the environment of the process', () => {
  const readers = sourceFiles().filter((file) =>
    readFileSync(join(root, file), 'utf8').includes('process.env'),
  );
  assert.deepEqual(readers, ['src/config.ts']);
});

test('the core has no clock and does no input or output', () => {
  const forbidden =
    /Date\.now|new Date\(\)|performance\.|node:(fs|net|http|child_process|timers)|setTimeout|setInterval/;
  for (const file of globSync('src/core/*.ts', { cwd: root })) {
    if (!file.endsWith('.test.ts'))
      assert.doesNotMatch(readFileSync(join(root, file), 'utf8'), forbidden, file);
  }
});

/** What a file of the console or of src is made of besides: packages, and files by their path from the root. */
function reachedFrom(files: readonly string[]): Set<string> {
  const reached = new Set<string>();
  const open = [...files];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    for (const { target, isTypeOnly } of importsOf(file)) {
      const path = target.startsWith('.') ? join(dirname(file), target) : target;
      if (isTypeOnly || reached.has(path)) continue;
      reached.add(path);
      if (path.startsWith('src/')) open.push(path);
    }
  }
  return reached;
}

test('the console imports types of the contract, rules of the core that a browser can run, and nothing else of src', () => {
  const files = globSync('console/**/*.{ts,tsx}', { cwd: root }).filter(
    (file) => !/\.test\.tsx?$|vite\.config\.ts$/.test(file),
  );
  assert.ok(files.length > 10);
  const broken = files.flatMap((file) =>
    importsOf(file).flatMap(({ target, isTypeOnly }) => {
      if (target.startsWith('node:')) return [`${file} → ${target}`];
      const path = join(dirname(file), target);
      if (!target.startsWith('.') || path.startsWith('console/')) return [];
      const isAllowed = path.startsWith('src/core/') || (isTypeOnly && path.startsWith('src/contract/'));
      return isAllowed ? [] : [`${file} → ${target}`];
    }),
  );
  assert.deepEqual(broken, []);
  const core = [...reachedFrom(files)].filter((path) => path.startsWith('src/'));
  const foreign = [...reachedFrom(core)].filter((path) => !/^src\/(core\/|errors\.ts$)/.test(path));
  assert.deepEqual(foreign, [], 'of the core, the console may use what needs neither Node nor a package');
});

test('no source file is longer than 300 lines, tables and migrations excepted', () => {
  const tables = /migrations\/|schema\.ts$|errors\.ts$/;
  const long = sourceFiles().filter(
    (file) => !tables.test(file) && readFileSync(join(root, file), 'utf8').split('\n').length > 301,
  );
  assert.deepEqual(long, []);
});
