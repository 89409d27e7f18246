import { toTimestamp } from '../../contract/common.ts';
import { type BodyNote, MAX_BODY_BYTES } from '../../core/body-mask.ts';
import type { CheckReport } from '../../core/decide.ts';
import { logEntryOf } from '../../core/log-entry.ts';
import type { Explanation } from '../../services/explain.ts';
import type { LogRow, LogRowWithBodies } from '../../services/logs.ts';

export function presentLog(row: LogRow) {
  return logEntryOf(row);
}

const kilobytes = MAX_BODY_BYTES / 1_024;

const noteTexts: Record<BodyNote, (mediaType: string, bytes: number) => string> = {
  cut: (_, bytes) => `The beginning of ${bytes} bytes; no more than ${kilobytes} KB are kept.`,
  not_text: (mediaType, bytes) => `${bytes} bytes of ${mediaType}: not text that can be kept.`,
  not_json: (mediaType, bytes) => `${bytes} bytes of ${mediaType} that are not JSON.`,
  stream: (mediaType, bytes) => `A stream of ${mediaType}, ${bytes} bytes: streams are not kept.`,
  not_read: (mediaType, bytes) =>
    `${bytes} bytes of ${mediaType} that were not read: the request was refused before.`,
  dropped: (mediaType, bytes) =>
    `${bytes} bytes of ${mediaType}: left out, because the log had more to write than it could.`,
};

function presentNote(note: string | null, mediaType: string | null, bytes: number) {
  if (note === null) return undefined;
  const code = note as BodyNote;
  return { code, message: noteTexts[code](mediaType ?? 'unknown', bytes) };
}

/** One request in full; lists leave the bodies out, of which a page could have 1.6 MB. */
export function presentLogWithBodies({ row, bodies }: LogRowWithBodies) {
  const entry = presentLog(row);
  if (bodies === null) return entry;
  return {
    ...entry,
    requestBody: bodies.request_body ?? undefined,
    requestBodyNote: presentNote(bodies.request_note, bodies.request_type, row.request_bytes),
    responseBody: bodies.response_body ?? undefined,
    responseBodyNote: presentNote(bodies.response_note, bodies.response_type, row.response_bytes),
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
