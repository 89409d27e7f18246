import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import type { ChainPoint } from './audit-chain.ts';

/** What a tenant's chain was at a time, to be signed and kept elsewhere. */
export interface Checkpoint extends ChainPoint {
  readonly tenantId: string;
}

/** Signed at the end of an export: that it is whole, and what was asked for. */
export interface ExportSeal {
  readonly tenantId: string;
  /** Entries of this environment only; null: of all. */
  readonly environment: string | null;
  /** ISO 8601, as asked for. */
  readonly from: string | null;
  readonly to: string | null;
  readonly entries: number;
  /** Of the entries' numbers and hashes, see `ExportDigest`. */
  readonly digest: string;
  /** The whole chain when the export began. */
  readonly chain: { readonly seq: number; readonly hash: string };
  readonly at: string;
}

export interface SigningKeys {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** RFC 8410: what stands before the 32 bytes of an Ed25519 key in PKCS #8. */
const pkcs8Start = Buffer.from('302e020100300506032b657004220420', 'hex');

/** An Ed25519 pair, always the same for the same 32 bytes. */
export function signingKeysOf(seed: Buffer): SigningKeys {
  const der = Buffer.concat([pkcs8Start, seed]);
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  return { privateKey, publicKey: createPublicKey(privateKey) };
}

export function publicPem({ publicKey }: SigningKeys): string {
  return publicKey.export({ format: 'pem', type: 'spki' }) as string;
}

/** The text whose signature a checkpoint carries: others can write it down and check it with OpenSSL. */
export function checkpointText({ tenantId, seq, hash, at }: Checkpoint): string {
  return ['keyward audit checkpoint', tenantId, seq, hash, new Date(at).toISOString(), ''].join('\n');
}

export function sealText({ chain, ...seal }: ExportSeal): string {
  const { tenantId, environment, from, to, entries, digest, at } = seal;
  const lines = [tenantId, environment, from, to, entries, digest, chain.seq, chain.hash, at];
  return ['keyward audit export', ...lines.map((line) => line ?? '-'), ''].join('\n');
}

export function signText({ privateKey }: SigningKeys, text: string): string {
  return sign(null, Buffer.from(text), privateKey).toString('base64url');
}

export function isSignedBy({ publicKey }: SigningKeys, text: string, signature: string): boolean {
  const bytes = Buffer.from(signature, 'base64url');
  // Decoding forgives: of the texts that are this signature one is ours.
  return bytes.toString('base64url') === signature && verify(null, Buffer.from(text), publicKey, bytes);
}

/** SHA-256 over a line of number and hash for each entry of an export. */
export class ExportDigest {
  readonly #hash = createHash('sha256');
  #entries = 0;

  get entries(): number {
    return this.#entries;
  }

  add(seq: number, hash: string): void {
    this.#hash.update(`${seq} ${hash}\n`);
    this.#entries++;
  }

  finish(): string {
    return this.#hash.digest('hex');
  }
}
