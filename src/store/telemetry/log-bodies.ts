import { type BodyStart, type MaskedBody, maskBody } from '../../core/body-mask.ts';
import { maskSecrets } from '../../core/secret.ts';
import { type Hides, hidesFields } from '../../core/sensitive-names.ts';
import type { CapturedBody } from '../../telemetry/captured-body.ts';
import type { LoggedRoute } from '../../telemetry/record.ts';
import type { BatchedRecord } from '../../telemetry/record-buffer.ts';
import type { BulkInsert } from '../bulk.ts';
import type { TelemetryDb } from './log-writer.ts';

export const bodyInsert: BulkInsert = {
  table: 'log_bodies',
  columns: [
    'seq',
    'at',
    'request_body',
    'request_type',
    'request_note',
    'response_body',
    'response_type',
    'response_note',
  ],
};

const maxMasks = 1_000;

/** Makes of bodies as they came what may be stored of them. */
export class BodyMasks {
  readonly #routes: readonly LoggedRoute[];
  readonly #hides = new Map<string, Hides>();

  constructor(routes: readonly LoggedRoute[]) {
    this.#routes = routes;
  }

  /** null: the request has none that is kept. */
  rowOf(seq: number, { at, route, key, requestBody, responseBody }: BatchedRecord): unknown[] | null {
    if (key === null || (requestBody === null && responseBody === null)) return null;
    const hides = this.#hidesFor([...key.maskFields, ...(this.#routes[route]?.secretFields ?? [])]);
    return [seq, at, ...columnsOf(requestBody, hides), ...columnsOf(responseBody, hides)];
  }

  #hidesFor(fields: readonly string[]): Hides {
    const name = JSON.stringify(fields);
    const known = this.#hides.get(name);
    if (known) return known;
    if (this.#hides.size >= maxMasks) this.#hides.clear();
    const hides = hidesFields(fields);
    this.#hides.set(name, hides);
    return hides;
  }
}

function columnsOf(body: CapturedBody | null, hides: Hides): (string | null)[] {
  if (body === null) return [null, null, null];
  const { start, note } = body;
  const mediaType = maskSecrets(body.mediaType);
  if (start === null) return [null, mediaType, note];
  const bytes = typeof start === 'string' ? Buffer.from(start) : start;
  const masked = maskSafely({ mediaType, bytes, isCut: note === 'cut' }, hides);
  return [masked.text, mediaType, masked.note];
}

/** A batch is tried until it is written: no body may keep it from that. */
function maskSafely(body: BodyStart, hides: Hides): MaskedBody {
  try {
    return maskBody(body, hides);
  } catch {
    return { text: null, note: 'not_text' };
  }
}

export interface LogBodies {
  readonly request_body: string | null;
  readonly request_type: string | null;
  readonly request_note: string | null;
  readonly response_body: string | null;
  readonly response_type: string | null;
  readonly response_note: string | null;
}

/** Of one row of the log; null where none are kept. */
export async function readLogBodies(db: TelemetryDb, seq: number, at: number): Promise<LogBodies | null> {
  const row = await db
    .selectFrom('log_bodies')
    .select(['request_body', 'request_type', 'request_note'])
    .select(['response_body', 'response_type', 'response_note'])
    .where('seq', '=', seq)
    .where('at', '=', at)
    .executeTakeFirst();
  return row ?? null;
}
