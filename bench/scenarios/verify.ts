import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compareServers, type Measured } from '../lib/compare.ts';
import { addLoadKeys, newInstallation, startKeyward, startServer } from '../lib/installation.ts';
import { type Ask, requestText } from '../lib/load.ts';
import { benchRoot } from '../lib/process.ts';
import { profileServer } from '../lib/profile.ts';
import type { Bench, Figure, Findings, Scenario } from '../lib/scenario.ts';
import { cpuRatio, differences, figure, ratio } from '../lib/stats.ts';

const keyCount = 1_000;

/** Each key asks about another one: caller and asked key both rotate. */
function asksOf(secrets: readonly string[]): Ask[] {
  return secrets.map((key, i) => ({
    method: 'POST',
    path: '/api/v1/api-keys/verify',
    key,
    body: { key: secrets[(i + keyCount / 2) % keyCount], scopes: ['knowledge:read'] },
  }));
}

/** Headers that Node writes by itself, on both sides. */
const own = new Set(['date', 'connection', 'keep-alive', 'content-length']);

/** One real answer, for the bare server to repeat. */
async function record(port: number, ask: Ask, file: string): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${port}${ask.path}`, {
    method: ask.method,
    headers: { authorization: `Bearer ${ask.key}`, 'content-type': 'application/json' },
    body: JSON.stringify(ask.body),
  });
  const body = await response.text();
  const isValid = response.status === 200 && (JSON.parse(body) as { valid: boolean }).valid;
  if (!isValid) throw new Error(`verify answered ${response.status}: ${body}`);
  const kept = [...response.headers].filter(([name]) => !own.has(name));
  const headers = [...kept, ['content-length', String(Buffer.byteLength(body))]];
  writeFileSync(file, JSON.stringify({ headers, body }));
}

function figuresOf(keyward: Measured, bare: Measured): Figure[] {
  const lower = { unit: 'µs', isHigherBetter: false };
  return [
    figure({ id: 'verify.keyward', label: 'POST /api-keys/verify', unit: 'requests/s' }, keyward.perSecond),
    figure(
      {
        id: 'verify.bare',
        label: 'node:http that parses the same body and answers the same bytes',
        unit: 'requests/s',
      },
      bare.perSecond,
    ),
    ratio(
      { id: 'verify.throughput', label: 'Verify to bare node:http', goal: { atLeast: 0.65 } },
      keyward.perSecond,
      bare.perSecond,
    ),
    figure({ id: 'verify.keyward-cpu', label: 'Processor time a request, verify', ...lower }, keyward.cpuUs),
    figure(
      { id: 'verify.bare-cpu', label: 'Processor time a request, bare node:http', ...lower },
      bare.cpuUs,
    ),
    cpuRatio(
      { id: 'verify.cpu', label: 'Processor time of bare node:http to verify' },
      bare.cpuUs,
      keyward.cpuUs,
    ),
    figure(
      { id: 'verify.added', label: 'What verify adds to the median, one connection', ...lower },
      differences(keyward.aloneUs, bare.aloneUs),
    ),
    figure(
      {
        id: 'verify.generator',
        label: 'How busy the load generator was, bare node:http',
        unit: '%',
        isHigherBetter: false,
      },
      bare.generatorShare.map((share) => share * 100),
    ),
  ];
}

function tailFigures(keyward: Measured, bare: Measured): Figure[] {
  const lower = { unit: 'µs', isHigherBetter: false };
  return [
    figure(
      { id: 'verify.keyward-p99', label: 'p99 at half of the peak, verify', ...lower },
      keyward.p99HalfUs,
    ),
    figure(
      { id: 'verify.bare-p99', label: 'p99 at half of the peak, bare node:http', ...lower },
      bare.p99HalfUs,
    ),
    ratio(
      {
        id: 'verify.p99',
        label: 'p99 of verify to bare node:http',
        isHigherBetter: false,
        goal: { atMost: 2 },
      },
      keyward.p99HalfUs,
      bare.p99HalfUs,
    ),
  ];
}

async function run(bench: Bench): Promise<Findings> {
  const installation = newInstallation(join(bench.directory, 'data'));
  const asks = asksOf(addLoadKeys(installation, keyCount));
  const keyward = await startKeyward(installation.directory);
  const recording = join(bench.directory, 'answer.json');
  await record(keyward.port, asks[0]!, recording);
  const bare = await startServer([process.execPath, join(benchRoot, 'servers/bare.ts'), recording], {});
  const requests = asks.map(requestText);
  const [keywardMeasured, bareMeasured] = await compareServers(bench, [
    { name: 'verify', ...keyward, requests },
    { name: 'bare node:http', ...bare, requests },
  ]);
  for (const server of [keyward, bare]) await server.stop();
  if (!bench.isQuick) await profileServer(bench, installation.directory, requests);
  const figures = [
    ...figuresOf(keywardMeasured!, bareMeasured!),
    ...(bench.isQuick ? [] : tailFigures(keywardMeasured!, bareMeasured!)),
  ];
  return { figures, skipped: [] };
}

export const verify: Scenario = {
  name: 'verify',
  title: 'Verification over HTTP, against a bare server',
  isInQuick: true,
  run,
};
