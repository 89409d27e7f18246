import { createHmac } from 'node:crypto';

/** An entry of the audit log as it is stored; `before` and `after` are JSON texts. */
export interface AuditRow {
  id: string;
  tenant_id: string;
  /** From 1, without a gap within a tenant. */
  seq: number;
  /** Epoch ms. */
  at: number;
  actor_type: string;
  actor_id: string;
  action: string;
  target_id: string | null;
  before: string | null;
  after: string | null;
  request_id: string | null;
  ip: string | null;
  environment: string | null;
  prev_hash: string;
  hash: string;
}

export const firstHash = '0'.repeat(64);

/** HMAC-SHA-256 over the previous hash and every field, as one JSON list, so that no two entries serialise alike. */
export function auditHash(key: Buffer, entry: Omit<AuditRow, 'hash'>): string {
  const fields = [
    entry.prev_hash,
    entry.id,
    entry.tenant_id,
    entry.seq,
    entry.at,
    entry.actor_type,
    entry.actor_id,
    entry.action,
    entry.target_id,
    entry.before,
    entry.after,
    entry.request_id,
    entry.ip,
    entry.environment,
  ];
  return createHmac('sha256', key).update(JSON.stringify(fields)).digest('hex');
}

/** What a chain was at some time: so many entries, and the hash of the last of them. */
export interface ChainPoint {
  readonly seq: number;
  readonly hash: string;
  /** Epoch ms. */
  readonly at: number;
}

/** What was done to a chain, or to what tells of it. */
export const damageKinds = [
  'edited',
  'removed',
  'reordered',
  'inserted',
  'cut_off',
  'head_missing',
  'checkpoint_mismatch',
  'checkpoint_forged',
  'checkpoint_missing',
] as const;
export type DamageKind = (typeof damageKinds)[number];

export interface ChainFault {
  /** The number of the entry at which the chain is not what was written. */
  readonly seq: number;
  readonly kind: DamageKind;
  readonly reason: string;
}

/** How far a chain was followed. */
export interface ChainEnd {
  readonly seq: number;
  readonly hash: string | null;
}

export const chainStart: ChainEnd = { seq: 0, hash: firstHash };

/** Follows one tenant's chain, entry by entry in the order of their numbers. */
export class ChainFollower {
  readonly #key: Buffer;
  readonly #tenantId: string;
  readonly #points: ReadonlyMap<number, readonly ChainPoint[]>;
  #seq = 0;
  #hash: string | null = firstHash;
  #gap: ChainFault | null = null;

  constructor(key: Buffer, tenantId: string, points: readonly ChainPoint[] = []) {
    this.#key = key;
    this.#tenantId = tenantId;
    this.#points = Map.groupBy(points, ({ seq }) => seq);
  }

  /** Number and hash of the last entry. */
  get end(): ChainEnd {
    return { seq: this.#seq, hash: this.#hash };
  }

  /** The first place where entries are missing, which is none of the faults that `follow` tells. */
  get gap(): ChainFault | null {
    return this.#gap;
  }

  /** A part of a chain begins wherever its first entry stands. */
  beginAt(entry: AuditRow): void {
    this.goOnFrom({ seq: entry.seq - 1, hash: entry.prev_hash });
  }

  goOnFrom({ seq, hash }: ChainEnd): void {
    this.#seq = seq;
    this.#hash = hash;
  }

  follow(entry: AuditRow): ChainFault | null {
    const fault = this.#faultOf(entry);
    if (fault !== null) return { seq: entry.seq, kind: fault[0], reason: fault[1] };
    if (entry.seq > this.#seq + 1)
      this.#gap ??= { seq: this.#seq + 1, kind: 'removed', reason: 'the entry is missing' };
    this.#seq = entry.seq;
    this.#hash = entry.hash;
    return null;
  }

  #faultOf(entry: AuditRow): readonly [DamageKind, string] | null {
    if (entry.tenant_id !== this.#tenantId) return ['inserted', 'the entry is of another tenant'];
    if (!(entry.seq > this.#seq)) return ['inserted', 'the entry stands where it does not belong'];
    const isNext = entry.seq === this.#seq + 1;
    if (isNext && entry.prev_hash !== this.#hash)
      return ['reordered', 'the entry does not follow the one before'];
    if (auditHash(this.#key, entry) !== entry.hash) return ['edited', 'the entry is not what was written'];
    const other = this.#points.get(entry.seq)?.find(({ hash }) => hash !== entry.hash);
    if (other)
      return [
        'checkpoint_mismatch',
        `the entry is not the one that the checkpoint of ${timeOf(other)} names`,
      ];
    return null;
  }
}

/** Of the points known, one beyond the end: what follows the end was cut off. */
export function cutOffAfter(seq: number, points: readonly ChainPoint[]): ChainFault | null {
  const point = points.reduce<ChainPoint | null>(
    (last, one) => (one.seq > (last?.seq ?? 0) ? one : last),
    null,
  );
  if (point === null || point.seq <= seq) return null;
  const reason = `the end was cut off: the checkpoint of ${timeOf(point)} has ${point.seq} entries`;
  return { seq: seq + 1, kind: 'cut_off', reason };
}

function timeOf({ at }: ChainPoint): string {
  return new Date(at).toISOString();
}
