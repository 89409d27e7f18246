import { once } from 'node:events';
import { join } from 'node:path';
import { benchRoot, environment, startPinned } from './process.ts';

/** Runs a program of lib/ on one processor, or on all (null), to its end; answers the one message it sends, if it sends one. */
export async function runWorker(
  core: number | null,
  file: string,
  ...args: readonly string[]
): Promise<unknown> {
  const child = startPinned(core, [process.execPath, join(benchRoot, 'lib', file), ...args], {
    env: environment(),
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  let answer: unknown;
  child.on('message', (message) => {
    answer = message;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${file} ended with ${code}.`);
  return answer;
}
