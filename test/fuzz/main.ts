/**
 * The long fuzz run: `node scripts/run.cjs test/fuzz/main.ts --requests 100000 --seed 1 [--postgres]`.
 * Ends with exit code 1 when a guarantee did not hold.
 */

import { parseArgs } from 'node:util';
import { withDatabase } from './database.ts';
import { fuzz, summary } from './run.ts';

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '100000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    postgres: { type: 'boolean', default: false },
  },
});
const kind = values.postgres ? 'postgres' : 'sqlite';
const requests = Number(values.requests);
const seed = Number(values.seed);
process.stdout.write(`${requests} requests on ${kind}, seed ${seed}\n`);
const result = await withDatabase(kind, () => fuzz({ kind, requests, seed, isDeep: true }));
process.stdout.write(`${summary(result)}\n`);
process.exitCode = result.faults.length === 0 ? 0 : 1;
