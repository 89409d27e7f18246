import { METHODS } from 'node:http';
import { environments } from '../core/environments.ts';
import { type ErrorCode, errorTable } from '../errors.ts';
import { bodyHeadBytes, readBody, roomFor, withoutStart, writeBody } from './captured-body.ts';
import type { LoggedKey, RecordDetails, RequestRecord } from './record.ts';

/** Records on their way to the thread that writes them: one buffer to hand over, not an object for each. */
export interface RecordBatch {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly count: number;
  readonly keys: readonly LoggedKey[];
}

/** A record as it comes out: `key` is null for a refusal without a known key. */
export interface BatchedRecord extends RequestRecord {
  readonly key: LoggedKey | null;
}

const bodiesAt = 48;
const headBytes = bodiesAt + 2 * bodyHeadBytes;
const codes = Object.keys(errorTable) as ErrorCode[];
const codeIndexes = new Map<string, number>(codes.map((code, index) => [code, index + 1]));
const methodIndexes = new Map(METHODS.map((method, index) => [method, index]));
const environmentIndexes = new Map(environments.map((environment, index) => [environment, index]));
const maxPath = 1_024;
const maxUserAgent = 256;
const noKey = 0;
const maxU32 = 0xffffffff;

/** Collects records in one buffer of fixed size; texts are latin1, as Node hands out targets and headers. */
export class RecordBuffer {
  readonly #bytes: Buffer<ArrayBuffer>;
  readonly #view: DataView;
  #keys: LoggedKey[] = [];
  #length = 0;
  #count = 0;

  constructor(bytes: Uint8Array<ArrayBuffer>) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get count(): number {
    return this.#count;
  }

  /** The index by which `add` names this key, until the buffer is taken. */
  addKey(key: LoggedKey): number {
    return this.#keys.push(key);
  }

  /** Whether there was room. `key` is what `addKey` answered, 0 for none. */
  add(record: RequestRecord, key: number = noKey, keepsBodies = true): boolean {
    const { requestId, ip } = record;
    const clientRequestId = record.clientRequestId ?? '';
    const path = record.path.length > maxPath ? record.path.slice(0, maxPath) : record.path;
    const userAgent =
      record.userAgent.length > maxUserAgent ? record.userAgent.slice(0, maxUserAgent) : record.userAgent;
    const details = record.details === null ? null : Buffer.from(JSON.stringify(record.details), 'utf8');
    const texts = requestId + clientRequestId + ip + path + userAgent;
    const requestBody = keepsBodies ? record.requestBody : withoutStart(record.requestBody);
    const responseBody = keepsBodies ? record.responseBody : withoutStart(record.responseBody);
    const needed = headBytes + texts.length + (details?.length ?? 0);
    if (this.#length + needed + roomFor(requestBody) + roomFor(responseBody) > this.#bytes.length)
      return false;
    const view = this.#view;
    let at = this.#length;
    const bodies = at + bodiesAt;
    view.setFloat64(at, record.at, true);
    view.setUint32(at + 8, Math.min(maxU32, record.durationUs), true);
    view.setUint32(at + 12, key, true);
    view.setUint32(at + 16, Math.min(maxU32, record.requestBytes), true);
    view.setUint32(at + 20, Math.min(maxU32, record.responseBytes), true);
    view.setUint32(at + 24, details?.length ?? 0, true);
    view.setInt16(at + 28, record.route, true);
    view.setUint16(at + 30, record.status, true);
    view.setUint16(at + 32, requestId.length, true);
    view.setUint16(at + 34, clientRequestId.length, true);
    view.setUint16(at + 36, ip.length, true);
    view.setUint16(at + 38, path.length, true);
    view.setUint16(at + 40, userAgent.length, true);
    view.setUint16(at + 42, record.code === null ? 0 : (codeIndexes.get(record.code) ?? 0), true);
    view.setUint8(at + 44, methodIndexes.get(record.method) ?? 255);
    view.setUint8(at + 45, environmentIndexes.get(record.environment)!);
    view.setUint8(at + 46, record.clientRequestId === null ? 0 : 1);
    at += headBytes;
    this.#bytes.write(texts, at, 'latin1');
    at += texts.length;
    if (details !== null) this.#bytes.set(details, at);
    at += details?.length ?? 0;
    at = writeBody(this.#bytes, bodies, at, requestBody);
    this.#length = writeBody(this.#bytes, bodies + bodyHeadBytes, at, responseBody);
    this.#count++;
    return true;
  }

  /** What was collected; its bytes are the buffer's own, to be handed over with it. */
  take(): RecordBatch {
    const batch = {
      bytes: new Uint8Array(this.#bytes.buffer, this.#bytes.byteOffset, this.#length),
      count: this.#count,
      keys: this.#keys,
    };
    this.#length = 0;
    this.#count = 0;
    this.#keys = [];
    return batch;
  }
}

/** The records of a batch, in the order in which they were added. */
export function* readBatch({ bytes, count, keys }: RecordBatch): Generator<BatchedRecord> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  for (let i = 0; i < count; i++) {
    const head = at;
    at += headBytes;
    const text = (lengthAt: number) => {
      const length = view.getUint16(head + lengthAt, true);
      at += length;
      return buffer.toString('latin1', at - length, at);
    };
    const requestId = text(32);
    const clientRequestId = text(34);
    const ip = text(36);
    const path = text(38);
    const userAgent = text(40);
    const detailBytes = view.getUint32(head + 24, true);
    const details =
      detailBytes === 0 ? null : (JSON.parse(buffer.toString('utf8', at, at + detailBytes)) as RecordDetails);
    at += detailBytes;
    const request = readBody(buffer, head + bodiesAt, at);
    const response = readBody(buffer, head + bodiesAt + bodyHeadBytes, request.end);
    at = response.end;
    const code = view.getUint16(head + 42, true);
    const key = view.getUint32(head + 12, true);
    yield {
      at: view.getFloat64(head, true),
      durationUs: view.getUint32(head + 8, true),
      requestId,
      clientRequestId: view.getUint8(head + 46) === 0 ? null : clientRequestId,
      environment: environments[view.getUint8(head + 45)]!,
      method: METHODS[view.getUint8(head + 44)] ?? 'OTHER',
      path,
      route: view.getInt16(head + 28, true),
      status: view.getUint16(head + 30, true),
      code: code === 0 ? null : codes[code - 1]!,
      ip,
      userAgent,
      requestBytes: view.getUint32(head + 16, true),
      responseBytes: view.getUint32(head + 20, true),
      details,
      requestBody: request.body,
      responseBody: response.body,
      key: key === noKey ? null : keys[key - 1]!,
    };
  }
}
