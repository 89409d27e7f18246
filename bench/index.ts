/**
 * `npm run bench -- [scenario…] [--save]` measures; `npm run bench:quick` compares with the committed result.
 * See docs/benchmarks.md for what is measured and how.
 */

import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { describeKeyward, describeMachine, describePinning, describeVersions } from './lib/machine.ts';
import { benchRoot } from './lib/process.ts';
import { compareToBaseline } from './lib/regress.ts';
import {
  plainText,
  type Results,
  readBaseline,
  type ScenarioResult,
  saveBaseline,
  writeLatest,
} from './lib/results.ts';
import type { Bench, Scenario } from './lib/scenario.ts';
import { categories } from './scenarios/categories.ts';
import { flood } from './scenarios/flood.ts';
import { http } from './scenarios/http.ts';
import { inProcess } from './scenarios/in-process.ts';
import { kbPush } from './scenarios/kb-push.ts';
import { logHistory } from './scenarios/log-history.ts';
import { logWriting } from './scenarios/log-writing.ts';
import { million } from './scenarios/million.ts';
import { requestLog } from './scenarios/request-log.ts';
import { verify } from './scenarios/verify.ts';

const scenarios: readonly Scenario[] = [
  inProcess,
  http,
  verify,
  categories,
  requestLog,
  flood,
  logWriting,
  logHistory,
  million,
  kbPush,
];
const names = scenarios.map(({ name }) => name);

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    save: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    keys: { type: 'string', default: '1000000,10000000' },
    data: { type: 'string' },
    rows: { type: 'string', default: '10000000' },
  },
});

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function stopWith(sentence: string): never {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}

function chosen(): readonly Scenario[] {
  const unknown = positionals.find((name) => !names.includes(name));
  if (unknown !== undefined) stopWith(`There is no scenario ${unknown}; there are ${names.join(', ')}.`);
  const all = scenarios.filter(({ isInQuick }) => isInQuick || !options.quick);
  return positionals.length === 0 ? all : scenarios.filter(({ name }) => positionals.includes(name));
}

/** The peers live in the bench's own package, which nobody needs who only runs Keyward. */
function installPeers(): void {
  if (existsSync(join(benchRoot, 'node_modules/@better-auth/api-key'))) return;
  say("Installing the bench's own packages …");
  execFileSync('npm', ['ci', '--prefix', benchRoot], { stdio: 'inherit' });
}

async function runScenario(scenario: Scenario): Promise<ScenarioResult> {
  const { name, title } = scenario;
  const directory = mkdtempSync(join(tmpdir(), `keyward-bench-${name}-`));
  const bench: Bench = {
    isQuick: options.quick,
    rounds: Number(options.rounds ?? (options.quick ? 3 : 5)),
    roundMs: Number(options.seconds ?? (options.quick ? 1 : 2)) * 1_000,
    logRows: Number(options.rows),
    keyCounts: options.keys.split(',').map(Number),
    directory,
    kept: options.data === undefined ? null : resolve(options.data),
    say: (line) => say(`    ${line}`),
  };
  say(`\n${title} (${name})`);
  const began = performance.now();
  try {
    const findings = await scenario.run(bench);
    say(plainText(findings));
    const seconds = (performance.now() - began) / 1_000;
    const [command, at] = [`npm run bench -- ${name}`, new Date().toISOString()];
    return { name, title, command, keyward: describeKeyward(), at, seconds, ...findings };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function compare(results: Results): void {
  const baseline = readBaseline();
  if (baseline === null)
    stopWith('There is no committed result to compare with: run `npm run bench -- --save`.');
  const { lines, hasFallen } = compareToBaseline(results, baseline);
  say(`\nRatios within the run, against the committed ones:\n${lines.join('\n')}`);
  if (hasFallen) process.exitCode = 1;
}

if (options.quick && options.save)
  stopWith('The short form is too short to be saved: leave out one of the two.');
if (options.data !== undefined && options.keys.includes(','))
  stopWith('A folder that is kept holds one number of keys: name it, as in --keys 10000000.');
const loadBefore = loadavg()[0]!;
if (loadBefore > 1) {
  say(
    `Note: the machine is busy (load ${loadBefore.toFixed(1)}): what is measured now is not to be relied on.`,
  );
}
installPeers();
const done: ScenarioResult[] = [];
for (const scenario of chosen()) done.push(await runScenario(scenario));
const results: Results = {
  machine: describeMachine(),
  versions: describeVersions(),
  pinning: describePinning(),
  loadBefore,
  scenarios: done,
};
writeLatest(results);
if (options.save) saveBaseline(results, names);
if (options.quick) compare(results);
process.exit();
