import type { KnownSecret } from '../../core/policy.ts';
import type { ScopeCatalogue } from '../../core/scopes.ts';
import { errorTable } from '../../errors.ts';
import type { LoggedRoute, RecordDetails } from '../../telemetry/record.ts';
import type { App, Context } from '../app.ts';
import type { GuardAnswer } from '../guard.ts';

const path = '/api/v1/api-keys/verify';
const withoutScope = `${path}#no-scope`;
/** Which ones they were stands in each entry, and is not counted. */
export const withSeveralScopes = `${path}#several-scopes`;

/**
 * Routes in the log's sense: a verdict counts in the usage of the key that was verified, by the scope it was asked for,
 * so that a scope that only other services ask for is seen to be used.
 */
export function verdictRoutes({ all }: ScopeCatalogue): LoggedRoute[] {
  const route = (template: string, scopes: readonly string[]) => ({ method: 'POST', template, scopes });
  return [
    route(withoutScope, []),
    route(withSeveralScopes, []),
    ...[...all].sort().map((scope) => route(`${path}#${scope}`, [scope])),
  ];
}

export interface Verdict {
  readonly secret: KnownSecret;
  readonly answer: GuardAnswer;
  readonly scopes: readonly string[];
  /** As the asking service gave it. */
  readonly ip: string | null;
  readonly startedMs: number;
}

/** One request of the key that was verified, under an id of its own; the asking request's is its client request id. */
export function recordVerdict(app: App, ctx: Context, verdict: Verdict): void {
  const { requestLog, requests } = app;
  const { secret, answer, scopes, ip, startedMs } = verdict;
  const code = answer.refusal?.code ?? null;
  const status = code === null ? 200 : errorTable[code][0];
  requests.addVerdict(secret.policy, status, code);
  if (requestLog === null) return;
  const [scope] = scopes;
  const ofScope = scope === undefined ? withoutScope : `${path}#${scope}`;
  const named = scopes.length < 2 ? requestLog.routeOf(ofScope) : -1;
  const isNamed = named !== -1;
  requestLog.record(
    {
      at: app.clock.wallMs(),
      durationUs: (performance.now() - startedMs) * 1_000,
      requestId: app.newId('req'),
      clientRequestId: ctx.requestId,
      environment: ctx.environment,
      method: 'POST',
      path,
      route: isNamed ? named : requestLog.routeOf(withSeveralScopes),
      status,
      code,
      ip: ip ?? '',
      userAgent: '',
      requestBytes: 0,
      responseBytes: 0,
      details: detailsOf(answer, isNamed ? null : scopes),
      requestBody: null,
      responseBody: null,
    },
    secret,
  );
}

/** `scopes` is null where the route says it. */
function detailsOf({ refusal }: GuardAnswer, scopes: readonly string[] | null): RecordDetails | null {
  if (refusal === null && scopes === null) return null;
  return {
    ...(scopes ? { requiredScopes: scopes } : {}),
    ...(refusal ? { refusal: { detail: refusal.detail, ...refusal.members } } : {}),
  };
}
