import { type BodyNote, bodyNotes, MAX_BODY_BYTES } from '../core/body-mask.ts';

/** A body on its way to the log, as it came: it is masked by the thread that writes it. */
export interface CapturedBody {
  readonly mediaType: string;
  /** Its beginning, of which no more than `MAX_BODY_BYTES` goes on. */
  readonly start: string | Uint8Array | null;
  /** Why it is not there, or not all of it. */
  readonly note: BodyNote | null;
}

/** State, length of the media type, length of the start. */
export const bodyHeadBytes = 4;
const maxMediaType = 100;
const none = 0;
const whole = 1;
const firstNote = 2;

/** How many bytes `writeBody` may need. */
export function roomFor(body: CapturedBody | null): number {
  if (body === null) return 0;
  const { start } = body;
  const length = typeof start === 'string' ? Buffer.byteLength(headOf(start)) : (start?.length ?? 0);
  return maxMediaType + Math.min(MAX_BODY_BYTES, length);
}

/** A text of which each character is a byte or more. */
function headOf(text: string): string {
  return text.length > MAX_BODY_BYTES ? text.slice(0, MAX_BODY_BYTES) : text;
}

/** Writes what is known of the body at `head`, the body itself at `at`; answers where it ends. */
export function writeBody(buffer: Buffer, head: number, at: number, body: CapturedBody | null): number {
  if (body === null) {
    buffer[head] = none;
    return at;
  }
  const typeLength = buffer.write(body.mediaType.slice(0, maxMediaType), at, 'latin1');
  const written = writeStart(buffer, at + typeLength, body.start);
  const note = written.isCut ? 'cut' : body.note;
  buffer[head] = note === null ? whole : firstNote + bodyNotes.indexOf(note);
  buffer[head + 1] = typeLength;
  buffer.writeUInt16LE(written.length, head + 2);
  return at + typeLength + written.length;
}

function writeStart(buffer: Buffer, at: number, start: CapturedBody['start']) {
  if (start === null) return { length: 0, isCut: false };
  if (typeof start !== 'string') {
    const part = start.subarray(0, MAX_BODY_BYTES);
    buffer.set(part, at);
    return { length: part.length, isCut: part.length < start.length };
  }
  const length = buffer.write(headOf(start), at, Math.min(MAX_BODY_BYTES, buffer.length - at), 'utf8');
  return { length, isCut: length < Buffer.byteLength(start) };
}

/** The body, whose start is a part of the buffer, and where it ends. */
export function readBody(
  buffer: Buffer,
  head: number,
  at: number,
): { body: CapturedBody | null; end: number } {
  const state = buffer[head]!;
  if (state === none) return { body: null, end: at };
  const startAt = at + buffer[head + 1]!;
  const end = startAt + buffer.readUInt16LE(head + 2);
  const note = state === whole ? null : bodyNotes[state - firstNote]!;
  const start = hasStart(note) ? buffer.subarray(startAt, end) : null;
  return { body: { mediaType: buffer.toString('latin1', at, startAt), start, note }, end };
}

function hasStart(note: BodyNote | null): boolean {
  return note === null || note === 'cut';
}

/** The same body where there is no room to keep it. */
export function withoutStart(body: CapturedBody | null): CapturedBody | null {
  return body === null || !hasStart(body.note) ? body : { ...body, start: null, note: 'dropped' };
}
