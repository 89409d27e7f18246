import { environments } from '../../src/core/environments.ts';
import { headerValues, hostileValues, queryValues, unknownFields } from '../hostile-input.ts';
import { resolved, type Schema } from './document.ts';
import type { Draft } from './draft.ts';
import type { Random } from './random.ts';
import { homeOf, hostOf, type IssuedSecret, placeOf } from './world.ts';

/** Changes one place of a request that was valid; null where the request has no such place. */
type Mutation = (draft: Draft) => string | null;

type Steps = readonly (string | number)[];

function placesIn(value: unknown, steps: Steps = []): Steps[] {
  if (value === null || typeof value !== 'object' || Buffer.isBuffer(value)) return [steps];
  const inner = Object.entries(value).flatMap(([name, member]) => placesIn(member, [...steps, name]));
  return [steps, ...inner];
}

function replaced(value: unknown, [step, ...rest]: Steps, by: unknown): unknown {
  if (step === undefined) return by;
  if (Array.isArray(value)) {
    return value.map((item, i) => (String(i) === String(step) ? replaced(item, rest, by) : item));
  }
  const members = Object.entries(value as object);
  // Not by assignment: a member may be called __proto__.
  return Object.fromEntries(
    members.flatMap(([name, member]) => {
      if (name !== step) return [[name, member]];
      return rest.length === 0 && by === undefined ? [] : [[name, replaced(member, rest, by)]];
    }),
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value) && !Buffer.isBuffer(value);
}

const dropMember: Mutation = (draft) => {
  if (!isObject(draft.body)) return null;
  const places = placesIn(draft.body).filter((steps) => steps.length > 0);
  if (places.length === 0) return null;
  const steps = draft.random.pick(places);
  draft.body = replaced(draft.body, steps, undefined);
  return `without ${steps.join('.')}`;
};

/** Text of articles may hold anything a key's secret looks like; elsewhere a real one must never come back. */
function strangeValue({ random, world, caller }: Draft, steps: Steps): unknown {
  const issued = world.issued(placeOf(caller)).items as IssuedSecret[];
  const isFree = steps.some((step) => step === 'content' || step === 'tags');
  if (!isFree && issued.length > 0 && random.chance(0.1)) return random.pick(issued).secret;
  return random.pick(hostileValues);
}

const strangeMember: Mutation = (draft) => {
  if (!isObject(draft.body)) return null;
  const steps = draft.random.pick(placesIn(draft.body));
  draft.body = replaced(draft.body, steps, strangeValue(draft, steps));
  return `another value at ${steps.join('.') || 'the root'}`;
};

const declaredMember: Mutation = (draft) => {
  const { operation, random } = draft;
  if (!isObject(draft.body)) return null;
  const name = random.pick(Object.keys(resolved(operation.body!.schema).properties ?? { none: {} }));
  draft.body = { ...draft.body, [name]: strangeValue(draft, [name]) };
  return `a strange ${name}`;
};

function beyond(schema: Schema, random: Random): unknown {
  const { minimum, maximum, minLength, maxLength, maxItems } = schema;
  const options: unknown[] = [null, `${schema.enum?.[0] ?? 'X'}`.toUpperCase()];
  if (minimum !== undefined) options.push(minimum - 1, minimum, minimum + 0.5);
  if (maximum !== undefined) options.push(maximum + 1, maximum, 2 ** 53, 1e21, -0);
  if (minLength !== undefined) options.push('x'.repeat(minLength - 1), ' '.repeat(minLength));
  if (maxLength !== undefined && maxLength <= 20_000) {
    options.push('x'.repeat(maxLength + 1), 'x'.repeat(maxLength), '🔑'.repeat(maxLength / 2));
  }
  if (maxItems !== undefined) options.push(Array.from({ length: maxItems + 1 }, () => 'x'));
  return random.pick(options);
}

const atTheBound: Mutation = (draft) => {
  const { operation, random } = draft;
  if (!isObject(draft.body)) return null;
  const [name, schema] = random.pick(Object.entries(resolved(operation.body!.schema).properties ?? {}));
  draft.body = { ...draft.body, [name]: beyond(resolved(schema), random) };
  return `${name} at or beyond its bound`;
};

const unknownMember: Mutation = (draft) => {
  if (!isObject(draft.body)) return null;
  const name = draft.random.pick(unknownFields);
  draft.body = Object.fromEntries([...Object.entries(draft.body), [name, draft.random.pick(hostileValues)]]);
  draft.refusal = `its field ${name} is unknown`;
  return `an unknown field ${name}`;
};

const foreignId: Mutation = (draft) => {
  const { operation, random, world, caller } = draft;
  const kind = world.kindOf(operation.path);
  if (kind === null || caller.kind === 'nobody' || draft.path.id === undefined) return null;
  if (!operation.path.includes('{id}')) return null;
  const id = world.foreignId(kind, caller, random);
  const owner = id === undefined ? undefined : world.owners.get(id);
  // A person works in every environment of the tenant: only another tenant's is foreign.
  if (id === undefined || owner?.startsWith(caller.tenant.id)) return null;
  draft.path = { ...draft.path, id };
  draft.refusal = 'the id is one of another tenant';
  return 'an id of another tenant';
};

/** They show what they were asked for as it was sent, in the audit log or in a check's input, and find nothing by it. */
const repeating = new Set(['exportLogs', 'verifyKey']);

const foreignReference: Mutation = (draft) => {
  const { random, world, caller } = draft;
  if (!isObject(draft.body) || repeating.has(draft.operation.id)) return null;
  const fields = Object.keys(resolved(draft.operation.body!.schema).properties ?? {});
  const known = fields.flatMap((field) => {
    const kind = { ids: 'key', createdBy: 'usr', assigneeId: 'usr' }[field] ?? world.kindNamed(field);
    return kind === null ? [] : [[field, kind] as const];
  });
  if (known.length === 0) return null;
  const [field, kind] = random.pick(known);
  const id = world.foreignId(kind, caller, random);
  if (id === undefined) return null;
  draft.body = { ...draft.body, [field]: /ids$/i.test(field) ? [id] : id };
  return `${field} of another place`;
};

const goneId: Mutation = (draft) => {
  const kind = draft.world.kindOf(draft.operation.path);
  if (kind === null || !draft.operation.path.includes('{id}')) return null;
  const gone = draft.world.pool(kind, homeOf(kind, draft.caller)).gone.items;
  const { id = 'x' } = draft.path;
  const others = [id.toUpperCase(), id.slice(0, -1), `${id}x`, `${kind}_`, id.slice(4), '%00'];
  draft.path = { ...draft.path, id: draft.random.pick([...gone, ...others]) };
  return 'an id that is no more, or never was';
};

const strangeQuery: Mutation = (draft) => {
  const { operation, random } = draft;
  const names = operation.parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name);
  if (names.length === 0) return null;
  const name = random.pick(names);
  const pairs = draft.query.filter(([other]) => other !== name);
  const strange = random.pick([`${name}=${random.pick(queryValues)}`, `${name}=a&${name}=b`, `${name}[]=1`]);
  const base = operation.path.replaceAll(/\{(\w+)\}/g, (_, part: string) => draft.path[part] ?? 'none');
  const own = pairs.map(([other, value]) => `${other}=${encodeURIComponent(value)}`);
  draft.target = `${base}?${[...own, strange].join('&')}`;
  return `the query ${strange.slice(0, 40)}`;
};

const mangledCursor: Mutation = (draft) => {
  const { operation, random, world, caller } = draft;
  if (!operation.parameters.some(({ name }) => name === 'cursor')) return null;
  const known = world.ring<string>(`cursor@${operation.id}@${placeOf(caller)}`).items;
  const cursor = known.length > 0 ? random.pick(known) : 'AAAA';
  const cut = random.int(0, cursor.length);
  const others = world.ring<string>('cursor').items;
  const mangled = random.pick([
    cursor.slice(0, cut),
    cursor.slice(0, cut) + random.text(3) + cursor.slice(cut),
    cursor.toLowerCase(),
    `${cursor}=`,
    others.length > 0 ? random.pick(others) : 'x',
    random.text(400),
  ]);
  draft.query = [...draft.query.filter(([name]) => name !== 'cursor'), ['cursor', mangled || 'x']];
  return 'a mangled cursor';
};

const strangeHeader: Mutation = (draft) => {
  const { random } = draft;
  const names = ['if-match', 'idempotency-key', 'x-request-id', 'x-keyward-environment', 'accept', 'range'];
  const name = random.pick(names);
  const value = random.pick(headerValues[name] ?? ['*/*']).replaceAll(/[\r\n\0]/g, '');
  draft.headers = [...draft.headers.filter(([other]) => other !== name), [name, value]];
  draft.isAlone = true;
  return `${name}: ${value.slice(0, 40)}`;
};

const staleTag: Mutation = (draft) => {
  if (!draft.operation.isVersioned) return null;
  const others = draft.headers.filter(([name]) => name !== 'if-match');
  const value = draft.random.pick(['"stale"', 'W/"stale"', '"a", "b"']);
  draft.headers = [...others, ['if-match', value]];
  draft.refusal = 'If-Match names no version of it';
  return 'an old entity tag';
};

const otherHost: Mutation = (draft) => {
  const { caller, random, operation } = draft;
  if (caller.kind !== 'key' || operation.security.length === 0) return null;
  const other = random.pick(environments.filter((environment) => environment !== caller.environment));
  draft.headers = draft.headers.map(([name, value]) => [name, name === 'host' ? hostOf[other] : value]);
  draft.refusal = 'the key belongs to another environment';
  return 'the host of another environment';
};

const noCredential: Mutation = (draft) => {
  if (draft.operation.security.length === 0) return null;
  const isLeftOut = draft.random.chance(0.5);
  draft.headers = draft.headers.flatMap(([name, value]) => {
    if (name !== 'authorization' && name !== 'cookie') return [[name, value] as const];
    return isLeftOut ? [] : [[name, value.slice(0, Math.floor(value.length * 0.8))] as const];
  });
  draft.refusal = 'its credential is missing or cut';
  return 'no credential, or half of one';
};

const crossSite: Mutation = (draft) => {
  if (draft.caller.kind !== 'person' || draft.method === 'GET') return null;
  draft.headers = draft.headers.map(([name, value]) => {
    if (name === 'origin') return [name, 'https://evil.example'];
    return [name, name === 'sec-fetch-site' ? 'cross-site' : value];
  });
  if (draft.operation.security.length > 0) draft.refusal = 'another site sent it';
  return 'from another site';
};

const list: readonly Mutation[] = [
  dropMember,
  strangeMember,
  strangeMember,
  declaredMember,
  declaredMember,
  atTheBound,
  unknownMember,
  foreignId,
  foreignId,
  foreignReference,
  goneId,
  strangeQuery,
  mangledCursor,
  strangeHeader,
  staleTag,
  otherHost,
  noCredential,
  crossSite,
];

/** Makes a valid draft nearly valid: wrong, or odd, at one place. */
export function mutate(draft: Draft): void {
  for (let i = 0; i < 20; i++) {
    const what = draft.random.pick(list)(draft);
    if (what !== null) {
      draft.what = what;
      return;
    }
  }
}
