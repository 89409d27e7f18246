import { z } from 'zod';
import { createSecret } from '../src/core/secret.ts';
import type { Route } from '../src/http/route.ts';

/** A JSON Schema, as far as request bodies and queries need one. */
interface Shape {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
  readonly items?: Shape;
  readonly anyOf?: readonly Shape[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly format?: string;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly minLength?: number;
  readonly minItems?: number;
}

const shapes = new Map<z.ZodType, Shape>();

export function shapeOf(schema: z.ZodType): Shape {
  const shape =
    shapes.get(schema) ?? (z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Shape);
  shapes.set(schema, shape);
  return shape;
}

/** Text that stands in JSON as it is: what JSON.stringify would never write. */
class Raw {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toJSON(): string {
    return `\u2063${this.text}\u2063`;
  }
}

export function jsonOf(value: unknown): string {
  return JSON.stringify(value).replaceAll(/"\u2063([^\u2063]*)\u2063"/g, '$1');
}

export const leakedSecret = createSecret('sa', 'production').secret;

/** Own members of these names, which an object literal would not make. */
function withMember(name: string, value: unknown): object {
  return Object.fromEntries([[name, value]]);
}

const pollution = { polluted: 'yes', isAdmin: true, toString: 1 };

/** What every field gets, whatever its type. */
export const hostileValues: readonly unknown[] = [
  null,
  true,
  -1,
  1,
  1.5,
  9_007_199_254_740_992,
  new Raw('1e400'),
  '',
  'x'.repeat(100_000),
  `a${'\u0301'.repeat(50_000)}`,
  'a\u0000b',
  'x\ud800',
  '\u202e\u200b\r\nSet-Cookie: a=b',
  "' OR 1=1; DROP TABLE keys; -- %s%n",
  '../../../etc/passwd',
  '__proto__',
  '9999-12-31T23:59:59Z',
  '+275760-09-13T00:00:00.000Z',
  leakedSecret,
  [],
  [null],
  ['x', ['x'], {}],
  Array.from({ length: 1_001 }, () => 'x'),
  {},
  { ...pollution, length: 1e9 },
  withMember('__proto__', pollution),
  withMember('constructor', { prototype: pollution }),
];

/** Values that make a body valid where the schema alone cannot say so. */
const samples: Readonly<Record<string, unknown>> = {
  email: 'nobody@example.com',
  password: 'never the right one',
  currentPassword: 'never the right one',
  newPassword: 'never the right one 2',
  role: 'viewer',
  perMinute: 1_000_000,
  burst: 0,
  perDay: 1_000_000_000,
  scopes: ['knowledge:read'],
  environment: 'sandbox',
  key: leakedSecret,
  secret: leakedSecret,
};

let made = 0;

/** A value that the schema takes; texts differ from call to call, so that no slug is taken. */
export function sampleOf(shape: Shape, name = ''): unknown {
  if (Object.hasOwn(samples, name)) return samples[name];
  if ('const' in shape) return shape.const;
  if (shape.enum) return shape.enum[0];
  if (shape.anyOf) return sampleOf(shape.anyOf[0]!, name);
  const type = Array.isArray(shape.type) ? shape.type[0] : shape.type;
  if (type === 'object') return sampleObject(shape);
  if (type === 'array') return shape.minItems ? [sampleOf(shape.items!)] : [];
  if (type === 'integer' || type === 'number') return Math.max(1, shape.minimum ?? 1);
  if (type === 'boolean') return false;
  if (shape.format === 'date-time') return '2030-01-01T00:00:00Z';
  made++;
  if (shape.pattern?.includes('[0-9a-f]{64}')) return made.toString(16).padStart(64, '0');
  if (shape.pattern?.includes('\\d{6}')) return '000000';
  return `Hostile ${made.toString(36)}`.padEnd(shape.minLength ?? 0, 'x');
}

function sampleObject(shape: Shape): Record<string, unknown> {
  const required = new Set(shape.required ?? []);
  const own = Object.entries(shape.properties ?? {}).filter(([name]) => required.has(name));
  return Object.fromEntries(own.map(([name, property]) => [name, sampleOf(property, name)]));
}

type Path = readonly (string | number)[];

/** Every field that the schema declares, at any depth; members of a list at its first place. */
export function fieldsOf(shape: Shape, path: Path = []): Path[] {
  const inner = [
    ...Object.entries(shape.properties ?? {}).flatMap(([name, property]) => {
      const own = [...path, name];
      return [own, ...fieldsOf(property, own)];
    }),
    ...(shape.items ? [[...path, 0], ...fieldsOf(shape.items, [...path, 0])] : []),
    ...(shape.anyOf ?? []).flatMap((option) => fieldsOf(option, path)),
  ];
  return inner;
}

function shapeAt(shape: Shape, step: string | number): Shape {
  for (const option of [shape, ...(shape.anyOf ?? [])]) {
    const found = typeof step === 'number' ? option.items : option.properties?.[step];
    if (found) return found;
  }
  return {};
}

/** A body that is valid but for `value` at `path`. */
export function bodyWith(shape: Shape, base: unknown, path: Path, value: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  const child = shapeAt(shape, step);
  if (typeof step === 'number') return [bodyWith(child, sampleOf(child), rest, value)];
  const object =
    base !== null && typeof base === 'object' && !Array.isArray(base) ? base : sampleObject(shape);
  const old = (object as Record<string, unknown>)[step];
  const hasObject = old !== null && typeof old === 'object';
  return { ...object, [step]: bodyWith(child, hasObject ? old : firstObject(child), rest, value) };
}

function firstObject(shape: Shape): unknown {
  const option = [shape, ...(shape.anyOf ?? [])].find((candidate) => candidate.properties);
  return option ? sampleObject(option) : undefined;
}

function nested(open: string, close: string, depth: number, inside = ''): string {
  return open.repeat(depth) + inside + close.repeat(depth);
}

export interface HostileBody {
  readonly what: string;
  readonly payload: string | Buffer;
  readonly contentType?: string | null;
}

const wideText = Array.from({ length: 20_000 }, (_, i) => `"k${i}":1`).join(',');

/** Bodies that are wrong for every route, as they come over the wire. */
export const rawBodies: readonly HostileBody[] = [
  ...[
    '',
    ' ',
    '{',
    '[',
    '"',
    '{"a":}',
    "{'a':1}",
    '{a:1}',
    '{"a":1,}',
    '{"a":1}{"b":2}',
    '{"a":01}',
    'NaN',
    'undefined',
    '-',
    '\u0000',
    '\ufeff{}',
    'null',
    'true',
    '0',
    '1e400',
    '"text"',
    '[]',
    '[{}]',
    '{}',
    '{"":1}',
    '{"\\u0000":1}',
    '{"\\ud800":1}',
    '{"__proto__":{"polluted":"yes"}}',
    '{"__proto__":null}',
    '{"\\u005f_proto__":{"polluted":"yes"}}',
    '{"a":{"__proto__":{"polluted":"yes"}}}',
    '{"constructor":{"prototype":{"polluted":"yes"}}}',
    '{"prototype":{"polluted":"yes"}}',
    '{"toString":1,"valueOf":1,"hasOwnProperty":1,"then":1}',
    `{"${leakedSecret}":1}`,
    `{"${'k'.repeat(100_000)}":1}`,
    `{${wideText}}`,
    nested('[', ']', 1_000),
    nested('{"a":', '}', 1_000, '1'),
    nested('[', '', 100_000),
    nested('{"a":', '', 100_000),
    nested('[{"a":', '}]', 1_000, '1'),
    `{"a":"${'\\u0061'.repeat(10_000)}"}`,
  ].map((payload) => ({ what: `the body ${payload.slice(0, 40)}`, payload })),
  { what: 'bytes that are not UTF-8', payload: Buffer.from('7b226e616d65223a22ff227d', 'hex') },
  { what: 'overlong UTF-8', payload: Buffer.from('7b226e616d65223a22c080227d', 'hex') },
  { what: 'a surrogate in UTF-8', payload: Buffer.from('7b226e616d65223a22eda080227d', 'hex') },
  { what: 'a cut character', payload: Buffer.from('7b226e616d65223a22e282', 'hex') },
  { what: 'UTF-16', payload: Buffer.from('{"name":"x"}', 'utf16le') },
  { what: 'zeros', payload: Buffer.alloc(1_000) },
  { what: 'more than the limit', payload: `{"name":"${'x'.repeat(1_048_576)}"}` },
  ...[
    null,
    '',
    ';',
    'x',
    '*/*',
    'text/plain',
    'text/json',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/xml',
    'application/jsonx',
    'application/json, text/plain',
    'application/json; charset=utf-16',
    'application/json; charset=latin1',
    'application/json; charset="utf-8"',
    'application/json; charset=',
    'application/json; charset=utf-8; charset=utf-16',
    'APPLICATION/JSON;CHARSET=UTF-8',
    'application/merge-patch+json',
    `application/json; x=${'y'.repeat(5_000)}`,
    'application/json\u0000',
    '__proto__',
  ].map((contentType) => ({
    what: `the media type ${contentType?.slice(0, 60)}`,
    payload: '{}',
    contentType,
  })),
];

/** Raw query values, percent-encoded as they come. */
export const queryValues: readonly string[] = [
  '',
  'x'.repeat(10_000),
  '%00',
  'a%00b',
  '%ff',
  '%zz',
  '%',
  '%E0%A4%A',
  '%ED%A0%80',
  '%F0%9F%94%91',
  '%2525',
  '%20',
  '-1',
  '0',
  '1',
  '1.5',
  '1e400',
  '99999999999999999999',
  'NaN',
  'null',
  'true',
  '__proto__',
  '%27%20OR%201%3D1%3B--',
  '%25_%5C',
  '%22%28*%29%3A%26%7C%21',
  'AAAAAA',
  Buffer.from('\u0000\u0000\u0000\u0000key_01').toString('base64url'),
  '%0d%0aSet-Cookie:%20a=b',
];

export function queriesFor(names: readonly string[], base: string): string[] {
  const join = (...parts: string[]) => parts.filter((part) => part !== '').join('&');
  const one = ['nothing', ...names].flatMap((name) => [
    ...queryValues.map((value) => join(base, `${name}=${value}`)),
    join(base, `${name}=1&${name}=2`),
    join(base, `${name}[]=1`),
    join(base, `${name}[a]=1`),
    join(base, name),
  ]);
  return [
    ...one,
    '&&&===&',
    'x'.repeat(10_000),
    '__proto__=1&constructor=1&__proto__[polluted]=yes&constructor[prototype][polluted]=yes',
    Array.from({ length: 1_500 }, (_, i) => `p${i}=1`).join('&'),
  ];
}

/** Raw path parameters. */
export const pathValues: readonly string[] = [
  'a'.repeat(10_000),
  'a'.repeat(1_001),
  'a'.repeat(1_000),
  'a'.repeat(101),
  '..%2f..%2fetc%2fpasswd',
  '..%5c..%5c',
  '%00',
  'a%00b',
  '%ff',
  '%zz',
  '%',
  '%ED%A0%80',
  '%F0%9F%94%91',
  '\u{1f511}',
  '%2525',
  '%25',
  '%20',
  '%0d%0aSet-Cookie:%20a=b',
  '%27%20OR%201%3D1%3B--',
  '__proto__',
  'constructor',
  'null',
  'undefined',
  '-1',
  '{id}',
  '*',
  ':id',
  leakedSecret,
  leakedSecret.replace('_', '%5F'),
  leakedSecret.replace('_', '%255F'),
];

const junk = Buffer.from(Array.from({ length: 300 }, (_, i) => (i * 7) % 256));

const anyText: readonly string[] = [
  '',
  'x'.repeat(4_000),
  '\u00ff\u00fe\u0080',
  '"',
  '"\\"',
  '*',
  ',,,',
  '{}',
  '__proto__',
  'a\tb\u0000',
  leakedSecret,
];

/** Header → values. A caller's own credential stays, unless the header is the credential. */
export const headerValues: Readonly<Record<string, readonly string[]>> = {
  'if-match': [...anyText, 'W/"x"', '"a", "b"', '"'.repeat(1_000)],
  'idempotency-key': [...anyText, 'x'.repeat(255), 'x'.repeat(256), '"x"', '"x', '\u00e9', 'a b'],
  'x-request-id': [...anyText, 'ok-1', 'x'.repeat(129), '../../x'],
  'x-keyward-environment': [...anyText, 'production', 'Production', 'constructor'],
  'x-forwarded-for': [...anyText, '127.0.0.1', '1.2.3.4, , ::1', '1,'.repeat(1_000), '[::1', 'unknown'],
  host: ['', '[', '[::1]', 'a:99999', 'x'.repeat(1_000), 'sandbox.localhost', 'a b', '\u0000', '__proto__'],
  origin: ['null', '\u00ff', 'https://evil.example'],
  'sec-fetch-site': ['\u00ff', 'cross-site'],
  'user-agent': ['\u00ff\u0000', 'x'.repeat(4_000)],
  accept: ['image/png;q=2', '\u00ff'],
  range: ['bytes=9-1'],
  'content-encoding': ['gzip'],
  'x-http-method-override': ['DELETE'],
};

export const cookies: readonly string[] = [
  ...anyText,
  'keyward_session=',
  'keyward_session=x',
  'keyward_session=x.y',
  'keyward_session=%ff.%ff',
  'keyward_session=%zz',
  `keyward_session=${'x'.repeat(4_000)}.${'y'.repeat(44)}`,
  `keyward_session=a.${Buffer.alloc(32).toString('base64')}`,
  'keyward_session="a.b"',
  'keyward_two_factor=x.y; keyward_session=x.y; keyward_session=y.z',
  '__Host-keyward_session=x.y',
  '=;=;=',
  ';'.repeat(1_000),
];

export const credentials: readonly string[] = [
  ...anyText,
  'Bearer',
  'Bearer ',
  'bearer x',
  'Bearer  ',
  `Bearer ${leakedSecret.slice(0, -1)}`,
  `Bearer ${leakedSecret}\u00a0`,
  `Bearer "${leakedSecret}"`,
  `Bearer ${leakedSecret},${leakedSecret}`,
  `Bearer ${'a'.repeat(8_000)}`,
  `Bearer ${'_live_'.repeat(1_000)}`,
  'Bearer \u00ff\u0000',
  'Bearer __proto__',
  'Basic',
  'Basic ',
  'Basic ====',
  'Basic !!!!',
  `Basic ${junk.toString('base64')}`,
  `Basic ${junk.toString('base64').repeat(15)}`,
  `Basic ${btoa(':')}`,
  `Basic ${btoa('::::')}`,
  `Basic ${btoa(`__proto__:${leakedSecret}`)}`,
  `Basic ${btoa(`key_1:${leakedSecret}`)}`,
  `Digest username="x", response="${leakedSecret}"`,
  'Negotiate YII=',
  'AWS4-HMAC-SHA256 Credential=x',
];

/** The query a route cannot do without. */
export function baseQuery(route: Route): { readonly names: string[]; readonly text: string } {
  if (!route.query) return { names: [], text: '' };
  const shape = shapeOf(route.query);
  const required = (shape.required ?? []).map(
    (name) => `${name}=${encodeURIComponent(String(sampleOf(shape.properties![name]!, name)))}`,
  );
  return { names: Object.keys(shape.properties ?? {}), text: required.join('&') };
}

export const unknownFields = ['nothing', 'constructor', 'prototype', '__proto__', 'toString', 'Name', '$ref'];
