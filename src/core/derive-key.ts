import { hkdfSync } from 'node:crypto';

/** Independent key material for one purpose (HKDF-SHA-256, RFC 5869): 32 bytes, always the same for the same two texts. */
export function deriveKey(secret: string, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, 'keyward', purpose, 32));
}
