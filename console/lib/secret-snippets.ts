import { addressesOf } from '../../src/core/addresses.ts';
import { type Environment, environmentOfHost } from '../../src/core/environments.ts';

export type SnippetKind = 'secret' | 'curl' | 'env' | 'header';

/** Where programs send requests for an environment, seen from the page that asks. */
export interface Target {
  readonly origin: string;
  /** To send along where the origin's host is an address and so says nothing. */
  readonly host: string | null;
  /** Whether it rests on a name that this installation may not have. */
  readonly isGuessed: boolean;
}

/** `pageOrigin` is `location.origin`. */
export function targetOf(environment: Environment, pageOrigin: string): Target {
  const own = environmentOfHost(new URL(pageOrigin).host, []);
  const { origin, host, isGuessed } = addressesOf(pageOrigin, own)[environment];
  return { origin: origin ?? pageOrigin, host, isGuessed };
}

/** The text to take away, for each form that somebody may need the secret in. */
export function snippetOf(kind: SnippetKind, secret: string, target: Target): string {
  if (kind === 'secret') return secret;
  if (kind === 'env') return `KEYWARD_API_KEY=${secret}`;
  if (kind === 'header') return `Authorization: Bearer ${secret}`;
  const host = target.host === null ? '' : ` \\\n  -H 'Host: ${target.host}'`;
  return `curl '${target.origin}/api/v1/me'${host} \\\n  -H 'Authorization: Bearer ${secret}'`;
}
