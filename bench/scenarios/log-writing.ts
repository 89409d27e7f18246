import { join } from 'node:path';
import { openPostgresDatabase, openSqliteDatabase } from '../../src/store/database.ts';
import { migrate } from '../../src/store/migrations/index.ts';
import type { TelemetryPlace } from '../../src/store/telemetry/open.ts';
import { freshDatabase, startPostgres } from '../../test/databases.ts';
import type { LogWritingResult } from '../lib/log-writing-worker.ts';
import type { Bench, Figure, Findings, Scenario } from '../lib/scenario.ts';
import { figure } from '../lib/stats.ts';
import { runWorker } from '../lib/worker.ts';

/** Long enough for usage to be written many times, and for a checkpoint of the database. */
const secondsAtLeast = 5;

async function migrated(place: TelemetryPlace): Promise<TelemetryPlace> {
  const database = 'url' in place ? openPostgresDatabase(place.url) : openSqliteDatabase(place.directory);
  await migrate(database, Date.now());
  await database.close();
  return place;
}

interface Kind {
  readonly id: 'sqlite' | 'postgres';
  readonly name: string;
  readonly goal: number;
  /** An empty database for each round. */
  readonly place: (round: number) => Promise<TelemetryPlace>;
}

async function roundsOf(bench: Bench, { name, place }: Kind): Promise<LogWritingResult[]> {
  const results: LogWritingResult[] = [];
  for (let round = 0; round < Math.min(3, bench.rounds); round++) {
    const job = { place: await place(round), ms: Math.max(secondsAtLeast * 1_000, bench.roundMs) };
    const result = (await runWorker(null, 'log-writing-worker.ts', JSON.stringify(job))) as LogWritingResult;
    bench.say(`${name}: ${Math.round(result.rows / result.seconds)} records/s`);
    results.push(result);
  }
  return results;
}

function figuresOf({ id, name, goal }: Kind, results: readonly LogWritingResult[]): Figure[] {
  return [
    figure(
      {
        id: `log-writing.${id}`,
        label: `Records written to ${name}`,
        unit: 'records/s',
        goal: { atLeast: goal },
        note: 'With their filters, usage and callers; both threads on all processors. Afterwards each had its row and was counted.',
      },
      results.map(({ rows, seconds }) => rows / seconds),
    ),
    figure(
      {
        id: `log-writing.${id}-cpu`,
        label: `Processor time a record, ${name}`,
        unit: 'µs',
        isHigherBetter: false,
      },
      results.map(({ rows, cpuSeconds }) => (cpuSeconds / rows) * 1e6),
    ),
  ];
}

async function run(bench: Bench): Promise<Findings> {
  const sqlite: Kind = {
    id: 'sqlite',
    name: 'SQLite',
    goal: 60_000,
    place: (round) => migrated({ directory: join(bench.directory, `log-${round}`) }),
  };
  const figures = figuresOf(sqlite, await roundsOf(bench, sqlite));
  const server = await startPostgres({ isDurable: true });
  if ('unavailable' in server) return { figures, skipped: [{ what: 'PostgreSQL', why: server.unavailable }] };
  try {
    const postgres: Kind = {
      id: 'postgres',
      name: `PostgreSQL ${server.version}, on the same machine`,
      goal: 30_000,
      place: async () => migrated({ url: await freshDatabase(server.url) }),
    };
    figures.push(...figuresOf(postgres, await roundsOf(bench, postgres)));
  } finally {
    await server.stop();
  }
  return { figures, skipped: [] };
}

export const logWriting: Scenario = {
  name: 'log-writing',
  title: 'How much the request log can write',
  isInQuick: false,
  run,
};
