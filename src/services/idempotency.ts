import { containsSecret, digestOf } from '../core/secret.ts';
import { AppError, invalid } from '../errors.ts';
import {
  findIdempotencyRecord,
  type IdempotencyIdentity,
  type IdempotencyRow,
  insertIdempotencyRecord,
} from '../store/idempotency.ts';
import { type App, atomically, type Context } from './app.ts';
import { failureOf, problemOf } from './problem.ts';

const keptMs = 24 * 3_600_000;
const neverStored = new Set([401, 403, 429]);
/** Headers that tell of what was made; cookies and caching rules belong to one answer. */
const keptHeaders = new Set(['etag', 'location']);

export interface IdempotentRequest {
  /** The header's value; null: the request is an ordinary one. */
  readonly key: string | null;
  readonly method: string;
  /** The route's template. */
  readonly route: string;
  /** Path parameters, query and body: what makes two requests the same. */
  readonly payload: unknown;
  /** Members that are shown once and never stored. */
  readonly secretFields: readonly string[];
}

export interface Outcome {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string | string[]>>;
}

/** Reads `"key"` (a structured-field string) or a bare one; 1 to 255 visible ASCII characters. */
export function parseIdempotencyKey(header: string | undefined): string | null {
  if (header === undefined) return null;
  const text = /^".*"$/.test(header) ? header.slice(1, -1) : header;
  if (containsSecret(text))
    throw invalid({ path: 'Idempotency-Key', message: 'contains the text of a key: choose a random value' });
  if (/^[\x21-\x7e]{1,255}$/.test(text)) return text;
  throw invalid({ path: 'Idempotency-Key', message: 'must be 1 to 255 visible ASCII characters' });
}

/** The same text for the same JSON value, whatever the order of its members. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(',')}}`;
}

const running = new WeakMap<App, Set<string>>();

function runningOf(app: App): Set<string> {
  const known = running.get(app) ?? new Set<string>();
  running.set(app, known);
  return known;
}

/**
 * Runs `work` at most once for each Idempotency-Key of a caller: its changes and the record of its answer are one
 * transaction, so that neither exists without the other. A repeat gets the same status, body, `Location` and `ETag`,
 * without secrets.
 */
export async function runOnce(
  app: App,
  ctx: Context,
  request: IdempotentRequest,
  work: (ctx: Context) => Promise<Outcome>,
): Promise<Outcome> {
  if (request.key === null) return work(ctx);
  const identity = identityOf(ctx, request, request.key);
  const mark = canonical(identity);
  const marks = runningOf(app);
  if (marks.has(mark))
    throw new AppError('idempotency_in_progress', undefined, { headers: { 'Retry-After': '1' } });
  marks.add(mark);
  try {
    return await replayOrRun(app, ctx, request, identity, work);
  } finally {
    marks.delete(mark);
  }
}

function identityOf(ctx: Context, request: IdempotentRequest, key: string): IdempotencyIdentity {
  return {
    tenant_id: ctx.tenantId,
    environment: ctx.environment,
    caller_id: ctx.caller.id,
    method: request.method,
    route: request.route,
    idempotency_key: key,
  };
}

async function replayOrRun(
  app: App,
  ctx: Context,
  request: IdempotentRequest,
  identity: IdempotencyIdentity,
  work: (ctx: Context) => Promise<Outcome>,
): Promise<Outcome> {
  const payloadDigest = digestOf(canonical(request.payload));
  const notBefore = app.clock.wallMs() - keptMs;
  const find = () => findIdempotencyRecord(app.database.read, identity, notBefore);
  const earlier = await find();
  if (earlier) return replay(earlier, payloadDigest);
  const record = (status: number, body: unknown, headers: Outcome['headers'] = {}) => ({
    ...identity,
    payload_digest: payloadDigest,
    status,
    headers: JSON.stringify(kept(headers)),
    body: JSON.stringify(withoutSecrets(body, request.secretFields)) ?? 'null',
    created_at: app.clock.wallMs(),
  });
  try {
    return await atomically(app, async (unit) => {
      const result = await work({ ...ctx, unit });
      await insertIdempotencyRecord(unit.tx, record(result.status, result.body, result.headers), notBefore);
      return result;
    });
  } catch (error) {
    if (error instanceof AppError && error.status < 500 && !neverStored.has(error.status)) {
      const problem = problemOf(app.settings.publicUrl, ctx.requestId ?? '', failureOf(error));
      await insertIdempotencyRecord(app.database.write, record(problem.status, problem), notBefore);
    } else if (app.database.dialect.isUniqueViolation(error)) {
      const other = await find();
      if (other) return replay(other, payloadDigest);
    }
    throw error;
  }
}

function kept(headers: NonNullable<Outcome['headers']>): Record<string, string | string[]> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => keptHeaders.has(name.toLowerCase())));
}

function withoutSecrets(body: unknown, secretFields: readonly string[]): unknown {
  if (secretFields.length === 0 || body === null || typeof body !== 'object') return body;
  const blanked = Object.fromEntries(
    secretFields.filter((field) => field in body).map((field) => [field, null]),
  );
  return Object.keys(blanked).length === 0 ? body : { ...body, ...blanked, secretAlreadyShown: true };
}

function replay(row: IdempotencyRow, payloadDigest: string): Outcome {
  if (row.payload_digest !== payloadDigest) throw new AppError('idempotency_mismatch');
  const headers = JSON.parse(row.headers) as Record<string, string>;
  return { status: row.status, body: JSON.parse(row.body) as unknown, headers };
}
