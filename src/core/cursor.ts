import { crc32 } from 'node:zlib';

const maxIdBytes = 256;
const checkBytes = 4;
const maxTextLength = Math.ceil(((maxIdBytes + checkBytes) * 4) / 3);

/**
 * Wraps the last row's id (1–256 bytes of UTF-8; longer, empty or ill-formed ones throw) into an opaque base64url
 * cursor. The checksum in it catches accidents, not forgers: a cursor grants nothing.
 */
export function encodeCursor(id: string): string {
  const bytes = Buffer.from(id, 'utf8');
  if (bytes.length === 0 || bytes.length > maxIdBytes || !id.isWellFormed()) {
    throw new RangeError('a cursor holds 1 to 256 bytes of well-formed text');
  }
  const check = Buffer.alloc(checkBytes);
  check.writeUInt32BE(crc32(bytes));
  return Buffer.concat([check, bytes]).toString('base64url');
}

/** The id inside a cursor, or null for anything encodeCursor did not make; never throws. */
export function decodeCursor(text: string): string | null {
  if (text.length > maxTextLength) return null;
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.length <= checkBytes) return null;
  const body = bytes.subarray(checkBytes);
  if (bytes.readUInt32BE() !== crc32(body)) return null;
  const id = body.toString('utf8');
  // Encoding again refuses what the decoder forgives: padding, foreign alphabets, stray bits, ill-formed UTF-8.
  return body.equals(Buffer.from(id, 'utf8')) && bytes.toString('base64url') === text ? id : null;
}
