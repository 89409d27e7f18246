import { type CsvCell, csvLine } from './csv.ts';

/** A row of the request log, as it is read. Times are epoch ms. */
export interface LoggedRequest {
  readonly at: number;
  readonly request_id: string;
  readonly client_request_id: string | null;
  readonly key_id: string | null;
  readonly key_name: string | null;
  readonly secret_id: string | null;
  readonly hint: string | null;
  readonly environment: string;
  readonly method: string;
  readonly path: string;
  readonly route: string | null;
  /** JSON list: those of the route. */
  readonly scopes: string | null;
  readonly status: number;
  readonly code: string | null;
  readonly duration_us: number;
  readonly ip: string;
  readonly user_agent: string;
  readonly request_bytes: number;
  readonly response_bytes: number;
  /** JSON. */
  readonly details: string | null;
}

interface Details {
  readonly requiredScopes?: readonly string[];
}

const ofRoutes = new Map<string, readonly string[]>();
const maxRoutes = 1_000;

/** There are few routes, and a million rows. */
function scopesOfRoute(json: string | null): readonly string[] {
  if (json === null) return [];
  const known = ofRoutes.get(json);
  if (known !== undefined) return known;
  if (ofRoutes.size >= maxRoutes) ofRoutes.clear();
  const scopes = JSON.parse(json) as string[];
  ofRoutes.set(json, scopes);
  return scopes;
}

function scopesAsked({ details, scopes }: LoggedRequest): readonly string[] {
  const { requiredScopes } = details === null ? ({} as Details) : (JSON.parse(details) as Details);
  return requiredScopes ?? scopesOfRoute(scopes);
}

/** An entry of the log as lists and exports show it, without what was captured of bodies. */
export function logEntryOf(row: LoggedRequest) {
  return {
    requestId: row.request_id,
    clientRequestId: row.client_request_id,
    at: new Date(row.at).toISOString(),
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
    requiredScopes: scopesAsked(row),
  };
}

type Entry = ReturnType<typeof logEntryOf>;

const columns = [
  'requestId',
  'clientRequestId',
  'at',
  'keyId',
  'keyName',
  'secretId',
  'hint',
  'environment',
  'method',
  'path',
  'route',
  'status',
  'code',
  'durationMs',
  'ip',
  'userAgent',
  'requestBytes',
  'responseBytes',
  'requiredScopes',
] as const satisfies readonly (keyof Entry)[];

export type LogExportFormat = 'ndjson' | 'csv';

interface LogExportForm {
  readonly mediaType: string;
  /** What stands before the first entry. */
  readonly head: string;
  line(row: LoggedRequest): string;
}

function cellOf(value: Entry[keyof Entry]): CsvCell {
  return typeof value === 'object' && value !== null ? value.join(' ') : value;
}

export const logExportForms: Readonly<Record<LogExportFormat, LogExportForm>> = {
  ndjson: {
    mediaType: 'application/x-ndjson',
    head: '',
    line: (row) => `${JSON.stringify(logEntryOf(row))}\n`,
  },
  csv: {
    mediaType: 'text/csv; charset=utf-8; header=present',
    head: csvLine(columns),
    line: (row) => {
      const entry = logEntryOf(row);
      return csvLine(columns.map((column) => cellOf(entry[column])));
    },
  },
};
