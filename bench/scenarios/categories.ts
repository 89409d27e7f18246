import { join } from 'node:path';
import { addLoadKeys, newInstallation, startKeyward } from '../lib/installation.ts';
import { addCategories, categoryRequests } from '../lib/knowledge.ts';
import { load } from '../lib/load.ts';
import { profileServer } from '../lib/profile.ts';
import type { Bench, Findings, Scenario } from '../lib/scenario.ts';
import { figure } from '../lib/stats.ts';

const keyCount = 1_000;

async function run(bench: Bench): Promise<Findings> {
  const installation = newInstallation(join(bench.directory, 'data'));
  const requests = categoryRequests(addLoadKeys(installation, keyCount));
  const server = await startKeyward(installation.directory);
  await addCategories(server.port, installation.secret);
  await load(requests, { port: server.port, isOnce: true });
  const rounds: number[] = [];
  for (let i = 0; i < bench.rounds; i++) {
    const { answered, seconds } = await load(requests, { port: server.port, ms: bench.roundMs });
    rounds.push(answered / seconds);
  }
  await server.stop();
  const areas = await profileServer(bench, installation.directory, requests);
  const figures = [
    figure(
      {
        id: 'categories.list',
        label: 'GET /api/v1/kb/categories, 20 rows from the database',
        unit: 'requests/s',
      },
      rounds,
    ),
    ...areas
      .filter(({ percent }) => percent >= 1)
      .map(({ name, percent }) =>
        figure(
          {
            id: `categories.share.${name.replaceAll(' ', '-')}`,
            label: `Share of its processor time: ${name}`,
            unit: '%',
            isHigherBetter: false,
          },
          [percent],
        ),
      ),
  ];
  return { figures, skipped: [] };
}

export const categories: Scenario = {
  name: 'categories',
  title: 'Reading twenty rows: where the time goes',
  isInQuick: false,
  run,
};
