import { z } from 'zod';
import { isCleanText } from './text.ts';

/** UTF-16 units. The upper bound keeps hashing cheap, and is the one of better-auth. */
export const passwordLength = { min: 12, max: 128 } as const;

export const maxEmailLength = 254;

const email = z.email();

/** The one spelling under which an address is stored, compared and counted. */
export function normalizeEmail(text: string): string {
  return text.trim().toLowerCase();
}

/** Whether a normalised text is an address people may sign in with: `name@host.tld`, ASCII. */
export function isEmail(text: string): boolean {
  return text.length <= maxEmailLength && email.safeParse(text).success;
}

/** What is wrong with a new password, as the end of a sentence; null when nothing is. */
export function passwordProblem(password: string): string | null {
  if (password.length < passwordLength.min) return `must have at least ${passwordLength.min} characters`;
  if (password.length > passwordLength.max) return `must have at most ${passwordLength.max} characters`;
  if (!isCleanText(password)) return 'must not contain U+0000 or half of a surrogate pair';
  if (new Set(password).size < 4) return 'must not repeat the same few characters';
  return null;
}
