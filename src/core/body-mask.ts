import { isUtf8 } from 'node:buffer';
import { maskJson } from './json-mask.ts';
import { maskShapes } from './secret-shapes.ts';
import { type Hides, segmentsOf } from './sensitive-names.ts';

/** Of a body no more than this is kept, before and after masking. */
export const MAX_BODY_BYTES = 4_096;

/** Why a body is not there as it was sent. */
export const bodyNotes = ['cut', 'not_text', 'not_json', 'stream', 'not_read', 'dropped'] as const;
export type BodyNote = (typeof bodyNotes)[number];

export interface MaskedBody {
  readonly text: string | null;
  /** null: the text is the whole body. */
  readonly note: BodyNote | null;
}

export interface BodyStart {
  readonly mediaType: string;
  /** The first `MAX_BODY_BYTES` at most. */
  readonly bytes: Uint8Array;
  /** There was more. */
  readonly isCut: boolean;
}

/** What of a body may be kept: nothing that is hidden by its name, nothing that has the shape of a secret. */
export function maskBody({ mediaType, bytes, isCut }: BodyStart, hides: Hides): MaskedBody {
  const mask = maskerOf(mediaType);
  if (mask === null) return { text: null, note: 'not_text' };
  const text = textOf(bytes, isCut);
  if (text === null) return { text: null, note: 'not_text' };
  const masked = mask(text, hides, isCut);
  if (masked === null) return { text: null, note: 'not_json' };
  const kept = startOf(masked);
  return { text: kept, note: isCut || kept.length < masked.length ? 'cut' : null };
}

/** Answers null where the text is not what its media type says. */
type Masker = (text: string, hides: Hides, isCut: boolean) => string | null;

function maskerOf(mediaType: string): Masker | null {
  if (/^application\/(?:x-)?(?:ndjson|jsonl|json-seq)$/.test(mediaType)) return maskLines;
  if (/[/+]json$/.test(mediaType)) return maskJson;
  return mediaType.startsWith('text/') ? maskText : null;
}

/** null where it is no UTF-8, or holds what PostgreSQL has no text for. */
function textOf(bytes: Uint8Array, isCut: boolean): string | null {
  const whole = isCut ? bytes.subarray(0, bytes.length - brokenBytes(bytes)) : bytes;
  if (!isUtf8(whole) || whole.includes(0)) return null;
  return Buffer.from(whole.buffer, whole.byteOffset, whole.length).toString('utf8');
}

/** How many bytes at the end belong to a character that was cut in two. */
function brokenBytes(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!;
    if (byte < 0x80) return 0;
    if (byte < 0xc0) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return back < length ? back : 0;
  }
  return 0;
}

/** A mask may be longer than what it hides. */
function startOf(text: string): string {
  if (Buffer.byteLength(text) <= MAX_BODY_BYTES) return text;
  const room = Buffer.alloc(MAX_BODY_BYTES);
  return room.toString('utf8', 0, room.write(text));
}

/** Each line is JSON by itself; of one that is none nothing is kept. */
function maskLines(text: string, hides: Hides, isCut: boolean): string {
  const lines = text.split('\n');
  return lines
    .map((line, i) => {
      if (line.trim() === '') return line;
      return maskJson(line, hides, isCut && i === lines.length - 1) ?? '…';
    })
    .join('\n');
}

const assignment = /([\p{L}\p{N}_.-]{1,100})["']?[ \t]*[:=][ \t]*/gu;

/** After a name whose value is to be hidden, the rest of the line. */
function maskText(text: string, hides: Hides, isCut: boolean): string {
  const lines = text.split('\n').map((line) => {
    for (const found of line.matchAll(assignment)) {
      if (!hides(segmentsOf(found[1]!))) continue;
      return `${line.slice(0, found.index + found[0].length)}…`;
    }
    return line;
  });
  return maskShapes(lines.join('\n'), isCut);
}
