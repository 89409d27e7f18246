import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Machine } from './machine.ts';
import { benchRoot, root } from './process.ts';
import type { Figure, Findings } from './scenario.ts';
import { meetsGoal } from './stats.ts';

export interface ScenarioResult extends Findings {
  readonly name: string;
  readonly title: string;
  readonly command: string;
  /** Version and commit of what was measured. */
  readonly keyward: string;
  readonly at: string;
  readonly seconds: number;
}

export interface Results {
  readonly machine: Machine;
  readonly versions: Readonly<Record<string, string>>;
  readonly pinning: string;
  /** Of the minute before the run: above 1 or so, other programs had their part in the figures. */
  readonly loadBefore: number;
  readonly scenarios: readonly ScenarioResult[];
}

const baselineFile = join(benchRoot, 'results/baseline.json');
const latestFile = join(benchRoot, 'results/latest.json');
const page = join(root, 'docs/benchmarks.md');

export function readBaseline(): Results | null {
  return existsSync(baselineFile) ? (JSON.parse(readFileSync(baselineFile, 'utf8')) as Results) : null;
}

function write(file: string, results: Results): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
}

export function writeLatest(results: Results): void {
  write(latestFile, results);
}

/** Scenarios that were not run again keep what they had, provided that it was the same machine. */
function merged(results: Results, before: Results | null): Results {
  if (before === null) return results;
  const isSame = JSON.stringify(before.machine) === JSON.stringify(results.machine);
  const kept = before.scenarios.filter(({ name }) => !results.scenarios.some((s) => s.name === name));
  if (kept.length > 0 && !isSame) {
    const names = kept.map(({ name }) => name).join(', ');
    throw new Error(`The committed result is of another machine: run every scenario (${names} are missing).`);
  }
  return { ...results, scenarios: [...results.scenarios, ...kept] };
}

/** Makes it the committed result, and writes the table of the documentation anew. */
export function saveBaseline(results: Results, order: readonly string[]): void {
  const all = merged(results, readBaseline());
  const scenarios = [...all.scenarios].sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
  const sorted = { ...all, scenarios };
  write(baselineFile, sorted);
  const text = readFileSync(page, 'utf8');
  const fresh = text.replace(
    /(<!-- results -->\n)[\s\S]*?(<!-- \/results -->)/,
    (_, start: string, end: string) => `${start}\n${markdown(sorted)}\n\n${end}`,
  );
  writeFileSync(page, fresh);
}

/** Four digits say all that a measurement knows. */
export function formatted(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const digits = Math.abs(value) >= 1_000 ? 0 : Math.abs(value) >= 100 ? 1 : 2;
  return value.toLocaleString('en-GB', { minimumFractionDigits: 0, maximumFractionDigits: digits });
}

function goalText({ goal }: Figure): string {
  if (goal === undefined) return '';
  return 'atLeast' in goal ? `≥ ${formatted(goal.atLeast)}` : `≤ ${formatted(goal.atMost)}`;
}

function rowOf(figure: Figure): string {
  const { label, unit, median, low, high } = figure;
  const met = meetsGoal(figure);
  const spread = figure.rounds.length > 1 ? `${formatted(low)} – ${formatted(high)}` : '';
  const goal = met === null ? '' : `${goalText(figure)} ${met ? '✓' : '✗ not met'}`;
  return `| ${label} | ${formatted(median)} ${unit} | ${spread} | ${goal} |`;
}

function sectionOf(result: ScenarioResult): string {
  const { title, command, keyward, figures, skipped, at, seconds } = result;
  const notes = figures.flatMap(({ label, note }) => (note === undefined ? [] : [`- ${label}: ${note}`]));
  const left = skipped.map(({ what, why }) => `- Not measured: ${what}; ${why}.`);
  return [
    `### ${title}`,
    `\`${command}\`, Keyward ${keyward}, ${at.slice(0, 10)}, ${Math.round(seconds)} s`,
    ['| | Median | Spread | Goal |', '| --- | --- | --- | --- |', ...figures.map(rowOf)].join('\n'),
    ...(notes.length + left.length > 0 ? [[...notes, ...left].join('\n')] : []),
  ].join('\n\n');
}

function markdown(results: Results): string {
  const { machine, versions, pinning, loadBefore, scenarios } = results;
  const facts = [
    `- Machine: ${machine.cpu}, ${machine.processors} processors, ${machine.memoryGiB} GiB, ${machine.system}`,
    `- Versions: ${Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', ')}`,
    `- Pinning: ${pinning}`,
    `- Load of the machine in the minute before: ${formatted(loadBefore)}`,
  ].join('\n');
  return [facts, ...scenarios.map(sectionOf)].join('\n\n');
}

/** What a person sees at the end of a scenario. */
export function plainText({ figures, skipped }: Findings): string {
  const lines = figures.map((figure) => {
    const { label, unit, median, low, high, rounds } = figure;
    const met = meetsGoal(figure);
    const goal = met === null ? '' : `  goal ${goalText(figure)}: ${met ? 'met' : 'NOT MET'}`;
    const spread = rounds.length > 1 ? ` (${formatted(low)} – ${formatted(high)})` : '';
    return `  ${label}: ${formatted(median)} ${unit}${spread}${goal}`;
  });
  return [...lines, ...skipped.map(({ what, why }) => `  Not measured: ${what}; ${why}.`)].join('\n');
}
