import { isEnvironment } from '../../src/core/environments.ts';
import { errorTable } from '../../src/errors.ts';
import { jsonOf } from '../hostile-input.ts';
import { credentialsOf, type Headers } from './callers.ts';
import type { WireRequest } from './client.ts';
import type { Operation, Parameter } from './document.ts';
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

const kinds: readonly (readonly [path: string, kind: string])[] = [
  ['/api/v1/api-keys/', 'key'],
  ['/api/v1/me/api-keys/', 'own'],
  ['/api/v1/kb/categories/', 'cat'],
  ['/api/v1/kb/subcategories/', 'sub'],
  ['/api/v1/kb/tags/', 'tag'],
  ['/api/v1/kb/articles/', 'art'],
  ['/api/v1/members/', 'usr'],
  ['/api/v1/invitations/', 'inv'],
  ['/api/v1/jobs/', 'job'],
  ['/api/v1/logs/', 'req'],
  ['/api/v1/webhooks/', 'whk'],
];

/** Of what kind the id in a path is; null for a path without one. */
export function kindOf(path: string): string | null {
  return kinds.find(([start]) => path.startsWith(start))?.[1] ?? null;
}

/** Jobs that an operation is meant for, by what was last heard of them. */
const fitFor: Readonly<Record<string, RegExp>> = {
  downloadJob: /output/,
  cancelJob: /queued|running/,
  retryJob: /failed|cancelled/,
};

function pathOf({ operation, random, world, caller }: Maker): Record<string, string> {
  const kind = kindOf(operation.path);
  if (kind === null) return { code: random.pick(Object.keys(errorTable)) };
  const pool = world.pool(kind, homeOf(kind, placeOf(caller)));
  if (operation.id === 'endSecret' || operation.id === 'endPersonalSecret') {
    const retiring = [...pool.ids].filter(([, secretId]) => secretId !== '');
    if (retiring.length > 0) {
      const [id, secretId] = random.pick(retiring);
      return { id, secretId };
    }
  }
  if (operation.path.includes('{deliveryId}')) {
    const deliveries = [...world.pool('dlv', homeOf(kind, placeOf(caller))).ids];
    const [deliveryId, webhookId] = deliveries.length > 0 ? random.pick(deliveries) : ['dlv_none', ''];
    return { id: webhookId, deliveryId };
  }
  const isFit = fitFor[operation.id];
  const fit = isFit ? [...pool.ids].filter(([, about]) => isFit.test(about)) : [];
  const id = fit.length > 0 ? random.pick(fit)[0] : (pool.pick(random) ?? `${kind}_none`);
  return { id, requestId: id, secretId: 'sec_none' };
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

export function requestOf(draft: Draft): FuzzRequest {
  const { body, contentType, headers } = draft;
  const payload = body === undefined || Buffer.isBuffer(body) ? body : Buffer.from(jsonOf(body));
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
