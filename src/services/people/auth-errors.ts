import { AppError, type ErrorCode, invalid } from '../../errors.ts';

const texts: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  INVALID_EMAIL_OR_PASSWORD: ['invalid_credentials', 'The e-mail address or the password is wrong.'],
  INVALID_PASSWORD: ['invalid_credentials', 'The password is wrong.'],
  INVALID_CODE: [
    'invalid_credentials',
    'The code is wrong. Codes change every 30 seconds: check the clock of the device too.',
  ],
  INVALID_BACKUP_CODE: ['invalid_credentials', 'The back-up code is wrong, or was used before.'],
  INVALID_TWO_FACTOR_COOKIE: [
    'invalid_credentials',
    'The sign-in is over: start again with e-mail address and password.',
  ],
  TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE: [
    'invalid_credentials',
    'Too many wrong codes for this sign-in: start again with e-mail address and password.',
  ],
  UNAUTHORIZED: ['missing_key', 'Sign in first: there is no session, or it has ended.'],
  FAILED_TO_GET_SESSION: ['missing_key', 'Sign in first: there is no session, or it has ended.'],
  TOTP_ALREADY_ENABLED: [
    'conflict',
    'Two-factor sign-in is on already. Switch it off first to use another device.',
  ],
  TOTP_NOT_ENABLED: ['conflict', 'Two-factor sign-in is not on.'],
  TWO_FACTOR_NOT_ENABLED: ['conflict', 'Two-factor sign-in is not on.'],
  BACKUP_CODES_NOT_ENABLED: ['conflict', 'Two-factor sign-in is not on.'],
};

/** What better-auth threw, in our words; what it should never throw here stays an ordinary error, hence a 500. */
export function authFailure(error: unknown): Error {
  const { body, statusCode, message } = error as {
    readonly body?: { readonly code?: string };
    readonly statusCode?: number;
    readonly message: string;
  };
  const code = body?.code ?? '';
  const known = statusCode === 500 ? undefined : texts[code];
  if (known) return new AppError(...known);
  if (code === 'INVALID_EMAIL') return invalid({ path: 'email', message: 'must be an e-mail address' });
  if (statusCode === 409)
    return new AppError('conflict', 'Somebody else changed this at the same moment: try again.');
  return new Error(`better-auth refused: ${code || message}`);
}
