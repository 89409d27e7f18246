import { createHmac } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deriveKey } from '../../core/derive-key.ts';
import { StartError } from '../../errors.ts';

/** What the database remembers of the secret that it was written with: tells nothing of it. */
export function secretCheckOf(secret: string): string {
  return createHmac('sha256', deriveKey(secret, 'check')).update('keyward').digest('hex');
}

/** The secret in a directory, or null where there is none. */
export function readSecretFile(directory: string): string | null {
  const path = join(directory, 'secret');
  try {
    return existsSync(path) ? readFileSync(path, 'utf8').trim() : null;
  } catch (error) {
    throw new StartError(`The file ${path} cannot be read: ${(error as Error).message}.`);
  }
}

/** The secret that a start would use; never makes one. */
export function requireSecret(directory: string, setting: string | undefined): string {
  const secret = setting ?? readSecretFile(directory);
  if (secret !== null) return secret;
  throw new StartError(
    `The file ${join(directory, 'secret')} is missing, and with it the key of this data. Put it back from a back-up, or set KEYWARD_SECRET to its content.`,
  );
}
