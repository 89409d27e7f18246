import type { Refusal } from '../core/decide.ts';
import { maskSecrets } from '../core/secret.ts';
import { type AppError, type ErrorCode, errorTable } from '../errors.ts';

export interface Problem extends Record<string, unknown> {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode;
  readonly requestId: string;
}

/** An RFC 9457 document; `members` are the extension members of its code. */
export function problemOf(
  publicUrl: string,
  requestId: string,
  failure: {
    readonly code: ErrorCode;
    readonly detail: string;
    readonly members: Readonly<Record<string, unknown>>;
  },
): Problem {
  const { code, detail, members } = failure;
  const [status, title] = errorTable[code];
  const standard = { type: `${publicUrl}/docs/errors/${code}`, title, status, detail, code, requestId };
  // Twice: first in place, and an extension member never stands in for one of the document's own.
  return masked({ ...standard, ...members, ...standard });
}

/** People paste keys into every field there is; no refusal may repeat one. */
function masked(problem: Problem): Problem {
  const text = JSON.stringify(problem);
  const safe = maskSecrets(text);
  return safe === text ? problem : (JSON.parse(safe) as Problem);
}

export function failureOf(error: AppError | Refusal) {
  return {
    code: error.code,
    members: error.members,
    detail: 'detail' in error ? error.detail : error.message,
  };
}
