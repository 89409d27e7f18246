import { statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createSecret } from '../../src/core/secret.ts';
import { addLoadKeys, newInstallation, type RunningServer, startServer } from '../lib/installation.ts';
import { addCategories, categoriesPath, categoryRequests } from '../lib/knowledge.ts';
import { type LoadResult, load, requestText } from '../lib/load.ts';
import { freePort, root } from '../lib/process.ts';
import type { Bench, Findings, Scenario } from '../lib/scenario.ts';
import { figure, ratio } from '../lib/stats.ts';

const keyCount = 1_000;
/** Different texts that are well formed and nobody's, so that none is remembered when it comes again. */
const unknownCount = 50_000;
const floodPerSecond = 2_000;

async function serve(directory: string): Promise<RunningServer> {
  return startServer([process.execPath, join(root, 'src/main.ts')], {
    KEYWARD_DATA_DIR: directory,
    KEYWARD_PORT: String(await freePort()),
    KEYWARD_REQUEST_LOG: 'on',
    // All of the flood comes from one address, which would be told to wait: that is cheaper than to judge it.
    KEYWARD_REFUSALS_PER_MINUTE: '1000000',
  });
}

function logOf(directory: string): { rows: number; bytes: number } {
  const path = join(directory, 'telemetry.db');
  const db = new DatabaseSync(path, { readOnly: true });
  const { rows } = db.prepare('select count(*) as rows from request_log where key_ref = 0').get() as {
    rows: number;
  };
  db.close();
  return { rows, bytes: statSync(path).size };
}

async function run(bench: Bench): Promise<Findings> {
  const directory = join(bench.directory, 'data');
  const installation = newInstallation(directory);
  const secrets = addLoadKeys(installation, keyCount);
  const server = await serve(directory);
  const { port } = server;
  await addCategories(port, installation.secret);
  const valid = categoryRequests(secrets);
  const unknown = Array.from({ length: unknownCount }, () =>
    requestText({ method: 'GET', path: categoriesPath, key: createSecret('sa', 'production').secret }),
  );
  await load(valid, { port, isOnce: true });
  const beside = async (requests: readonly string[], status: string): Promise<LoadResult> => {
    const ms = bench.roundMs + 1_000;
    const flood = load(requests, { port, status, ratePerSecond: floodPerSecond, ms, connections: 16 });
    const measured = await load(valid, { port, connections: 1, warmUpMs: 500, ms: bench.roundMs });
    await flood;
    return measured;
  };
  const [withUnknown, withValid]: [LoadResult[], LoadResult[]] = [[], []];
  const before = logOf(directory);
  let flooded = 0;
  for (let round = 0; round < bench.rounds; round++) {
    withUnknown.push(await beside(unknown, '401'));
    flooded += ((bench.roundMs + 1_300) / 1_000) * floodPerSecond;
    withValid.push(await beside(valid, '200'));
    bench.say(
      `beside unknown keys ${withUnknown.at(-1)!.medianUs} µs, beside valid ${withValid.at(-1)!.medianUs} µs`,
    );
  }
  await server.stop();
  const after = logOf(directory);
  const lower = { unit: 'µs', isHigherBetter: false };
  const medians = (results: readonly LoadResult[]) => results.map(({ medianUs }) => medianUs);
  const words = `beside ${floodPerSecond.toLocaleString('en-GB')} requests/s`;
  return {
    figures: [
      figure(
        { id: 'flood.unknown', label: `A valid key, ${words} with unknown keys`, ...lower },
        medians(withUnknown),
      ),
      figure(
        { id: 'flood.valid', label: `A valid key, ${words} with valid keys`, ...lower },
        medians(withValid),
      ),
      ratio(
        {
          id: 'flood.slower',
          label: 'The first to the second',
          isHigherBetter: false,
          goal: { atMost: 1.1 },
        },
        medians(withUnknown),
        medians(withValid),
      ),
      figure(
        {
          id: 'flood.recorded',
          label: 'Share of the refusals that were recorded; all were counted',
          unit: '%',
          isHigherBetter: false,
          goal: { atMost: 10 },
        },
        [((after.rows - before.rows) / flooded) * 100],
      ),
    ],
    skipped: [],
  };
}

export const flood: Scenario = {
  name: 'flood',
  title: 'A flood of unknown keys',
  isInQuick: false,
  run,
};
