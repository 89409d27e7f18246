import { invalid, notFound } from '../errors.ts';
import {
  type CallerRow,
  type Interval,
  intervals,
  type KeyUsage,
  type UsageRange,
} from '../store/telemetry/usage-reader.ts';
import { type App, type Context, holdsScope, reader } from './app.ts';
import { isKeyWithin } from './customer-bounds.ts';
import { readKey } from './keys/details.ts';
import { askTelemetry } from './logs.ts';
import { keptSince } from './retention/kept.ts';

const maxPoints = 1_500;
const dayMs = 86_400_000;

export interface UsageQuery {
  readonly from?: number;
  readonly to?: number;
  readonly interval: Interval;
}

export interface UsageReport {
  readonly range: UsageRange;
  readonly usage: KeyUsage;
  /** null: the caller may not see them. */
  readonly callers: readonly CallerRow[] | null;
  readonly lastUsedAt: number | null;
}

/** Widened to whole intervals, in UTC. */
function rangeOf({ from, to, interval }: UsageQuery, now: number): UsageRange {
  const length = intervals[interval];
  const end = Math.ceil((to ?? now) / length) * length;
  const start = Math.floor((from ?? end - dayMs) / length) * length;
  if (start >= end) throw invalid({ path: 'to', message: 'must be later than `from`' });
  if ((end - start) / length > maxPoints) {
    throw invalid({
      path: 'interval',
      message: `${interval} would give more than ${maxPoints} points: ask for a shorter range or a longer interval`,
    });
  }
  return { from: start, to: end, interval };
}

/** What a key did, from roll-ups. */
export async function readKeyUsage(
  app: App,
  ctx: Context,
  id: string,
  query: UsageQuery,
): Promise<UsageReport> {
  const range = rangeOf(query, app.clock.wallMs());
  const { key } = await readKey(app, ctx, id);
  if (!isKeyWithin(ctx, JSON.parse(key.customer_ids))) throw notFound('key');
  const mayReadLogs = holdsScope(app, ctx, 'logs:read');
  const kept = await keptSince(app, reader(app, ctx), ctx.tenantId);
  const since = range.interval === 'minute' ? kept.minutes : kept.hours;
  const days = { from: Math.max(range.from, kept.hours), to: range.to };
  const [usage, callers] = await Promise.all([
    askTelemetry(app, 'usage', id, { ...range, keptSince: since }),
    mayReadLogs ? askTelemetry(app, 'callers', id, days) : null,
  ]);
  return { range, usage, callers, lastUsedAt: key.last_used_at };
}
