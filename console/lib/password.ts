import { isCleanText } from '../../src/core/text.ts';

/** As src/core/people.ts has it, which no browser can load; the test beside this file holds both together. */
export const passwordLength = { min: 12, max: 128 } as const;

/** What the server will not take as a new password, as a sentence; null when nothing speaks against it. */
export function passwordAdvice(password: string, email = ''): string | null {
  const missing = passwordLength.min - password.length;
  if (missing > 0) return missing === 1 ? 'One more character.' : `${missing} more characters.`;
  if (password.length > passwordLength.max) return `At most ${passwordLength.max} characters.`;
  if (!isCleanText(password)) return 'It has characters that cannot be stored.';
  if (new Set(password).size < 4) return 'The same few characters over and over are guessed too easily.';
  const address = email.trim().toLowerCase();
  if (address !== '' && password.toLowerCase().includes(address))
    return 'It must not contain the e-mail address.';
  return null;
}
