import { encodeCursor } from '../../src/core/cursor.ts';
import { load, requestText } from './load.ts';
import type { Bench, Figure } from './scenario.ts';
import type { Sample } from './seed-worker.ts';
import { figure } from './stats.ts';

export interface ListPlace {
  readonly size: string;
  readonly words: string;
  readonly port: number;
  readonly secret: string;
  readonly sample: Sample;
}

/** Requests a round; its figure is their median. */
const samples = 9;
/** One request that took longer is enough. */
const patienceMs = 500;

/** What people do with a long list: leaf through it, filter it, search it. */
function queriesOf({ keys, middle, beforeLastPage }: Sample): Record<string, string> {
  const { secret } = keys[Math.floor(keys.length / 2)]!;
  return {
    'first page': '',
    'middle page': `cursor=${encodeCursor(middle)}`,
    'last page': `cursor=${encodeCursor(beforeLastPage)}`,
    'status active': 'status=active',
    'status inactive': 'status=inactive',
    'status expired': 'status=expired',
    'status expired, middle': `status=expired&cursor=${encodeCursor(middle)}`,
    'tier enterprise': 'tier=enterprise',
    'tier custom, none': 'tier=custom',
    'owner user, none': 'owner=user',
    'scope that none names': 'scope=licenses:write',
    'scope inherited or named': 'scope=knowledge:read',
    'search, many hits': 'q=team',
    'search, one hit': 'q=key+777+of+team',
    'search, no hit': 'q=there+is+no+such+key',
    'search, two characters': 'q=te',
    'search, two characters, no hit': 'q=zq',
    'search, many hits, none expired of a custom tier': 'q=team&status=expired&tier=custom',
    'search by hint': `q=${secret.slice(0, 'sa_live_'.length + 10)}`,
    'unused for 90 days, none': 'unusedForDays=90',
  };
}

/** Ms until the answer has come: three medians, or the one time of a request that took long. */
export async function timesOf(port: number, request: string): Promise<number[]> {
  const medianMs = async (count: number) => {
    const requests = Array<string>(count).fill(request);
    return (await load(requests, { port, connections: 1, isOnce: true })).medianUs / 1_000;
  };
  const first = await medianMs(1);
  if (first > patienceMs) return [first];
  const rounds: number[] = [];
  for (let i = 0; i < 3; i++) rounds.push(await medianMs(samples));
  return rounds;
}

/** Ms until a page of 50 has come, for each query; the highest is the slowest of them. */
export async function listFigures(bench: Bench, place: ListPlace): Promise<Figure[]> {
  const { size, words, port, secret } = place;
  const figures: Figure[] = [];
  for (const [name, query] of Object.entries(queriesOf(place.sample))) {
    const path = `/api/v1/api-keys?limit=50${query === '' ? '' : `&${query}`}`;
    const times = await timesOf(port, requestText({ method: 'GET', path, key: secret }));
    const id = `million.${size}.list.${name.replaceAll(/[^a-z0-9]+/g, '-')}`;
    const about = { id, label: `List of 50, ${name}, ${words}`, unit: 'ms', isHigherBetter: false };
    figures.push(figure({ ...about, goal: { atMost: 20 } }, times));
    bench.say(`${name}: ${times.at(0)!.toFixed(2)} ms`);
  }
  return figures;
}
