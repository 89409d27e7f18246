import { compose } from '../../src/compose.ts';
import { loadConfig } from '../../src/config.ts';
import type { Contender } from '../lib/contender.ts';
import { addLoadKeys, countedUnits, newInstallation } from '../lib/installation.ts';
import { environment } from '../lib/process.ts';

const keyCount = 1_000;
/** As of a route that names its scopes. */
const scopes = ['knowledge:read'];

/** The guard as every request meets it: header in, verdict out, limits taken, journal and counters written behind. */
export async function prepare(directory: string): Promise<Contender> {
  const installation = newInstallation(directory);
  const headers = addLoadKeys(installation, keyCount).map((secret) => `Bearer ${secret}`);
  const config = loadConfig({ ...environment(), KEYWARD_DATA_DIR: directory });
  const composed = await compose(config);
  const { guard } = composed.app;
  let done = 0;

  async function decideOnce(header: string): Promise<void> {
    const ask = { environment: 'production', ip: '203.0.113.7', scopes } as const;
    const recognised = guard.recognise(header);
    const subject = recognised instanceof Promise ? await recognised : recognised;
    const judged = guard.judge(subject, ask, undefined);
    const answer = judged instanceof Promise ? await judged : judged;
    if (answer.refusal !== null) throw new Error(`refused: ${answer.refusal.code}`);
  }

  /** The warm way, without a promise, as the server goes it too. */
  function decideWarm(header: string): void {
    const ask = { environment: 'production', ip: '203.0.113.7', scopes } as const;
    const subject = guard.recognise(header);
    if (subject instanceof Promise) throw new Error('a warm key had to be looked up');
    const answer = guard.judge(subject, ask, undefined);
    if (answer instanceof Promise || answer.refusal !== null) throw new Error('a warm key was not admitted');
  }

  for (const header of headers) await decideOnce(header);
  done += keyCount;
  return {
    async run(count) {
      for (let i = 0; i < count; i++) {
        const index = done++ % keyCount;
        decideWarm(headers[index]!);
        // Lets the timers that write the journal and the counters have their turn: their work is part of the price.
        if (index === keyCount - 1) await new Promise(setImmediate);
      }
    },
    async finish() {
      await composed.close();
      const counted = countedUnits(directory);
      if (counted !== done) throw new Error(`${done} decisions were made, and ${counted} counted`);
      return { decisions: done, counted };
    },
  };
}
