import type { Place } from '../../core/policy.ts';
import { countKeys, type KeyCounts, limitsOfKeys } from '../../store/key-counts.ts';
import type { App, Context } from '../app.ts';
import { requireAllCustomers } from '../customer-bounds.ts';
import { counter, type Family, gauge, type Sample } from './exposition.ts';

const dayMs = 86_400_000;
const soonMs = 14 * dayMs;
const unusedMs = 30 * dayMs;
/** Counts hold for half a minute, and where there are very many keys for fifty times as long as it took to count them. */
const countsKeptMs = 30_000;
const keptTimes = 50;

interface KeptCounts {
  untilMs: number;
  readonly counts: Promise<KeyCounts>;
}

const kept = new WeakMap<App, Map<string, KeptCounts>>();

function keyCounts(app: App, place: Place): Promise<KeyCounts> {
  const ofApp = kept.get(app) ?? new Map<string, KeptCounts>();
  kept.set(app, ofApp);
  const name = `${place.tenantId} ${place.environment}`;
  const startedMs = app.clock.monotonicMs();
  const known = ofApp.get(name);
  if (known && startedMs < known.untilMs) return known.counts;
  const now = app.clock.wallMs();
  const times = { now, soon: now + soonMs, unusedSince: now - unusedMs };
  const counts = countKeys(app.database.read, place, times);
  const entry: KeptCounts = { untilMs: Number.POSITIVE_INFINITY, counts };
  ofApp.set(name, entry);
  const done = () => {
    const nowMs = app.clock.monotonicMs();
    entry.untilMs = nowMs + Math.max(countsKeptMs, (nowMs - startedMs) * keptTimes);
  };
  // What failed is asked again next time.
  counts.then(done, () => ofApp.delete(name));
  return counts;
}

interface LimitSamples {
  readonly limits: Sample[];
  readonly remaining: Sample[];
}

/** Of the keys that made requests since the start; the others have all of their limits left. */
async function limitSamples(app: App, place: Place): Promise<LimitSamples> {
  const { environment } = place;
  const counted = app.requests.keysOf(place);
  const keys = await limitsOfKeys(app.database.read, app.database.dialect, place, counted);
  const there = new Set(keys.map(({ id }) => id));
  app.requests.forget(
    place,
    counted.filter((id) => !there.has(id)),
  );
  const limits: Sample[] = [];
  const remaining: Sample[] = [];
  for (const { id, limit_group: group, per_minute: perMinute, burst, per_day: perDay } of keys) {
    const { states } = await app.limiter.peek([{ group, limits: { perMinute, burst, perDay } }]);
    const { minuteLimit, minuteRemaining, dayLimit, dayRemaining } = states[0]!;
    const minute = { environment, key_id: id, window: 'minute' };
    const day = { environment, key_id: id, window: 'day' };
    limits.push({ labels: minute, value: minuteLimit }, { labels: day, value: dayLimit });
    remaining.push({ labels: minute, value: minuteRemaining }, { labels: day, value: dayRemaining });
  }
  return { limits, remaining };
}

/** What one tenant may know of one environment. Labels are ids and words of ours, never what a request brought along. */
export async function tenantFamilies(app: App, ctx: Context): Promise<Family[]> {
  requireAllCustomers(ctx, 'the metrics of all keys');
  const place: Place = ctx;
  const { environment } = place;
  const { limits, remaining } = await limitSamples(app, place);
  const { active, inactive, expired, expiringSoon, unused } = await keyCounts(app, place);
  const ofStatus = (status: string, value: number) => ({ labels: { environment, status }, value });
  const here = (value: number) => [{ labels: { environment }, value }];
  return [
    counter(
      'keyward_key_requests_total',
      'Requests and verifications of each key since the server started, by class of status and outcome.',
      app.requests.keySamples(place),
    ),
    gauge('keyward_key_limit', 'Requests that a key may make in 60 seconds and in a UTC day.', limits),
    gauge('keyward_key_limit_remaining', 'What is left of them now.', remaining),
    gauge('keyward_keys', 'Keys of this environment, by status.', [
      ofStatus('active', active),
      ofStatus('inactive', inactive),
      ofStatus('expired', expired),
    ]),
    gauge('keyward_keys_expiring_soon', 'Active keys that expire within 14 days.', here(expiringSoon)),
    gauge('keyward_keys_unused', 'Active keys that were not used for 30 days.', here(unused)),
  ];
}
