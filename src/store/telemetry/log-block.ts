import { BlockFilter } from '../../telemetry/block-filter.ts';

/** Rows of the log in one block. */
export const BLOCK_ROWS = 4_096;

/** What of a row can be searched for by a block's filter. */
export interface Traits {
  readonly place: number;
  readonly keyId: string;
  readonly secretId: string;
  readonly route: string;
  readonly method: string;
  readonly status: number;
  readonly code: string | null;
  readonly ip: string;
  readonly clientRequestId: string | null;
}

export type TraitFilter = Partial<Omit<Traits, 'place'>> & {
  readonly place?: number;
  readonly statusClass?: string;
};

/** `2xx` to `5xx`. */
export function statusClassOf(status: number): string {
  return `${Math.floor(status / 100)}xx`;
}

/**
 * The texts a block's filter must all have for a row of the block to match: each trait by itself and together with
 * the key, since what one key never did is what others do all the time.
 */
export function entriesOf(filter: TraitFilter): string[] {
  const { place, keyId, secretId, route, method, status, statusClass, code, ip, clientRequestId } = filter;
  const single = [
    route === undefined ? null : `route=${route}`,
    method === undefined ? null : `method=${method}`,
    status === undefined ? null : `status=${status}`,
    statusClass === undefined ? null : `class=${statusClass}`,
    code === undefined || code === null ? null : `code=${code}`,
    ip === undefined ? null : `ip=${ip}`,
  ].filter((entry) => entry !== null);
  return [
    ...single,
    ...(place === undefined ? [] : [`place=${place}`, ...single.map((entry) => `${place} ${entry}`)]),
    ...(keyId === undefined ? [] : [`key=${keyId}`, ...single.map((entry) => `${keyId} ${entry}`)]),
    ...(secretId === undefined ? [] : [`secret=${secretId}`]),
    ...(clientRequestId === undefined || clientRequestId === null ? [] : [`client=${clientRequestId}`]),
  ];
}

/** A block that is being written. */
export class OpenBlock {
  readonly firstSeq: number;
  readonly #entries = new Set<string>();
  /** Rows that differ in nothing that counts are looked at once. */
  readonly #seen = new Set<string>();
  rows = 0;
  fromAt = Number.POSITIVE_INFINITY;
  toAt = Number.NEGATIVE_INFINITY;
  fromId = '';
  toId = '';

  constructor(firstSeq: number) {
    this.firstSeq = firstSeq;
  }

  get isFull(): boolean {
    return this.rows >= BLOCK_ROWS;
  }

  /** `kind` is the same for all rows whose traits are, but for `clientRequestId`. */
  add(at: number, requestId: string, traits: Traits, kind: string): void {
    this.rows++;
    this.fromAt = Math.min(this.fromAt, at);
    this.toAt = Math.max(this.toAt, at);
    if (this.fromId === '' || requestId < this.fromId) this.fromId = requestId;
    if (requestId > this.toId) this.toId = requestId;
    if (traits.clientRequestId !== null) this.#entries.add(`client=${traits.clientRequestId}`);
    if (this.#seen.has(kind)) return;
    this.#seen.add(kind);
    for (const entry of entriesOf({ ...traits, statusClass: statusClassOf(traits.status) }))
      this.#entries.add(entry);
  }

  filter(): Uint8Array {
    return BlockFilter.of(this.#entries).bytes;
  }
}
