import { normalizeIp } from '../../core/cidr.ts';
import { type Ask, type CheckReport, type Refusal, reportChecks, type Subject } from '../../core/decide.ts';
import type { Environment } from '../../core/environments.ts';
import type { KnownSecret, Policy } from '../../core/policy.ts';
import { AppError, invalid } from '../../errors.ts';
import type { LimitOutcome } from '../../limiter/limiter.ts';
import type { App, Context } from '../app.ts';
import type { GuardAnswer } from '../guard.ts';
import { failureOf, problemOf } from '../problem.ts';
import { type KeyDetails, readKey } from './details.ts';
import { recordVerdict } from './verdict-log.ts';

export interface VerifyInput {
  readonly key: string;
  readonly scopes?: readonly string[];
  readonly environment?: Environment;
  readonly ip?: string;
  readonly customerId?: string;
  readonly cost: number;
  readonly dryRun: boolean;
}

export interface Verification {
  readonly answer: GuardAnswer;
  readonly missingScopes: readonly string[];
  /** null: nothing about the key may be said. */
  readonly secret: KnownSecret | null;
  readonly checks?: readonly CheckReport[];
}

const unknown: Subject = { kind: 'unknown' };

/** Another tenant's key is, to this caller, any random text. */
function withinTenant(ctx: Context, subject: Subject): Subject {
  return subject.kind === 'known' && subject.secret.policy.tenantId !== ctx.tenantId ? unknown : subject;
}

function parseIp(ip: string | undefined): string | null {
  if (ip === undefined) return null;
  const address = normalizeIp(ip);
  if (address === null) throw invalid({ path: 'ip', message: 'must be an IPv4 or IPv6 address' });
  return address;
}

function requireCost(subject: Subject, ctx: Context, cost: number): void {
  if (subject.kind !== 'known' || subject.secret.policy.environment !== ctx.environment) return;
  const { perMinute, burst } = subject.secret.policy.limits;
  if (cost > perMinute + burst) {
    throw invalid({
      path: 'cost',
      message: `must not be more than perMinute + burst of the key, ${perMinute + burst}`,
    });
  }
}

/** The same verdict the guard gives at the door, for a key of the caller's tenant and environment; at once where the key is warm. */
export function verifyKey(app: App, ctx: Context, input: VerifyInput): Promise<Verification> | Verification {
  const startedMs = performance.now();
  const recognised = app.guard.recogniseSecret(input.key);
  const judge = (subject: Subject) => judgeKey(app, ctx, input, withinTenant(ctx, subject), startedMs);
  return recognised instanceof Promise ? recognised.then(judge) : judge(recognised);
}

function judgeKey(app: App, ctx: Context, input: VerifyInput, subject: Subject, startedMs: number) {
  const ask: Ask = {
    environment: ctx.environment,
    ip: parseIp(input.ip),
    scopes: input.scopes ?? [],
    customerId: input.customerId,
  };
  requireCost(subject, ctx, input.cost);
  const isElsewhere = input.environment !== undefined && input.environment !== ctx.environment;
  const judged = isElsewhere
    ? elsewhere(ctx, subject, input.environment as Environment)
    : app.guard.judge(subject, ask, { units: input.cost, isDry: input.dryRun });
  const tell = (answer: GuardAnswer): Verification => {
    if (subject.kind === 'known' && !isElsewhere && !input.dryRun)
      recordVerdict(app, ctx, { secret: subject.secret, answer, scopes: ask.scopes, ip: ask.ip, startedMs });
    return verificationOf(app, input, subject, ask, answer, isElsewhere);
  };
  return judged instanceof Promise ? judged.then(tell) : tell(judged);
}

function verificationOf(
  app: App,
  input: VerifyInput,
  subject: Subject,
  ask: Ask,
  answer: GuardAnswer,
  isElsewhere: boolean,
): Verification {
  const isOfPlace = subject.kind === 'known' && answer.refusal?.code !== 'environment_mismatch';
  const secret = isOfPlace ? subject.secret : null;
  const missingScopes = secret ? ask.scopes.filter((scope) => !secret.policy.scopes.has(scope)) : [];
  const checks = input.dryRun ? checksOf(subject, ask, app.clock.wallMs(), answer, isElsewhere) : undefined;
  return { answer, missingScopes, secret, checks };
}

/** The limit is the last check; it is looked at only when all before it passed. */
function checksOf(
  subject: Subject,
  ask: Ask,
  now: number,
  answer: GuardAnswer,
  isElsewhere: boolean,
): CheckReport[] {
  const reports = reportChecks(subject, ask, now);
  const isOfPlace =
    subject.kind === 'known' && subject.secret.policy.environment === ask.environment && !isElsewhere;
  if (subject.kind === 'known' && !isOfPlace)
    return [...reports.map(({ name }) => untold(name)), untold('limit')];
  const isReached = reports.every((report) => report.passed === true);
  const input = answer.limits ? { states: answer.limits.states } : {};
  return [
    ...reports,
    { name: 'limit', passed: isReached ? (answer.limits?.admitted ?? false) : null, input },
  ];
}

/** Of a key of another environment nothing is told but that it is one. */
function untold(name: CheckReport['name']): CheckReport {
  if (name === 'environment') return { name, passed: false, input: {} };
  return { name, passed: name === 'form' || name === 'secret' ? true : null, input: {} };
}

function elsewhere(ctx: Context, subject: Subject, asked: Environment): GuardAnswer {
  return {
    refusal: {
      admitted: false,
      check: 'environment',
      code: 'environment_mismatch',
      detail: `You verify keys of ${ctx.environment}; ask with a key of ${asked} for keys of ${asked}.`,
      members: { requestEnvironment: ctx.environment },
    },
    subject,
    limits: null,
  };
}

export interface SelfKnowledge extends KeyDetails {
  readonly policy: Policy;
  readonly secretId: string;
  readonly limits: LimitOutcome;
}

/** What a key is and what remains of its limits, without taking from them. Deleted since it was admitted: unknown. */
export async function describeSelf(app: App, ctx: Context, secret: KnownSecret): Promise<SelfKnowledge> {
  const { policy, secretId } = secret;
  const limits = await app.limiter.peek(policy.quotas);
  try {
    // In the key's own name: who has its secret may know what it is.
    const caller = { kind: 'key', id: policy.keyId, secret, policy } as const;
    const own = { ...ctx, environment: policy.environment, caller };
    const details = await readKey(app, own, policy.keyId);
    return { ...details, policy, secretId, limits };
  } catch (error) {
    const isGone = error instanceof AppError && error.code === 'not_found';
    throw isGone ? new AppError('unknown_key', 'This key was deleted a moment ago.') : error;
  }
}

export type KeyTrial =
  | { readonly status: number; readonly problem: Record<string, unknown> }
  | { readonly status: 200; readonly self: SelfKnowledge };

/** Runs the guard and `GET /me` as that secret, in its own environment. Keys of other tenants are unknown. */
export async function tryKey(app: App, ctx: Context, text: string): Promise<KeyTrial> {
  const subject = withinTenant(ctx, await app.guard.recogniseSecret(text));
  const environment = subject.kind === 'known' ? subject.secret.policy.environment : ctx.environment;
  const { refusal } = await app.guard.judge(subject, { environment, ip: ctx.ip, scopes: [] });
  if (refusal) return refusedTrial(app, ctx, refusal);
  if (subject.kind !== 'known') throw new AppError('internal_error');
  try {
    return { status: 200, self: await describeSelf(app, ctx, subject.secret) };
  } catch (error) {
    if (error instanceof AppError && error.code === 'unknown_key') return refusedTrial(app, ctx, error);
    throw error;
  }
}

function refusedTrial(app: App, ctx: Context, refusal: Refusal | AppError): KeyTrial {
  const problem = problemOf(app.settings.publicUrl, ctx.requestId ?? '', failureOf(refusal));
  return { status: problem.status, problem };
}
