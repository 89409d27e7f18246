import { choiceOf, type LimitChoice, limitOf, limitProblems } from '@/components/limit-picker/limits.ts';
import {
  inheritsAll,
  isUnfinished,
  mayInherit,
  noScopes,
  type ScopeChoice,
  scopeBody,
  scopesOf,
} from '@/components/scope-picker/choice.ts';
import { networksOf } from '@/lib/ip.ts';
import { copyName, patternProblem } from '@/lib/naming.ts';
import type { Environment, Key, OwnKeyPolicy, Scope, ScopeBundle } from '@/types.ts';
import { tiers } from '../../../../src/core/tiers.ts';
import { type ExpiryChoice, expiresAtOf, expiryOf, expiryProblem, noExpiry } from './expiry.ts';

/** What stands in the form. */
export interface Draft {
  readonly name: string;
  readonly description: string;
  readonly environment: Environment;
  readonly scopes: ScopeChoice;
  readonly limits: LimitChoice;
  readonly addresses: string;
  readonly customerIds: readonly string[];
  readonly expiry: ExpiryChoice;
}

export type DraftField = keyof Draft;

export function emptyDraft(environment: Environment): Draft {
  const starter = tiers[0]!;
  return {
    name: '',
    description: '',
    environment,
    scopes: noScopes,
    limits: choiceOf(starter.name, starter),
    addresses: '',
    customerIds: [],
    expiry: noExpiry,
  };
}

/** A draft like a key that is there. Customers belong to its environment, and an end that has passed is left out. */
export function draftLike(key: Key, environment: Environment, now: number): Draft {
  const { tier, ...limit } = key.rateLimit;
  return {
    name: copyName(key.name, { environment, now }),
    description: key.description ?? '',
    environment,
    scopes: { mode: 'list', bundle: null, ticks: key.scopes },
    limits: choiceOf(tier, limit),
    addresses: key.ipAllowlist.join('\n'),
    customerIds: environment === key.environment ? key.customerIds : [],
    expiry: expiryOf(key.expiresAt, now),
  };
}

/** What a draft is judged by. */
export interface Rules {
  readonly policy: OwnKeyPolicy;
  readonly catalogue: readonly Scope[];
  readonly bundles: readonly ScopeBundle[];
  refusalOf(scope: string): string | null;
}

export type DraftProblems = Partial<Record<DraftField, string>>;

function scopeProblem({ scopes, customerIds }: Draft, rules: Rules): string | null {
  const { catalogue, bundles, refusalOf } = rules;
  if (isUnfinished(scopes)) return 'Choose a bundle, or tick scopes one by one.';
  if (inheritsAll(scopes)) {
    if (customerIds.length > 0)
      return 'Tick the scopes it needs: a key for certain customers cannot inherit everything.';
    return mayInherit(catalogue, refusalOf)
      ? null
      : 'Tick the scopes it needs: you may not give all of them.';
  }
  const refused = scopesOf(scopes, catalogue, bundles).find((scope) => refusalOf(scope) !== null);
  return refused === undefined ? null : `${refused} cannot be given. ${refusalOf(refused)}`;
}

/** Everything that can be known to be wrong before the server is asked. */
export function draftProblems(draft: Draft, rules: Rules, now: number): DraftProblems {
  const { policy } = rules;
  const name = draft.name.trim();
  const problems: Record<string, string | null> = {
    name:
      name === ''
        ? 'Give it a name that says who uses it and for what.'
        : patternProblem(name, policy.namePattern, draft.environment),
    scopes: scopeProblem(draft, rules),
    limits:
      limitOf(draft.limits) === null ||
      Object.keys(limitProblems(draft.limits, limitCeiling(draft, policy))).length > 0
        ? 'These limits cannot be given.'
        : null,
    addresses: networksOf(draft.addresses) === null ? 'Mend or remove the entries that are not valid.' : null,
    expiry: expiryProblem(draft.expiry, policy, now),
  };
  return Object.fromEntries(
    Object.entries(problems).filter(([, problem]) => problem !== null),
  ) as DraftProblems;
}

/** A tier is judged by its own numbers in the cards; the fields count for custom limits alone. */
function limitCeiling({ limits }: Draft, policy: OwnKeyPolicy) {
  return limits.tier === 'custom' ? policy.ceiling : null;
}

/** The body of `POST /api-keys`. */
export function bodyOf(draft: Draft, { policy, catalogue }: Rules, now: number) {
  const { limits } = draft;
  const expiresAt = expiresAtOf(draft.expiry, policy, now);
  return {
    name: draft.name.trim(),
    ...(draft.description.trim() !== '' && { description: draft.description.trim() }),
    environment: draft.environment,
    ...scopeBody(draft.scopes, catalogue),
    ...(limits.tier === 'custom' ? { rateLimit: limitOf(limits) } : { tier: limits.tier }),
    ipAllowlist: networksOf(draft.addresses) ?? [],
    customerIds: draft.customerIds,
    ...(expiresAt !== undefined && { expiresAt }),
  };
}
