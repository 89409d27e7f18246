const advice: Readonly<Record<string, string>> = {
  ip_not_allowed:
    'The test comes from the address of this browser, which is not on the key’s list. Programs at the addresses of the list are let in.',
  inactive_key:
    'The key was revoked, or this secret was replaced. Activate the key, or use its newest secret.',
  expired_key: 'Give the key a later end, or rotate it where its secret is too old.',
  unknown_key: 'The key was deleted meanwhile. Create another.',
  malformed_key: 'The text is not a whole secret. Copy all of it, without blanks around it.',
};

/** What to do about a refused trial, beyond what the refusal itself says. */
export function adviceOn(code: string): string | null {
  return advice[code] ?? null;
}
