import type { ColumnType } from 'kysely';

type Millis = number;

/** The tables of the request log and of usage: what they hold may be lost with the machine's power, no more than a batch. */
export interface TelemetryTables {
  log_places: { ref: number; tenant_id: string; environment: string };
  log_keys: LogKeyTable;
  log_routes: { ref: number; method: string; template: string; scopes: string };
  request_log: RequestLogTable;
  log_blocks: LogBlockTable;
  log_bodies: LogBodyTable;
  usage_minutes: UsageTable & { minute: Millis };
  /** The part of the minutes that has no rows in the log. */
  usage_unrecorded: UsageTable & { minute: Millis };
  usage_hours: UsageTable & { hour: Millis };
  usage_callers: UsageCallerTable;
  telemetry_facts: { name: string; value: number };
}

export interface LogKeyTable {
  ref: number;
  place: number;
  key_id: string;
  key_name: string;
  version: number;
  secret_id: string;
  hint: string;
  /** JSON of the policy as `explain` needs it; null where it was told and lost. */
  policy: string | null;
}

export interface RequestLogTable {
  /** In the order of writing, which is that of the answers. */
  seq: number;
  at: Millis;
  place: number;
  /** 0: no key was recognised. */
  key_ref: number;
  /** 0: there is no such route. */
  route_ref: number;
  method: string;
  path: string;
  status: number;
  code: string | null;
  /** Of the host that was asked. */
  environment: string;
  duration_us: number;
  ip: string;
  user_agent: string;
  request_bytes: number;
  response_bytes: number;
  request_id: string;
  client_request_id: string | null;
  /** JSON of `RecordDetails`. */
  details: string | null;
}

/** What is kept of the bodies of a row of `request_log`, masked; deleted with it. */
export interface LogBodyTable {
  seq: number;
  at: Millis;
  request_body: string | null;
  /** The media type. */
  request_type: string | null;
  /** A `BodyNote`. */
  request_note: string | null;
  response_body: string | null;
  response_type: string | null;
  response_note: string | null;
}

/** In the order in which the writer gives them. */
export const requestLogColumns = [
  'seq',
  'at',
  'place',
  'key_ref',
  'route_ref',
  'method',
  'path',
  'status',
  'code',
  'environment',
  'duration_us',
  'ip',
  'user_agent',
  'request_bytes',
  'response_bytes',
  'request_id',
  'client_request_id',
  'details',
] as const satisfies readonly (keyof RequestLogTable)[];

export interface LogBlockTable {
  first_seq: number;
  last_seq: number;
  from_at: Millis;
  to_at: Millis;
  from_id: string;
  to_id: string;
  filter: ColumnType<Uint8Array, Uint8Array, never>;
}

export interface UsageTable {
  /** The environment's name for refusals without a known key. */
  key_id: string;
  place: number;
  total: number;
  ok: number;
  client_error: number;
  rate_limited: number;
  server_error: number;
  /** JSON: reference of the route → status → requests. */
  routes: string;
  /** As `LatencyHistogram.encode` gives it. */
  latency: string;
}

export interface UsageCallerTable {
  key_id: string;
  /** Epoch ms of its 00:00 UTC. */
  day: Millis;
  secret_id: string;
  ip: string;
  user_agent: string;
  total: number;
  last_seen_at: Millis;
}
