import { adviseChange, type ChangeAdvice } from '../core/change-advice.ts';
import { type Ask, type CheckReport, type Refusal, reportChecks, type Subject } from '../core/decide.ts';
import type { Environment } from '../core/environments.ts';
import type { KnownSecret } from '../core/policy.ts';
import { type PolicySnapshot, secretFrom } from '../core/policy-snapshot.ts';
import type { LogRow } from '../store/telemetry/log-reader.ts';
import type { RecordDetails } from '../telemetry/record.ts';
import type { App, Context } from './app.ts';
import type { GuardAnswer } from './guard.ts';
import { readLog } from './logs.ts';

export interface Explanation {
  readonly row: LogRow;
  readonly detail: string | null;
  readonly checks: readonly CheckReport[];
  /** The check that refused; null where none of them did. */
  readonly refusedBy: string | null;
  readonly now: {
    readonly refusal: Refusal | null;
    readonly policyVersion: number | null;
    readonly checks: readonly CheckReport[];
  };
  readonly change: ChangeAdvice | null;
}

/** Why a request was answered as it was, by the checks that judged it and the policy of that moment. */
export async function explainRequest(app: App, ctx: Context, requestId: string): Promise<Explanation> {
  const row = await readLog(app, ctx, requestId);
  const details = detailsOf(row);
  const ask: Ask = {
    environment: row.asked_environment as Environment,
    // A service that asked for a verdict need not know where its caller is.
    ip: row.ip === '' ? null : row.ip,
    scopes: details.requiredScopes ?? scopesOf(row),
  };
  const closed = closedToKeys(row, details);
  const checks = asAnswered(row, checksThen(row, details, subjectThen(app, row, details), ask)).map(
    (check) => (closed && check.name === closed.check ? { ...check, passed: false } : check),
  );
  const now = await judgeNow(app, row, ask, closed);
  return {
    row,
    detail: typeof details.refusal?.detail === 'string' ? details.refusal.detail : null,
    checks,
    refusedBy: checks.find(({ passed }) => passed === false)?.name ?? null,
    now,
    change: now.refusal && adviseChange(now.refusal, now.secret, ask, app.clock.wallMs()),
  };
}

/** Codes of what a tenant's policy decides too, which may have changed since: then the answer says how a check went. */
const checkOfCode: Readonly<Record<string, CheckReport['name']>> = {
  expired_key: 'expiry',
  insufficient_scope: 'scope',
};

function asAnswered({ code }: LogRow, checks: CheckReport[]): CheckReport[] {
  const refusing = code === null ? undefined : checkOfCode[code];
  const index = checks.findIndex(({ name }) => name === refusing);
  return checks.map((check, i) => {
    if (i === index) return { ...check, passed: false };
    return check.passed === false && (code === null || i < index) ? { ...check, passed: true } : check;
  });
}

/** A call for signed-in people refuses every key: no key's policy says so. */
function closedToKeys({ code }: LogRow, { refusal }: RecordDetails): Refusal | null {
  if (code !== 'role_not_allowed') return null;
  return { admitted: false, check: 'scope', code, detail: String(refusal?.detail), members: {} };
}

export function detailsOf({ details }: LogRow): RecordDetails {
  return details === null ? {} : (JSON.parse(details) as RecordDetails);
}

export function scopesOf({ scopes }: LogRow): string[] {
  return scopes === null ? [] : (JSON.parse(scopes) as string[]);
}

function subjectThen(app: App, row: LogRow, { refusal }: RecordDetails): Subject {
  const { key_id: keyId, secret_id: secretId, hint, policy, key_version: version } = row;
  if (keyId !== null && secretId !== null && hint !== null && policy !== null && version !== null) {
    const owner = {
      tenantId: '',
      environment: row.environment as Environment,
      keyId,
      version,
      secretId,
      hint,
    };
    const snapshot = JSON.parse(policy) as PolicySnapshot;
    return { kind: 'known', secret: secretFrom(snapshot, owner, app.catalogue.inherited) };
  }
  if (row.code === 'missing_key') return { kind: 'missing' };
  if (row.code !== 'malformed_key') return { kind: 'unknown' };
  return { kind: 'malformed', hint: String(refusal?.hint), detail: String(refusal?.detail) };
}

/** The limit is not looked at again: what it answered then is what the log says. */
function checksThen(row: LogRow, { refusal }: RecordDetails, subject: Subject, ask: Ask): CheckReport[] {
  const reports = reportChecks(subject, ask, row.at);
  const isReached = reports.every(({ passed }) => passed === true);
  const limits = subject.kind === 'known' ? subject.secret.policy.limits : null;
  const isRefused = row.code === 'rate_limited';
  const input = { ...limits, ...(isRefused ? refusal : {}) };
  return [...reports, { name: 'limit', passed: isReached ? !isRefused : null, input }];
}

async function judgeNow(
  app: App,
  row: LogRow,
  ask: Ask,
  closed: Refusal | null,
): Promise<Explanation['now'] & { readonly secret: KnownSecret | null }> {
  const secret = row.secret_id === null ? null : await app.policies.readSecret(row.secret_id);
  const subject: Subject = secret ? { kind: 'known', secret } : { kind: 'unknown' };
  const { refusal: ofKey, limits }: GuardAnswer = await app.guard.judge(subject, ask, { isDry: true });
  const refusal = ofKey === null || ofKey.check === 'limit' ? (closed ?? ofKey) : ofKey;
  const reports = reportChecks(subject, ask, app.clock.wallMs());
  const isReached = reports.every(({ passed }) => passed === true);
  const input = limits ? { states: limits.states } : {};
  const checks: CheckReport[] = [
    ...reports,
    { name: 'limit', passed: isReached ? (limits?.admitted ?? false) : null, input },
  ];
  return { refusal, policyVersion: secret?.policy.version ?? null, checks, secret };
}
