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
    file: relative('src', file),
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

test('no source file is longer than 300 lines, tables and migrations excepted', () => {
  const tables = /migrations\/|schema\.ts$|errors\.ts$/;
  const long = sourceFiles().filter(
    (file) => !tables.test(file) && readFileSync(join(root, file), 'utf8').split('\n').length > 301,
  );
  assert.deepEqual(long, []);
});
