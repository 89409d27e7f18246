import type { Place } from '../../core/policy.ts';
import { boundText, counter, type Family, type Sample } from './exposition.ts';

/** Keys of one place, and in all, that are counted apart; what the others do is counted together. */
const maxKeysOfPlace = 1_000;
const maxKeys = 100_000;

/** What the keys are called that have no series of their own. */
export const otherKeys = 'other';

/** In seconds: a request with a key takes a tenth of a millisecond, one that waits for a disk a hundred times as long. */
const bounds = [
  0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
] as const;

const methods = new Set(['GET', 'HEAD', 'POST', 'PATCH', 'PUT', 'DELETE', 'OPTIONS']);

export interface CountedRequest {
  readonly method: string;
  /** The template, never the path; null where no route was found. */
  readonly route: string | null;
  readonly status: number;
  /** The code of the problem; null where there was none. */
  readonly code: string | null;
  readonly durationMs: number;
  /** The key that was recognised, admitted or not. */
  readonly key: CountedKey | null;
}

/** `counted` spares the look-up when the same policy comes again. */
type CountedKey = Place & { readonly keyId: string; counted?: object | null };

interface Outcome {
  /** `2xx` to `5xx`. */
  readonly status: string;
  readonly outcome: string;
  count: number;
}

class Outcomes {
  readonly #cells = new Map<string | number, Outcome>();
  /** The latest one: most answers of a key are like the one before. */
  #name: string | number | null = null;
  #cell: Outcome | null = null;

  add(status: number, code: string | null): void {
    const name = code ?? status;
    if (this.#cell === null || this.#name !== name) {
      this.#name = name;
      this.#cell = this.#cells.get(name) ?? this.#newCell(name, status, code);
    }
    this.#cell.count++;
  }

  #newCell(name: string | number, status: number, code: string | null): Outcome {
    const cell = { status: `${Math.floor(status / 100)}xx`, outcome: code ?? 'ok', count: 0 };
    this.#cells.set(name, cell);
    return cell;
  }

  /** One for each class and outcome: 200 and 201 are both `2xx`. */
  samples(labels: Readonly<Record<string, string>>): Sample[] {
    const grouped = Map.groupBy(this.#cells.values(), ({ status, outcome }) => `${status} ${outcome}`);
    return [...grouped.values()].map((cells) => ({
      labels: { ...labels, status: cells[0]!.status, outcome: cells[0]!.outcome },
      value: cells.reduce((sum, { count }) => sum + count, 0),
    }));
  }
}

class RouteCounts {
  readonly outcomes = new Outcomes();
  readonly #buckets = new Float64Array(bounds.length + 1);
  #seconds = 0;

  add({ status, code, durationMs }: CountedRequest): void {
    this.outcomes.add(status, code);
    const seconds = durationMs / 1_000;
    this.#seconds += seconds;
    let i = 0;
    while (i < bounds.length && seconds > bounds[i]!) i++;
    this.#buckets[i]!++;
  }

  latency(labels: Readonly<Record<string, string>>): Sample[] {
    let count = 0;
    const buckets = [...bounds, Number.POSITIVE_INFINITY].map((bound, i): Sample => {
      count += this.#buckets[i]!;
      return { suffix: '_bucket', labels: { ...labels, le: boundText(bound) }, value: count };
    });
    return [
      ...buckets,
      { suffix: '_sum', labels, value: this.#seconds },
      { suffix: '_count', labels, value: count },
    ];
  }
}

interface PlaceCounts {
  readonly keys: Map<string, Outcomes>;
  readonly others: Outcomes;
}

/** Counts answers: two or three look-ups a request, and no text is made before somebody asks. */
export class RequestMetrics {
  readonly #routes = new Map<string | null, Map<string, RouteCounts>>();
  readonly #keys = new Map<string, Outcomes>();
  readonly #places = new Map<string, PlaceCounts>();

  add(request: CountedRequest): void {
    this.#countsOf(request.route, request.method).add(request);
    if (request.key !== null) this.addVerdict(request.key, request.status, request.code);
  }

  /** A key was judged: at our door, or because another service asked. */
  addVerdict(key: CountedKey, status: number, code: string | null): void {
    const held = key.counted as Outcomes | null | undefined;
    (held ?? this.#outcomesOf(key)).add(status, code);
  }

  #outcomesOf(key: CountedKey): Outcomes {
    const known = this.#keys.get(key.keyId);
    if (known !== undefined) key.counted = known;
    return known ?? this.#newKey(key);
  }

  families(): Family[] {
    const requests: Sample[] = [];
    const latency: Sample[] = [];
    for (const [template, byMethod] of this.#routes) {
      for (const [method, counts] of byMethod) {
        const labels = { method, route: template ?? 'none' };
        requests.push(...counts.outcomes.samples(labels));
        latency.push(...counts.latency(labels));
      }
    }
    return [
      counter('keyward_http_requests_total', 'Answers, by route, class of status and outcome.', requests),
      {
        name: 'keyward_http_request_duration_seconds',
        type: 'histogram',
        help: 'From the arrival of the headers to the end of the work on the answer, or to the first piece of a stream.',
        samples: latency,
      },
    ];
  }

  /** Keys of the place with a count of their own. */
  keysOf(place: Place): string[] {
    return [...(this.#places.get(nameOf(place))?.keys.keys() ?? [])];
  }

  keySamples(place: Place): Sample[] {
    const counts = this.#places.get(nameOf(place));
    if (counts === undefined) return [];
    const { environment } = place;
    return [
      ...[...counts.keys].flatMap(([id, outcomes]) => outcomes.samples({ environment, key_id: id })),
      ...counts.others.samples({ environment, key_id: otherKeys }),
    ];
  }

  /** For keys that were deleted: their room is somebody else's. */
  forget(place: Place, keyIds: readonly string[]): void {
    const keys = this.#places.get(nameOf(place))?.keys;
    for (const id of keyIds) {
      keys?.delete(id);
      this.#keys.delete(id);
    }
  }

  #countsOf(route: string | null, method: string): RouteCounts {
    const name = methods.has(method) ? method : 'other';
    return this.#routes.get(route)?.get(name) ?? this.#newCounts(route, name);
  }

  #newCounts(route: string | null, method: string): RouteCounts {
    const counts = new RouteCounts();
    const byMethod = this.#routes.get(route) ?? new Map<string, RouteCounts>();
    this.#routes.set(route, byMethod.set(method, counts));
    return counts;
  }

  #newKey(key: CountedKey): Outcomes {
    const name = nameOf(key);
    const place = this.#places.get(name) ?? { keys: new Map(), others: new Outcomes() };
    this.#places.set(name, place);
    if (place.keys.size >= maxKeysOfPlace || this.#keys.size >= maxKeys) return place.others;
    const outcomes = new Outcomes();
    place.keys.set(key.keyId, outcomes);
    this.#keys.set(key.keyId, outcomes);
    return outcomes;
  }
}

function nameOf({ tenantId, environment }: Place): string {
  return `${tenantId} ${environment}`;
}
