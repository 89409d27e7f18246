import { readFileSync } from 'node:fs';
import { compose } from '../../src/compose.ts';
import { loadConfig } from '../../src/config.ts';
import { environment } from './process.ts';
import type { Sample } from './seed-worker.ts';
import { percentile } from './stats.ts';

/** Decides about keys that nothing is known of yet, each once, and times every decision: one look-up is in each. */

export interface ColdResult {
  readonly medianUs: number;
  readonly p99Us: number;
}

const decisions = 10_000;
const [directory, file] = process.argv.slice(2);
const { keys } = JSON.parse(readFileSync(file!, 'utf8')) as Sample;
const { app, close } = await compose(loadConfig({ ...environment(), KEYWARD_DATA_DIR: directory }));
const { guard } = app;

async function decide(secret: string): Promise<number> {
  const ask = { environment: 'production', ip: '203.0.113.7', scopes: ['knowledge:read'] } as const;
  const began = performance.now();
  const subject = await guard.recognise(`Bearer ${secret}`);
  const { refusal } = await guard.judge(subject, ask);
  const us = (performance.now() - began) * 1_000;
  if (refusal !== null) throw new Error(`refused: ${refusal.code}`);
  return us;
}

// In no order of the table, as callers come; the first thousand only warm the code.
const stride = 7_919;
const times: number[] = [];
for (let i = 0; i < Math.min(decisions, keys.length); i++) {
  const us = await decide(keys[(i * stride) % keys.length]!.secret);
  if (i >= 1_000) times.push(us);
  // The timers that write counters behind have their turn, outside of what is timed.
  if (i % 100 === 0) await new Promise(setImmediate);
}
await close();
const result: ColdResult = { medianUs: percentile(times, 0.5), p99Us: percentile(times, 0.99) };
process.send!(result, () => process.exit(0));
