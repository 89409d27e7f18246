import type { TelemetryDb } from './log-writer.ts';
import { readSpans, type UsageRange } from './usage-reader.ts';

export interface RouteUse {
  readonly method: string;
  readonly route: string;
  /** What the route asked for when it was last seen. */
  readonly scopes: readonly string[];
  /** Requests that the guard let through, whatever came of them. */
  readonly admitted: number;
  /** Epoch ms of the minute, or where minutes are gone the hour, of the last of them. */
  readonly lastUsedAt: number;
}

/** Answers of the guard itself, which say nothing about what a key needs. */
const refusals = new Set([401, 403, 429]);

/** Which routes a key used, from roll-ups. */
export async function readRouteUse(
  db: TelemetryDb,
  keyId: string,
  range: Pick<UsageRange, 'from' | 'to'>,
): Promise<RouteUse[]> {
  const uses = new Map<number, { admitted: number; lastUsedAt: number }>();
  for (const { at, routes } of await readSpans(db, keyId, { ...range, interval: 'hour' })) {
    for (const [ref, statuses] of Object.entries(
      JSON.parse(routes) as Record<string, Record<string, number>>,
    )) {
      const admitted = Object.entries(statuses).reduce(
        (sum, [status, count]) => (refusals.has(Number(status)) ? sum : sum + count),
        0,
      );
      if (admitted === 0 || ref === '0') continue;
      const known = uses.get(Number(ref)) ?? { admitted: 0, lastUsedAt: 0 };
      known.admitted += admitted;
      known.lastUsedAt = Math.max(known.lastUsedAt, at);
      uses.set(Number(ref), known);
    }
  }
  if (uses.size === 0) return [];
  const rows = await db
    .selectFrom('log_routes')
    .selectAll()
    .where('ref', 'in', [...uses.keys()])
    .execute();
  return rows.map(({ ref, method, template, scopes }) => ({
    method,
    route: template,
    scopes: JSON.parse(scopes) as string[],
    ...uses.get(ref)!,
  }));
}
