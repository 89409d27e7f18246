import { isEnvironment } from '../../src/core/environments.ts';
import { errorTable } from '../../src/errors.ts';
import { jsonOf } from '../hostile-input.ts';
import { credentialsOf, type Headers } from './callers.ts';
import type { WireRequest } from './client.ts';
import { type Operation, type Parameter, parametersIn } from './document.ts';
import { bodyOf, type Maker, madeValue } from './values.ts';
import { type Caller, homeOf, placeOf } from './world.ts';

/** A request in the making: parts that a mutation may change one of. */
export interface Draft extends Maker {
  method: string;
  path: Record<string, string>;
  query: (readonly [name: string, value: string])[];
  headers: Headers;
  /** undefined: no body at all. A Buffer goes out as it is. */
  body: unknown;
  contentType: string | null;
  /** Replaces path and query. */
  target: string | null;
  isAlone: boolean;
  /** It may mean another operation, or none. */
  isElsewhere: boolean;
  /** Why it must not succeed; null where nobody can know. */
  refusal: string | null;
  /** The only code it may be refused with, where there is but one. */
  code: string | null;
  what: string;
}

/** A request to send, with what is known about it before the answer is. */
export interface FuzzRequest extends WireRequest {
  readonly operation: Operation;
  readonly caller: Caller;
  readonly what: string;
  readonly isElsewhere: boolean;
  readonly refusal: string | null;
  readonly code: string | null;
  /** An earlier request, sent again under its Idempotency-Key. */
  readonly isReplay: boolean;
}

/** The place that a request asks about: of a person the environment that the header names, whatever was put there. */
export function placeAsked({ caller, headers }: FuzzRequest): string {
  const named = headers.findLast(([name]) => name === 'x-keyward-environment')?.[1] ?? '';
  const isNamed = caller.kind === 'person' && isEnvironment(named);
  return isNamed ? `${caller.tenant.id}/${named}` : placeOf(caller);
}

/** What an operation is meant for, by what was last heard of it. */
const fitFor: Readonly<Record<string, RegExp>> = {
  downloadJob: /output/,
  cancelJob: /queued|running/,
  retryJob: /failed|cancelled/,
  activateLicense: /^(assigned|active)$/,
  deactivateLicense: /^active$/,
  resumeLicense: /^suspended$/,
};

function idFor(kind: string | undefined, { operation, random, world, caller }: Maker) {
  const none = [`${kind ?? 'none'}_none`, ''] as const;
  if (kind === undefined) return none;
  const known = [...world.pool(kind, homeOf(kind, caller)).ids];
  const isFit = fitFor[operation.id];
  const fit = isFit ? known.filter(([, about]) => isFit.test(about)) : [];
  if (known.length === 0) return none;
  return random.pick(fit.length > 0 ? fit : known);
}

/** From the last to the first: what lies below something is known together with it. */
function pathOf(maker: Maker): Record<string, string> {
  const path: Record<string, string> = {};
  let above = '';
  for (const { name, list } of parametersIn(maker.operation.path).reverse()) {
    const [id, about] = above === '' ? idFor(maker.world.kinds.get(list), maker) : [above, ''];
    path[name] = name === 'code' ? maker.random.pick(Object.keys(errorTable)) : id;
    above = about;
  }
  return path;
}

function queryOf(maker: Maker): (readonly [string, string])[] {
  const { operation, random, world, caller } = maker;
  const wanted = operation.parameters.filter(
    ({ in: place, required }) => place === 'query' && (required || random.chance(0.3)),
  );
  const one = ({ name, schema }: Parameter): readonly [string, string] => {
    if (name === 'limit') return [name, String(random.chance(0.9) ? random.int(1, 20) : random.int(1, 200))];
    const known = world.ring<string>(`cursor@${operation.id}@${placeOf(caller)}`).items;
    if (name === 'cursor') return [name, known.length > 0 ? random.pick(known) : 'none'];
    return [name, String(madeValue(schema, name, maker) ?? 'none')];
  };
  return wanted.map(one).filter(([name, value]) => name !== 'cursor' || value !== 'none');
}

/** A request that its operation takes, as far as one can know before. */
export function draftOf(maker: Maker): Draft {
  const { operation, random, world, caller } = maker;
  const headers = credentialsOf(caller, world, random);
  if (operation.isIdempotent && random.chance(0.3)) {
    headers.push(['idempotency-key', `"${world.fresh('run-')}"`]);
  }
  const isBodyLeftOut = operation.body?.isRequired === false && random.chance(0.3);
  const draft: Draft = {
    ...maker,
    method: operation.method,
    path: pathOf(maker),
    query: queryOf(maker),
    headers,
    body: isBodyLeftOut ? undefined : bodyOf(maker),
    contentType: operation.body === null ? null : random.pick(operation.body.types),
    target: null,
    isAlone: false,
    isElsewhere: false,
    refusal: null,
    code: null,
    what: 'valid',
  };
  const etag = operation.isVersioned ? world.etags.get(targetOf(draft).split('?')[0]!) : undefined;
  if (etag !== undefined && random.chance(0.2)) draft.headers.push(['if-match', etag]);
  return draft;
}

function targetOf({ operation, path, query, target }: Draft): string {
  if (target !== null) return target;
  const base = operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => path[name] ?? 'none');
  const pairs = query.map(([name, value]) => `${name}=${encodeURIComponent(value.toWellFormed())}`);
  return pairs.length === 0 ? base : `${base}?${pairs.join('&')}`;
}

/** A table has the columns of its first row that are no lists and no objects. */
function csvOf(rows: readonly Record<string, unknown>[]): string {
  const names = Object.keys(rows[0] ?? {}).filter((name) => typeof rows[0]![name] !== 'object');
  const cells = [names, ...rows.map((row) => names.map((name) => row?.[name] ?? ''))];
  return cells.map((row) => row.map((cell) => `"${String(cell).replaceAll('"', '""')}"`).join()).join('\n');
}

function encoded(body: unknown, contentType: string | null): Buffer {
  if (Array.isArray(body) && contentType === 'application/x-ndjson')
    return Buffer.from(body.map(jsonOf).join('\n'));
  if (Array.isArray(body) && contentType === 'text/csv') return Buffer.from(csvOf(body));
  return Buffer.from(jsonOf(body));
}

export function requestOf(draft: Draft): FuzzRequest {
  const { body, contentType, headers } = draft;
  const payload = body === undefined || Buffer.isBuffer(body) ? body : encoded(body, contentType);
  const typed = payload !== undefined && contentType !== null;
  return {
    method: draft.method,
    target: targetOf(draft),
    headers: typed ? [...headers, ['content-type', contentType]] : headers,
    body: payload ?? (/^(POST|PATCH|PUT)$/.test(draft.method) ? Buffer.alloc(0) : null),
    isAlone: draft.isAlone,
    operation: draft.operation,
    caller: draft.caller,
    what: draft.what,
    isElsewhere: draft.isElsewhere,
    refusal: draft.refusal,
    code: draft.code,
    isReplay: false,
  };
}
