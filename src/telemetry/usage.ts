import { LatencyHistogram } from './histogram.ts';

export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;

/** How answers are counted: 429 is not among the client's errors. */
export interface UsageCounts {
  readonly total: number;
  readonly ok: number;
  readonly clientError: number;
  readonly rateLimited: number;
  readonly serverError: number;
}

/** What one key did in one span of time. Routes are by their reference in the log, 0 for no route. */
export class Usage {
  total = 0;
  ok = 0;
  clientError = 0;
  rateLimited = 0;
  serverError = 0;
  readonly latency = new LatencyHistogram();
  /** Route, then status, then requests. */
  readonly byRoute = new Map<number, Map<number, number>>();

  add(route: number, status: number, durationUs: number, count = 1): void {
    this.#count(route, status, count);
    this.latency.add(durationUs, count);
  }

  /** `routeOf` translates the other's routes. */
  merge(other: Usage, routeOf = (route: number) => route): void {
    for (const [route, statuses] of other.byRoute) {
      for (const [status, count] of statuses) this.#count(routeOf(route), status, count);
    }
    this.latency.merge(other.latency);
  }

  /** `{route: {status: count}}` as JSON. */
  encodeRoutes(): string {
    return JSON.stringify(
      Object.fromEntries([...this.byRoute].map(([route, statuses]) => [route, Object.fromEntries(statuses)])),
    );
  }

  static decode(routes: string, latency: string): Usage {
    const usage = new Usage();
    for (const [route, statuses] of Object.entries(
      JSON.parse(routes) as Record<string, Record<string, number>>,
    )) {
      for (const [status, count] of Object.entries(statuses))
        usage.#count(Number(route), Number(status), count);
    }
    usage.latency.merge(LatencyHistogram.decode(latency));
    return usage;
  }

  #count(route: number, status: number, count: number): void {
    this.total += count;
    if (status === 429) this.rateLimited += count;
    else if (status >= 500) this.serverError += count;
    else if (status >= 400) this.clientError += count;
    else this.ok += count;
    const statuses = this.byRoute.get(route);
    if (statuses === undefined) this.byRoute.set(route, new Map([[status, count]]));
    else statuses.set(status, (statuses.get(status) ?? 0) + count);
  }
}
