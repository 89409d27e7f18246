import { toTimestamp } from '../../contract/common.ts';
import type { CheckReport } from '../../core/decide.ts';
import { detailsOf, type Explanation, scopesOf } from '../../services/explain.ts';
import type { LogRow } from '../../services/logs.ts';

export function presentLog(row: LogRow) {
  const { requiredScopes, requestBody, responseBody } = detailsOf(row);
  return {
    requestId: row.request_id,
    clientRequestId: row.client_request_id,
    at: toTimestamp(row.at),
    keyId: row.key_id,
    keyName: row.key_name,
    secretId: row.secret_id,
    hint: row.hint,
    environment: row.environment,
    method: row.method,
    path: row.path,
    route: row.route,
    status: row.status,
    code: row.code,
    durationMs: row.duration_us / 1_000,
    ip: row.ip,
    userAgent: row.user_agent,
    requestBytes: row.request_bytes,
    responseBytes: row.response_bytes,
    requiredScopes: requiredScopes ?? scopesOf(row),
    requestBody,
    responseBody,
  };
}

function presentChecks(checks: readonly CheckReport[]) {
  return checks.map(({ name, passed, input }) => ({ name, passed, input }));
}

export function presentExplanation({ row, detail, checks, refusedBy, now, change }: Explanation) {
  return {
    requestId: row.request_id,
    at: toTimestamp(row.at),
    status: row.status,
    code: row.code,
    detail,
    policyVersion: row.key_version,
    checks: presentChecks(checks),
    refusedBy,
    now: {
      admitted: now.refusal === null,
      code: now.refusal?.code ?? null,
      detail: now.refusal?.detail ?? null,
      policyVersion: now.policyVersion,
      checks: presentChecks(now.checks),
    },
    change,
  };
}
