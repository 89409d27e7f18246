import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deriveKey } from '../../core/derive-key.ts';
import { digestsEqual } from '../../core/secret.ts';
import { StartError } from '../../errors.ts';
import { type SchemaPart, schemaParts } from '../../store/migrations/index.ts';

/** What a back-up consists of beside its manifest. No other name is ever read or written. */
export const backupFiles = ['keyward.db', 'admissions.db', 'telemetry.db', 'secret'] as const;
export type BackupFile = (typeof backupFiles)[number];

export interface FileEntry {
  readonly name: BackupFile;
  readonly bytes: number;
  readonly sha256: string;
}

export interface Manifest {
  readonly format: 'keyward back-up';
  readonly formatVersion: 1;
  readonly createdAt: string;
  /** Version of the program that made it, and of its schemas. */
  readonly program: string;
  readonly schema: Readonly<Record<SchemaPart, number>>;
  readonly counts: Readonly<Record<string, number>>;
  readonly audit: { readonly entries: number; readonly isWhole: boolean };
  /** `elsewhere`: KEYWARD_SECRET is given by a setting, and kept where that comes from. */
  readonly secret: 'included' | 'left out' | 'elsewhere';
  readonly files: readonly FileEntry[];
}

export const manifestName = 'manifest.json';

/** HMAC over everything else in the manifest: who lacks the secret can neither change a back-up nor make one. */
function sealOf(manifest: Manifest, secret: string): string {
  const text = JSON.stringify(manifest);
  return createHmac('sha256', deriveKey(secret, 'back-up')).update(text).digest('hex');
}

export function sealManifest(manifest: Manifest, secret: string): string {
  return `${JSON.stringify({ ...manifest, seal: sealOf(manifest, secret) }, null, 2)}\n`;
}

export interface SealedManifest {
  readonly manifest: Manifest;
  readonly seal: string;
}

/** Throws a `StartError` where the directory is no back-up, or its manifest cannot be one of ours. */
export function readManifest(directory: string): SealedManifest {
  const path = join(directory, manifestName);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new StartError(
      code === 'ENOENT' || code === 'ENOTDIR'
        ? `${directory} is no back-up of Keyward, or not a whole one: it has no ${manifestName}.`
        : `The file ${path} cannot be read: ${code}.`,
    );
  }
  const sealed = parseManifest(text);
  if (sealed) return sealed;
  throw new StartError(
    `The file ${path} is damaged, or of a newer version of Keyward: this back-up cannot be used.`,
  );
}

function parseManifest(text: string): SealedManifest | null {
  try {
    const { seal, ...manifest } = JSON.parse(text) as Manifest & { readonly seal: unknown };
    return isManifest(manifest) && typeof seal === 'string' ? { manifest, seal } : null;
  } catch {
    return null;
  }
}

function isManifest(value: Manifest): boolean {
  return (
    value.format === 'keyward back-up' &&
    value.formatVersion === 1 &&
    [value.createdAt, value.program, value.secret].every((text) => typeof text === 'string') &&
    [...schemaParts.map((part) => value.schema[part]), value.audit.entries].every(Number.isSafeInteger) &&
    Object.values(value.counts).every(Number.isSafeInteger) &&
    value.files.every(isFileEntry) &&
    new Set(value.files.map(({ name }) => name)).size === value.files.length &&
    value.files.some(({ name }) => name === 'keyward.db')
  );
}

function isFileEntry({ name, bytes, sha256 }: FileEntry): boolean {
  return backupFiles.includes(name) && Number.isSafeInteger(bytes) && /^[0-9a-f]{64}$/.test(sha256);
}

export function isSealed({ manifest, seal }: SealedManifest, secret: string): boolean {
  return digestsEqual(sealOf(manifest, secret), seal);
}
