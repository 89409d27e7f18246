/** What a member is called, as it is compared: `API-Key`, `api_key` and `apiKey` are one name. */
export function plainName(name: string): string {
  return name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
}

/**
 * Names whose values are never kept, after what Sentry scrubs by default, OWASP's Logging Cheat Sheet ("Data to
 * exclude") and PCI DSS 3.3 and 3.5. `key` and `sha256` are our own: what is verified, and what is imported.
 */
const exact = new Set(
  `auth bearer csc csrf cvc cvc2 cvv cvv2 iban jwt key mfacode otp pan pass passkey phpsessid pin pwd session sessionid sha256 sid
  ssn totp xsrf`.split(/\s+/),
);

const telling =
  /passw(?:or)?d|pwd$|passphrase|passcode|secret|token|apikey|accesskey|privatekey|encryptionkey|signingkey|credential|authorization|cookie|cardnumber|cardno$|securitycode|accountnumber|connectionstring|(?:recovery|backup)codes?$/;

/** What is said about a secret is none: `secretId`, `tokenType`. */
const about =
  /(?:secret|token|credential|key)(?:ids?|type|status|count|alreadyshown|(?:created|updated|expires|lastused)at)$/;

function isSensitive(plain: string): boolean {
  return exact.has(plain) || (telling.test(plain) && !about.test(plain));
}

/** Whether the value of the member at this path is to be hidden; its segments are as `segmentsOf` gives them. */
export type Hides = (path: readonly string[]) => boolean;

/** The steps that a member's name makes: one that has dots stands for as many. At least one. */
export function segmentsOf(name: string): string[] {
  const steps = name
    .split('.')
    .map(plainName)
    .filter((step) => step !== '');
  return steps.length === 0 ? [''] : steps;
}

/** `fields` are names, or dotted paths that match at any depth; lists do not count as a step. */
export function hidesFields(fields: readonly string[]): Hides {
  const byLast = Map.groupBy(fields.map(segmentsOf), (path) => path.at(-1)!);
  return (path) => {
    const last = path.at(-1)!;
    if (isSensitive(last)) return true;
    const wanted = byLast.get(last);
    return wanted?.some((field) => endsWith(path, field)) === true;
  };
}

function endsWith(path: readonly string[], end: readonly string[]): boolean {
  const from = path.length - end.length;
  return from >= 0 && end.every((segment, i) => segment === path[from + i]);
}
