import { join } from 'node:path';
import type { Prepare, Round } from './contender.ts';
import { benchRoot } from './process.ts';

/** Runs one contender: each message is a round of so many ms, and one of 0 ms the end. */

const [name, directory] = process.argv.slice(2);
const { prepare } = (await import(join(benchRoot, 'contenders', `${name}.ts`))) as { prepare: Prepare };
const contender = await prepare(directory!);
const send = (message: unknown) => process.send!(message);

/** Operations between two looks at the clock: about 20 ms, as soon as it is known how many those are. */
let chunk = 100;

async function round(ms: number): Promise<Round> {
  globalThis.gc?.();
  const cpuBefore = process.cpuUsage();
  const began = performance.now();
  let count = 0;
  let now = began;
  while (now - began < ms) {
    await contender.run(chunk);
    count += chunk;
    now = performance.now();
  }
  chunk = Math.max(1, Math.floor((count / (now - began)) * 20));
  const { user, system } = process.cpuUsage(cpuBefore);
  return { count, seconds: (now - began) / 1_000, cpuSeconds: (user + system) / 1e6 };
}

process.on('message', async ({ ms }: { ms: number }) =>
  send(ms > 0 ? await round(ms) : await contender.finish()),
);
process.on('disconnect', () => process.exit());
send('ready');
