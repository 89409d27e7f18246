import { crc32 } from 'node:zlib';
import type { JournalBatch } from './limiter.ts';

/** Entries from index `from` on, up to the next part, were counted on UTC day `day`. */
export interface DayPart {
  readonly day: number;
  readonly from: number;
}

/** What one batch holds: `length` admissions in columns, times (none after `monotonicMs`) on its writer's clock. */
export interface JournalContent {
  /** The first seq of the writing process: times of two batches can be compared when their `run` is the same. */
  readonly run: number;
  /** The writer's monotonic clock at the drain. */
  readonly monotonicMs: number;
  readonly groups: readonly string[];
  readonly days: readonly DayPart[];
  readonly length: number;
  readonly groupIndexes: Uint32Array;
  readonly timesMs: Float64Array;
  readonly units: Uint32Array;
}

/** Times are whole multiples of 1/1024 ms, so that sums and differences of them are exact. */
export const TICKS_PER_MS = 1024;

const MAGIC = 0x314a574b; // "KWJ1"
const HEADER_BYTES = 16; // magic, CRC-32 of all that follows it, bytes of JSON, entries
const ENTRY_BYTES = 12; // group, age in ticks, units
const MAX_U32 = 0xffffffff;

/** Bytes of a batch (little-endian, with a CRC-32); ages saturate at 69 min, which no window can tell apart. */
export function encodeJournal(content: JournalContent): Uint8Array {
  const { run, monotonicMs, groups, days, length, groupIndexes, timesMs, units } = content;
  // JSON, not bare UTF-8: it brings back every string, also one with a lone surrogate.
  const meta = new TextEncoder().encode(JSON.stringify({ run, monotonicMs, groups, days }));
  const body = new Uint8Array(HEADER_BYTES + meta.length + length * ENTRY_BYTES);
  const view = new DataView(body.buffer);
  body.set(meta, HEADER_BYTES);
  let offset = HEADER_BYTES + meta.length;
  for (let i = 0; i < length; i++) {
    view.setUint32(offset, groupIndexes[i]!, true);
    view.setUint32(offset + 4, Math.min(MAX_U32, (monotonicMs - timesMs[i]!) * TICKS_PER_MS), true);
    view.setUint32(offset + 8, units[i]!, true);
    offset += ENTRY_BYTES;
  }
  view.setUint32(0, MAGIC, true);
  view.setUint32(8, meta.length, true);
  view.setUint32(12, length, true);
  view.setUint32(4, crc32(body.subarray(8)), true);
  return body;
}

/** The batch's content; throws an Error that says what is wrong with bytes `encodeJournal` did not write. */
export function decodeJournal(body: Uint8Array): JournalContent {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  if (body.length < HEADER_BYTES) fail(`only ${body.length} bytes`);
  if (view.getUint32(0, true) !== MAGIC) fail('not a journal batch, or one of another version');
  const metaBytes = view.getUint32(8, true);
  const length = view.getUint32(12, true);
  const expected = HEADER_BYTES + metaBytes + length * ENTRY_BYTES;
  if (body.length !== expected) fail(`${body.length} bytes where its header says ${expected}`);
  if (view.getUint32(4, true) !== crc32(body.subarray(8))) fail('its checksum does not match');

  const meta = parseMeta(body.subarray(HEADER_BYTES, HEADER_BYTES + metaBytes), length);
  const groupIndexes = new Uint32Array(length);
  const timesMs = new Float64Array(length);
  const units = new Uint32Array(length);
  let offset = HEADER_BYTES + metaBytes;
  for (let i = 0; i < length; i++) {
    groupIndexes[i] = view.getUint32(offset, true);
    if (groupIndexes[i]! >= meta.groups.length) fail(`entry ${i} names no group`);
    timesMs[i] = meta.monotonicMs - view.getUint32(offset + 4, true) / TICKS_PER_MS;
    units[i] = view.getUint32(offset + 8, true);
    offset += ENTRY_BYTES;
  }
  return { ...meta, length, groupIndexes, timesMs, units };
}

type Meta = Pick<JournalContent, 'run' | 'monotonicMs' | 'groups' | 'days'>;

function parseMeta(bytes: Uint8Array, length: number): Meta {
  let meta: Partial<Meta> | null;
  try {
    meta = JSON.parse(new TextDecoder().decode(bytes)) as Partial<Meta> | null;
  } catch {
    return fail('its head is not JSON');
  }
  const { run, monotonicMs, groups, days } = meta ?? {};
  if (typeof run !== 'number' || typeof monotonicMs !== 'number') return fail('its head names no clock');
  if (!Array.isArray(groups) || !groups.every((name) => typeof name === 'string')) {
    return fail('its head names no groups');
  }
  const isPart = (part: DayPart | null, i: number) =>
    Number.isInteger(part?.day) && Number.isInteger(part?.from) && (i > 0 || part?.from === 0);
  if (!Array.isArray(days) || !days.every(isPart) || (length > 0 && days.length === 0)) {
    return fail('its head names no days');
  }
  return { run, monotonicMs, groups, days };
}

/**
 * By run: what to add to a time of its clock to get one of this process' clock, which is `wallToMonotonicMs` off
 * the wall clock now; batches in the order of their seq.
 */
export function clockShifts(
  batches: readonly JournalBatch[],
  contents: readonly JournalContent[],
  wallToMonotonicMs: number,
): Map<number, number> {
  const shifts = new Map<number, number>();
  // The last batch of a run decides for all of it, so that setting the wall clock before it did no harm.
  for (const [i, { run, monotonicMs }] of contents.entries()) {
    shifts.set(run, batches[i]!.at - monotonicMs + wallToMonotonicMs);
  }
  return shifts;
}

function fail(reason: string): never {
  throw new Error(`Unreadable journal batch: ${reason}.`);
}

const MIN_CAPACITY = 256;

/** The admissions since the last drain, in columns that grow by doubling and shrink after a quiet batch. */
export class JournalBuffer {
  length = 0;
  #groups: string[] = [];
  #days: DayPart[] = [];
  #day = Number.NaN;
  #groupIndexes = new Uint32Array(MIN_CAPACITY);
  #timesMs = new Float64Array(MIN_CAPACITY);
  #units = new Uint32Array(MIN_CAPACITY);

  /** The index that `add` takes for this group until the next drain; call it once a batch for each group. */
  intern(group: string): number {
    return this.#groups.push(group) - 1;
  }

  add(groupIndex: number, timeMs: number, units: number, day: number): void {
    const i = this.length;
    if (i === this.#units.length) this.#resize(i * 2);
    if (day !== this.#day) {
      this.#day = day;
      this.#days.push({ day, from: i });
    }
    this.#groupIndexes[i] = groupIndex;
    this.#timesMs[i] = timeMs;
    this.#units[i] = units;
    this.length = i + 1;
  }

  /** Encodes what was added and starts anew; every interned index is void afterwards. */
  drain(run: number, monotonicMs: number): Uint8Array {
    const body = encodeJournal({
      run,
      monotonicMs,
      groups: this.#groups,
      days: this.#days,
      length: this.length,
      groupIndexes: this.#groupIndexes,
      timesMs: this.#timesMs,
      units: this.#units,
    });
    const capacity = this.#units.length;
    const isMostlyIdle = capacity > MIN_CAPACITY && this.length * 8 < capacity;
    this.length = 0;
    if (isMostlyIdle) this.#resize(capacity / 2);
    this.#groups = [];
    this.#days = [];
    this.#day = Number.NaN;
    return body;
  }

  #resize(capacity: number): void {
    const { length } = this;
    const groupIndexes = this.#groupIndexes.subarray(0, length);
    const timesMs = this.#timesMs.subarray(0, length);
    const units = this.#units.subarray(0, length);
    this.#groupIndexes = new Uint32Array(capacity);
    this.#timesMs = new Float64Array(capacity);
    this.#units = new Uint32Array(capacity);
    this.#groupIndexes.set(groupIndexes);
    this.#timesMs.set(timesMs);
    this.#units.set(units);
  }
}
