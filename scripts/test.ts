/**
 * Behind `npm test`: `scripts/test.ts [group] [part of a file's path…] [--option of node --test…]`.
 * Starts one private PostgreSQL for the run, so that every suite meets both databases.
 */

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { globSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { startPostgres } from '../test/databases.ts';
import { findChromium } from '../test/e2e/chromium.ts';

/** Each file is in one group: what starts programs is apart from what can be done in a process. */
const GROUPS: Record<string, string[]> = {
  all: ['src/**/*.test.ts', 'console/**/*.test.ts', 'test/*.test.ts', 'bench/lib/*.test.ts'],
  programs: ['test/programs/*.test.ts'],
  faults: ['test/faults/*.test.ts'],
  e2e: ['test/e2e/*.test.ts'],
};

process.chdir(join(import.meta.dirname, '..'));
process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  const group = args[0] !== undefined && args[0] in GROUPS ? args[0] : 'all';
  const rest = args[0] === group ? args.slice(1) : args;
  const options = rest.filter((arg) => arg.startsWith('-'));
  const filters = rest.filter((arg) => !arg.startsWith('-'));
  const files = findFiles(GROUPS[group]!, filters);
  if (files.length === 0) {
    console.error(
      `No test file in ${GROUPS[group]!.join(', ')}${filters.length ? ` matches ${filters.join(', ')}` : ''}.`,
    );
    return 1;
  }
  if (group === 'e2e') {
    const missing = prepareBrowser();
    if (missing !== null) {
      console.error(`THE CONSOLE IS NOT TESTED: ${missing}`);
      return process.env.CI === 'true' ? 1 : 0;
    }
  }
  const postgres = await startPostgres();
  if ('unavailable' in postgres) {
    console.error(`Databases: SQLite ${sqliteVersion()}. PostgreSQL IS NOT TESTED: ${postgres.unavailable}.`);
    if (process.env.CI === 'true') return 1;
    return runTests(options, files, { KEYWARD_TEST_POSTGRES_MISSING: postgres.unavailable });
  }
  console.log(`Databases: SQLite ${sqliteVersion()} and PostgreSQL ${postgres.version}.`);
  try {
    return await runTests(options, files, { KEYWARD_TEST_POSTGRES: postgres.url });
  } finally {
    await postgres.stop();
  }
}

/** A browser and a console that is of these sources; what is missing in a sentence, or null. */
function prepareBrowser(): string | null {
  if (findChromium() === undefined && process.getuid?.() === 0) {
    console.log('Installing Chromium…');
    const install = 'apt-get -qq update && apt-get -qq install --no-install-recommends -y chromium';
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    spawnSync('sh', ['-c', install], { stdio: ['ignore', 'ignore', 'inherit'], env });
  }
  if (findChromium() === undefined) return 'there is no Chromium. On Debian: apt-get install chromium';
  const { status } = spawnSync(process.execPath, ['scripts/console.ts'], { stdio: 'inherit' });
  return status === 0 ? null : 'the console could not be built.';
}

function findFiles(patterns: string[], filters: string[]): string[] {
  const files = globSync(patterns).sort();
  return filters.length ? files.filter((file) => filters.some((filter) => file.includes(filter))) : files;
}

function sqliteVersion(): string {
  const row = new DatabaseSync(':memory:').prepare('select sqlite_version() as version').get();
  return String(row?.version);
}

/** Resolves to the exit code, or for a signal to what a shell makes of it. */
async function runTests(
  options: string[],
  files: string[],
  databases: Record<string, string>,
): Promise<number> {
  // A browser and its server have both processors to themselves: what they take is part of what is judged.
  const concurrency = files.every((file) => file.startsWith('test/e2e/')) ? 1 : 2;
  const args = ['--test', `--test-concurrency=${concurrency}`, '--test-reporter=spec', ...options, ...files];
  const child = spawn(process.execPath, args, { stdio: 'inherit', env: { ...process.env, ...databases } });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  return code ?? 128 + constants.signals[signal!];
}
