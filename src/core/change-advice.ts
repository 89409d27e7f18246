import type { Ask, Refusal } from './decide.ts';
import type { KnownSecret, PersonalOwner } from './policy.ts';
import { rateLimitBounds } from './tiers.ts';

/** A change after which the same request would be admitted. */
export interface ChangeAdvice {
  readonly action: string;
  readonly detail: string;
  /** The call of the management API that makes it; null where the change is on the caller's side. */
  readonly request: ApiRequest | null;
}

interface ApiRequest {
  readonly method: 'POST' | 'PATCH';
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>> | null;
}

function onCallersSide(action: string, detail: string): ChangeAdvice {
  return { action, detail, request: null };
}

/** What mends this refusal. `now` is epoch ms. */
export function adviseChange(
  refusal: Refusal,
  secret: KnownSecret | null,
  ask: Ask,
  now: number,
): ChangeAdvice {
  if (secret === null) return adviseWithoutKey(refusal);
  const { policy } = secret;
  // Nobody but its owner changes a personal key.
  const path = `/api/v1/${policy.owner ? 'me/' : ''}api-keys/${policy.keyId}`;
  switch (refusal.code) {
    case 'environment_mismatch':
      return onCallersSide(
        'use_host',
        `Send the request to the host of ${policy.environment}, or use a key of ${ask.environment}.`,
      );
    case 'inactive_key':
      return adviseInactive(secret, path, now);
    case 'expired_key':
      if (isTooOld(secret, now)) {
        return {
          action: 'regenerate_key',
          detail:
            'Rotate or regenerate the key, and give its caller the new secret: this one is older than the key policy allows.',
          request: { method: 'POST', path: `${path}/regenerate`, body: null },
        };
      }
      return {
        action: 'extend_expiry',
        detail: 'Give the key a later end, or none.',
        request: { method: 'PATCH', path, body: { expiresAt: null } },
      };
    case 'ip_not_allowed':
      return adviseNetwork(secret, path, ask);
    case 'insufficient_scope':
      return adviseScopes(secret, path, ask);
    case 'role_not_allowed':
      return onCallersSide('sign_in', 'Make this call as a signed-in person whose role allows it.');
    case 'rate_limited':
      return adviseLimit(refusal, secret, path);
    default:
      return onCallersSide('mend_request', refusal.detail);
  }
}

function adviseWithoutKey({ code, detail }: Refusal): ChangeAdvice {
  if (code === 'missing_key') return onCallersSide('send_key', detail);
  if (code === 'malformed_key') return onCallersSide('send_whole_key', detail);
  return {
    action: 'create_key',
    detail:
      'No key has this secret any more. Create one (POST /api/v1/api-keys), and give its secret to the caller.',
    request: null,
  };
}

function isTooOld({ policy: { ageLimit, keyExpiresAt } }: KnownSecret, now: number): boolean {
  return ageLimit !== null && ageLimit.endsAt <= now && (keyExpiresAt === null || keyExpiresAt > now);
}

function adviseInactive({ endsAt, policy }: KnownSecret, path: string, now: number): ChangeAdvice {
  if (policy.owner?.role === null) {
    return onCallersSide('use_another_key', 'Its owner is no longer a member: give the caller another key.');
  }
  if (!policy.isActive) {
    const isCompromised = policy.revokedReason === 'compromised';
    const detail = isCompromised
      ? 'The key was revoked as compromised: regenerate it, then activate it, and give its caller the new secret.'
      : 'Activate the key again.';
    return {
      action: isCompromised ? 'regenerate_key' : 'activate_key',
      detail,
      request: { method: 'POST', path: `${path}/${isCompromised ? 'regenerate' : 'activate'}`, body: null },
    };
  }
  if (endsAt !== null && endsAt <= now) {
    return onCallersSide('use_current_secret', 'Give the caller the newest secret of the key.');
  }
  return onCallersSide('use_replacement', 'Give the caller the key that replaced this one.');
}

function adviseNetwork({ policy }: KnownSecret, path: string, { ip }: Ask): ChangeAdvice {
  if (ip === null) return onCallersSide('name_address', 'Name the address of the caller.');
  const ipAllowlist = [...policy.ipAllowlist, `${ip}/${ip.includes(':') ? 128 : 32}`];
  return {
    action: 'allow_address',
    detail: `Add ${ip} to the networks of the key, if that is where its caller should be.`,
    request: { method: 'PATCH', path, body: { ipAllowlist } },
  };
}

function adviseScopes({ policy }: KnownSecret, path: string, { scopes }: Ask): ChangeAdvice {
  const missing = scopes.filter((scope) => !policy.scopes.has(scope));
  if (policy.owner) return adviseOwner(policy.owner, missing);
  return {
    action: 'replace_with_scopes',
    detail: `Replace the key by one that has ${missing.join(' and ')} as well: scopes of a key never change.`,
    request: {
      method: 'POST',
      path: `${path}/replace`,
      body: { scopes: [...policy.scopes, ...missing].sort() },
    },
  };
}

/** A personal key has what its owner's role has: another one with more scopes would not have more either. */
function adviseOwner({ role, withheld }: PersonalOwner, missing: readonly string[]): ChangeAdvice {
  const named = missing.join(' and ');
  if (missing.some((scope) => withheld.includes(scope))) {
    return onCallersSide(
      'change_role',
      `The role of the key's owner, ${role}, does not allow ${named}: use a key of the tenant, or have an administrator change the role.`,
    );
  }
  return {
    action: 'create_key',
    detail: `Create a personal key that names ${named} as well, if the role of its owner, ${role}, allows it: scopes of a key never change.`,
    request: null,
  };
}

function adviseLimit({ members }: Refusal, { policy }: KnownSecret, path: string): ChangeAdvice {
  const { perMinute, burst, perDay } = policy.limits;
  return {
    action: 'wait_or_raise_limit',
    detail: `Wait ${members.retryAfterSeconds} s, send less, or raise the limits (${perMinute + burst} in 60 seconds, ${perDay} a day).`,
    request: {
      method: 'PATCH',
      path,
      body: {
        rateLimit: {
          perMinute: Math.min(perMinute * 2, rateLimitBounds.perMinute),
          burst,
          perDay: Math.min(perDay * 2, rateLimitBounds.perDay),
        },
      },
    },
  };
}
