import type { Environment } from '../core/environments.ts';
import type { CapturedBody } from './captured-body.ts';

/** One request that carried a key, as the server saw it when the answer was sent. Texts are as they came, not masked. */
export interface RequestRecord {
  /** Epoch ms of the request's arrival. */
  readonly at: number;
  readonly durationUs: number;
  readonly requestId: string;
  readonly clientRequestId: string | null;
  /** The host's environment; the key's own may be another one, and then the request was refused. */
  readonly environment: Environment;
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** Index into the list of routes the log was opened with; -1 where no route was found. */
  readonly route: number;
  readonly status: number;
  /** null below 400. */
  readonly code: string | null;
  readonly ip: string;
  readonly userAgent: string;
  readonly requestBytes: number;
  readonly responseBytes: number;
  readonly details: RecordDetails | null;
  /** null: there was none, or none is kept. */
  readonly requestBody: CapturedBody | null;
  readonly responseBody: CapturedBody | null;
}

/** What only some records have; kept as JSON. */
export interface RecordDetails {
  /** Where the scopes asked for are not those of the route. */
  readonly requiredScopes?: readonly string[];
  /** The members of the refusal, for explain. */
  readonly refusal?: Readonly<Record<string, unknown>>;
}

/** The key behind a record, as it was then. `policy` is JSON, there the first time a secret is seen and null later. */
export interface LoggedKey {
  readonly tenantId: string;
  readonly environment: Environment;
  readonly keyId: string;
  readonly keyName: string;
  /** Of the key: with the secret's id it names what was judged. */
  readonly version: number;
  readonly secretId: string;
  readonly hint: string;
  readonly policy: string | null;
  /** What to hide in bodies, besides what is always hidden. */
  readonly maskFields: readonly string[];
}

/** Requests of one key and minute that have no record, because there were too many: counted all the same. */
export interface UnrecordedUsage {
  readonly tenantId: string;
  readonly environment: Environment;
  /** null: refusals without a known key. */
  readonly keyId: string | null;
  readonly minute: number;
  /** As `Usage.encodeRoutes` gives it, with indexes of routes. */
  readonly routes: string;
  readonly latency: string;
}

export interface LoggedRoute {
  readonly method: string;
  readonly template: string;
  readonly scopes: readonly string[];
  /** Members that are shown once, and hidden in bodies. */
  readonly secretFields?: readonly string[];
}
