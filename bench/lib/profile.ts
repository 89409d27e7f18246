import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startServer } from './installation.ts';
import { load } from './load.ts';
import { freePort, root } from './process.ts';
import type { Bench } from './scenario.ts';

interface Node {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
}

interface Profile {
  readonly nodes: readonly Node[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** Where the processor was, in words that a change of a file does not make untrue. */
function areaOf({ functionName, url }: Node['callFrame']): string {
  if (functionName === '(garbage collector)') return 'garbage collection';
  if (functionName === '(idle)') return 'idle';
  if (functionName === '(program)' || url === '') return 'native code and system calls';
  const module = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1];
  if (module !== undefined) return module;
  if (url.startsWith('node:')) return 'node';
  return /\/src\/([a-z-]+)/.exec(url)?.[1] ?? 'other';
}

function placeOf({ functionName, url, lineNumber }: Node['callFrame']): string {
  const file = url.replace(/^.*\/(node_modules|src)\//, '$1/');
  return `${functionName || '(anonymous)'} ${file === '' ? '' : `${file}:${lineNumber + 1}`}`.trim();
}

export interface Share {
  readonly name: string;
  /** Of the time that was not idle. */
  readonly percent: number;
}

function sharesBy(profile: Profile, nameOf: (frame: Node['callFrame']) => string): Share[] {
  const names = new Map(profile.nodes.map((node) => [node.id, nameOf(node.callFrame)]));
  const idle = new Set(profile.nodes.filter((n) => n.callFrame.functionName === '(idle)').map((n) => n.id));
  const times = new Map<string, number>();
  let total = 0;
  for (const [i, id] of profile.samples.entries()) {
    if (idle.has(id)) continue;
    const us = profile.timeDeltas[i]!;
    total += us;
    times.set(names.get(id)!, (times.get(names.get(id)!) ?? 0) + us);
  }
  return [...times]
    .map(([name, us]) => ({ name, percent: (us / total) * 100 }))
    .sort((a, b) => b.percent - a.percent);
}

const functionsShown = 25;

function readProfile(directory: string): { areas: Share[]; functions: Share[] } {
  const file = readdirSync(directory).find((name) => name.endsWith('.cpuprofile'));
  if (file === undefined) throw new Error('The server left no profile.');
  const profile = JSON.parse(readFileSync(join(directory, file), 'utf8')) as Profile;
  return { areas: sharesBy(profile, areaOf), functions: sharesBy(profile, placeOf) };
}

/**
 * The same load once more on a server that samples itself: where the time goes, for those who want to shorten it.
 * Prints the shares by area and the functions that took most themselves, and answers the former.
 */
export async function profileServer(
  bench: Bench,
  directory: string,
  requests: readonly string[],
): Promise<Share[]> {
  const profiles = join(bench.directory, 'profile');
  const sampling = ['--cpu-prof', '--cpu-prof-dir', profiles, '--cpu-prof-interval', '200'];
  const argv = [process.execPath, ...sampling, join(root, 'src/main.ts')];
  const server = await startServer(argv, {
    KEYWARD_DATA_DIR: directory,
    KEYWARD_PORT: String(await freePort()),
  });
  await load(requests, { port: server.port, isOnce: true });
  await load(requests, { port: server.port, ms: Math.max(3_000, bench.roundMs) });
  await server.stop();
  const { areas, functions } = readProfile(profiles);
  for (const { name, percent } of [...areas, ...functions.slice(0, functionsShown)]) {
    if (percent >= 0.5) bench.say(`${percent.toFixed(1)} % ${name}`);
  }
  return areas;
}
