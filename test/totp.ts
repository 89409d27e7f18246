import { createHmac } from 'node:crypto';

const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

export function seedOf(totpUri: string): { readonly text: string; readonly bytes: Buffer } {
  const text = new URL(totpUri).searchParams.get('secret') ?? '';
  let bits = '';
  for (const letter of text) bits += base32.indexOf(letter).toString(2).padStart(5, '0');
  const bytes = (bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2));
  return { text, bytes: Buffer.from(bytes) };
}

/** RFC 6238 with SHA-1, six digits and 30 s; `steps` from now. */
export function totp(seed: Buffer, atMs: number, steps = 0): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(atMs / 30_000) + steps));
  const mac = createHmac('sha1', seed).update(counter).digest();
  const offset = mac[19]! & 15;
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}
