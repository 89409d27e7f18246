import { addressGroup } from '../core/client-address.ts';
import { type Ask, decide, type Refusal, type Subject } from '../core/decide.ts';
import type { KnownSecret } from '../core/policy.ts';
import { checkSecretForm } from '../core/secret.ts';
import { type Clock, type Limiter, type LimitOutcome, type Quota, UNLIMITED } from '../limiter/limiter.ts';
import type { MemoryLimiter } from '../limiter/memory.ts';
import type { PolicyCache } from './policies.ts';
import type { UseRecorder } from './uses.ts';

export interface GuardParts {
  readonly clock: Clock;
  readonly policies: PolicyCache;
  readonly limiter: Limiter;
  readonly refusals: MemoryLimiter;
  readonly uses: UseRecorder;
  readonly keyPrefixes: readonly string[];
  readonly refusalsPerMinute: number;
}

export interface GuardAnswer {
  /** null: admitted. */
  readonly refusal: Refusal | null;
  readonly subject: Subject;
  /** Where the limits stand; null unless the key is recognised and active. */
  readonly limits: LimitOutcome | null;
}

export interface GuardOptions {
  readonly units?: number;
  /** Takes nothing and marks nothing used. */
  readonly isDry?: boolean;
}

/** Beyond this many at once, alerts find out by the usage of keys alone. */
const maxLimitedKeys = 100_000;

const missing: Subject = { kind: 'missing' };
const unknown: Subject = { kind: 'unknown' };

function malformed(hint: string, detail: string): Subject {
  return { kind: 'malformed', hint, detail };
}

/** Checks after which the key is known to be recognised and active, so that its limits may be shown. */
const activeChecks = new Set(['ip', 'scope', 'customer', 'limit']);

/** The one guard behind every door: from a credential to a verdict, the limits taken last. */
export class Guard {
  readonly #refused = new Map<string, number>();
  #limitedKeys = new Set<string>();
  #admitted = 0;
  readonly #parts: GuardParts;
  readonly #refusalLimits: Quota['limits'];

  constructor(parts: GuardParts) {
    this.#parts = parts;
    this.#refusalLimits = { perMinute: parts.refusalsPerMinute, burst: 0, perDay: UNLIMITED };
  }

  /** Reads an Authorization header (as Node hands it out: latin1). Synchronous when the secret is known and warm. */
  recognise(header: string | undefined): Subject | Promise<Subject> {
    if (header === undefined) return missing;
    if (header.startsWith('Bearer ')) {
      const secret = this.#parts.policies.peek(header.slice(7));
      return secret ? { kind: 'known', secret } : this.#recogniseCold(header);
    }
    return this.#recogniseCold(header);
  }

  /** Reads the bare text of a secret, as verify gets it. */
  recogniseSecret(text: string): Subject | Promise<Subject> {
    const secret = this.#parts.policies.peek(text);
    return secret ? { kind: 'known', secret } : this.#loadSecret(text);
  }

  async #recogniseCold(header: string): Promise<Subject> {
    if (header.trim() === '') return missing;
    const scheme = /^(bearer|basic)(?![0-9a-z])/i.exec(header)?.[0].toLowerCase();
    if (scheme === undefined) {
      return malformed(
        'unsupported_scheme',
        'The Authorization header must start with the word Bearer and a blank, then the key; Basic with the key id as user works too.',
      );
    }
    // What is not exactly one blank after the scheme counts as part of the key, and is named as what is wrong with it.
    const rest = header.slice(scheme.length).replace(/^ /, '');
    if (rest.trim() === '') return missing;
    return scheme === 'bearer' ? this.recogniseSecret(rest) : this.#recogniseBasic(rest);
  }

  async #recogniseBasic(encoded: string): Promise<Subject> {
    const text = Buffer.from(encoded.trim(), 'base64').toString('latin1');
    const colon = text.indexOf(':');
    if (colon === -1) {
      return malformed(
        'unsupported_scheme',
        'Basic needs the base64 of `<key id>:<secret>`, with the colon between them.',
      );
    }
    const subject = await this.recogniseSecret(text.slice(colon + 1));
    if (subject.kind === 'known' && subject.secret.policy.keyId !== text.slice(0, colon)) return unknown;
    return subject;
  }

  async #loadSecret(text: string): Promise<Subject> {
    const { policies, keyPrefixes } = this.#parts;
    const form = checkSecretForm(text, keyPrefixes);
    if (form.ok || policies.hasImported) {
      const secret = await policies.load(text, form.ok);
      if (secret) return { kind: 'known', secret };
    }
    return form.ok ? unknown : malformed(form.hint, form.detail);
  }

  /** Decides, then takes from the limits: only an admitted request consumes. */
  judge(subject: Subject, ask: Ask, options?: GuardOptions): GuardAnswer | Promise<GuardAnswer> {
    const now = this.#parts.clock.wallMs();
    const verdict = decide(subject, ask, now);
    const isDry = options?.isDry === true;
    if (!verdict.admitted) {
      if (!isDry) this.#count(verdict.code);
      return this.#refuse(subject, verdict);
    }
    const { secret } = subject as { secret: KnownSecret };
    const { limiter } = this.#parts;
    const units = options?.units ?? 1;
    const quotas = secret.policy.quotas;
    const outcome = isDry ? limiter.peek(quotas, units) : limiter.take(quotas, units, now);
    const ip = isDry ? undefined : ask.ip;
    if (outcome instanceof Promise)
      return outcome.then((limits) => this.#limited(subject, secret, limits, now, ip));
    return this.#limited(subject, secret, outcome, now, ip);
  }

  /** `ip` is undefined where nothing is to be marked used. */
  #limited(
    subject: Subject,
    secret: KnownSecret,
    limits: LimitOutcome,
    now: number,
    ip: string | null | undefined,
  ): GuardAnswer {
    if (!limits.admitted) {
      if (ip !== undefined) {
        this.#count('rate_limited');
        const { minuteRefuses, dayRefuses } = limits.states[0]!;
        if ((minuteRefuses || dayRefuses) && this.#limitedKeys.size < maxLimitedKeys)
          this.#limitedKeys.add(secret.policy.keyId);
      }
      return { refusal: rateLimited(secret, limits), subject, limits };
    }
    if (ip !== undefined) {
      this.#admitted++;
      this.#parts.uses.mark(secret, now, ip);
    }
    return { refusal: null, subject, limits };
  }

  #count(code: string): void {
    this.#refused.set(code, (this.#refused.get(code) ?? 0) + 1);
  }

  /** What was decided since the start, dry runs apart: by code, `admitted` among them. */
  get decisions(): ReadonlyMap<string, number> {
    return new Map([['admitted', this.#admitted], ...this.#refused]);
  }

  /** Ids of the keys that were refused for limits of their own since the last call. */
  takeLimitedKeys(): ReadonlySet<string> {
    const taken = this.#limitedKeys;
    this.#limitedKeys = new Set();
    return taken;
  }

  #refuse(subject: Subject, refusal: Refusal): GuardAnswer | Promise<GuardAnswer> {
    if (subject.kind !== 'known' || !activeChecks.has(refusal.check))
      return { refusal, subject, limits: null };
    const outcome = this.#parts.limiter.peek(subject.secret.policy.quotas);
    if (outcome instanceof Promise) return outcome.then((limits) => ({ refusal, subject, limits }));
    return { refusal, subject, limits: outcome };
  }

  /**
   * Counts a refusal against the client address and, where known, the key. Returns null while there is room, or the
   * whole seconds to wait. Refusals beyond the limit are not counted, so that waiting that long always helps.
   */
  countRefusal(ip: string, subject: Subject | null): number | null {
    const quotas = [{ group: `refusals:${addressGroup(ip)}`, limits: this.#refusalLimits }];
    if (subject?.kind === 'known') {
      quotas.push({ group: `refusals:${subject.secret.policy.keyId}`, limits: this.#refusalLimits });
    }
    const outcome = this.#parts.refusals.take(quotas, 1);
    return outcome.admitted ? null : Math.max(1, Math.ceil(outcome.retryAfterMs / 1_000));
  }
}

/** The policies that refuse: `minute` and `day` are the key's own, the others the tenant's ceiling. */
function violatedPolicies(limits: LimitOutcome): string[] {
  return limits.states.flatMap((state, i) => [
    ...(state.minuteRefuses ? [policyName(i, 'minute')] : []),
    ...(state.dayRefuses ? [policyName(i, 'day')] : []),
  ]);
}

export function policyName(quotaIndex: number, window: 'minute' | 'day'): string {
  return quotaIndex === 0 ? window : `ceiling-${window}`;
}

export function retryAfterSeconds(limits: LimitOutcome): number {
  return Math.max(1, Math.ceil(limits.retryAfterMs / 1_000));
}

function allowed({ perMinute, burst, perDay }: Quota['limits']): string {
  const inAMinute = perMinute + burst;
  return `${inAMinute} ${inAMinute === 1 ? 'request' : 'requests'} in any 60 seconds and ${perDay} a day`;
}

function rateLimited(secret: KnownSecret, limits: LimitOutcome): Refusal {
  const violated = violatedPolicies(limits);
  const seconds = retryAfterSeconds(limits);
  const [own, ceiling] = secret.policy.quotas;
  const isCeiling = violated.some((name) => name.startsWith('ceiling-'));
  const isOwn = violated.some((name) => !name.startsWith('ceiling-'));
  const said = [
    isOwn || !isCeiling ? `This key may make ${allowed(own!.limits)}.` : '',
    isCeiling
      ? `The ceiling is reached: all keys of this environment together may make ${allowed(ceiling!.limits)}.`
      : '',
  ].filter((sentence) => sentence !== '');
  return {
    admitted: false,
    check: 'limit',
    code: 'rate_limited',
    detail: `${said.join(' ')} Wait ${seconds} s.`,
    members: { violatedPolicies: violated, retryAfterSeconds: seconds },
  };
}
