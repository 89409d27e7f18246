import { createScopeCatalogue } from '../../src/core/scopes.ts';
import { createSecret } from '../../src/core/secret.ts';
import { type Operation, operations, resolved, type Schema } from './document.ts';
import type { Random } from './random.ts';
import { type Caller, homeOf, type IssuedSecret, placeOf, type World } from './world.ts';

const catalogue = createScopeCatalogue();
const scopeNames = [...catalogue.all];
const bundleNames = catalogue.bundles.map(({ name }) => name);
/** Well-formed, and nobody's. */
export const decoySecret = createSecret('sa', 'production').secret;

export interface Maker {
  readonly random: Random;
  readonly world: World;
  readonly caller: Caller;
  readonly operation: Operation;
}

const words =
  'refund invoice token webhook Straße naïve 日本語 émigré 🔑 rate limit sandbox rotate archive О́ a\u0301 İstanbul -- 0'.split(
    ' ',
  );

function sentence({ random, caller }: Maker, maxLength: number): string {
  const some = Array.from({ length: random.int(1, 6) }, () => random.pick(words));
  const marker = caller.kind !== 'nobody' && random.chance(0.7) ? [caller.tenant.marker] : [];
  return [...marker, ...some].join(' ').slice(0, maxLength).toWellFormed().trim() || 'x';
}

function markdown(maker: Maker): string {
  const { random } = maker;
  const parts = Array.from({ length: random.int(0, 6) }, () => {
    const text = sentence(maker, 500);
    return random.pick([`# ${text}`, `- ${text}`, `\`\`\`\n${text}\n\`\`\``, `[${text}](#x)`, text]);
  });
  return (random.chance(0.02) ? parts.join('\n\n').repeat(40) : parts.join('\n\n')).slice(0, 50_000);
}

function idOf(kind: string, { random, world, caller }: Maker): string | undefined {
  return world.pool(kind, homeOf(kind, caller)).pick(random);
}

function secretOf({ random, world, caller }: Maker): string {
  const issued = world.issued(placeOf(caller)).items;
  if (issued.length === 0 || random.chance(0.1)) return decoySecret;
  return random.pick(issued as IssuedSecret[]).secret;
}

function licenseKeyOf({ random, world, caller }: Maker): string {
  const known = world.ring<string>(`license@${placeOf(caller)}`).items;
  return known.length === 0 || random.chance(0.1) ? '7K2QF-9ZC4M-XH31T-0VJ8R-D6WBE' : random.pick(known);
}

function scopesOf({ random }: Maker): string[] {
  if (random.chance(0.1)) return [];
  return [...new Set(Array.from({ length: random.int(1, 4) }, () => random.pick(scopeNames)))];
}

function personal(name: string, maker: Maker): string | undefined {
  const { random, world, caller } = maker;
  const person = caller.kind === 'person' ? caller : undefined;
  if (name === 'email') return `${world.fresh('guest')}@example.com`;
  if (name === 'newPassword') return `${random.text(24)} New`;
  return person?.password ?? `${random.text(20)}`;
}

const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1_000).toISOString();

const jobKinds = [
  'contacts.import',
  'kb.import',
  'licenses.create',
  'logs.export',
  'retention',
  'usage.repair',
];
const networks = ['0.0.0.0/0', '::/0', '198.51.100.0/24', '2001:db8::/32', '203.0.113.7'];

/** What a schema cannot say of a field: name → a value that makes sense there. */
const special: Readonly<Record<string, (maker: Maker) => unknown>> = {
  subcategoryId: () => null,
  slug: ({ random }) => `${random.pick(['topic', 'thema', '話題'])}-${random.int(1, 400)}`,
  tags: ({ random }) =>
    random.chance(0.3)
      ? null
      : Array.from({ length: random.int(0, 4) }, () => `tag-${random.pick('abcdefghij'.split(''))}`),
  tag: ({ random }) => `tag-${random.pick('abcdefghij'.split(''))}`,
  content: markdown,
  q: ({ random }) => `${random.pick(words)} ${random.pick(words)}`,
  scopes: scopesOf,
  scope: ({ random }) => random.pick(scopeNames),
  bundle: ({ random }) => random.pick(bundleNames),
  ipAllowlist: ({ random }) =>
    random.chance(0.5) ? null : Array.from({ length: random.int(0, 3) }, () => random.pick(networks)),
  ip: ({ random }) => random.pick(['203.0.113.7', '198.51.100.9', '2001:db8::1']),
  owner: ({ caller, random }) => (caller.kind === 'person' && random.chance(0.3) ? 'user' : 'tenant'),
  namePattern: ({ random }) => random.pick([null, '<Integration> — <Environment>', '<any>']),
  personalNamePattern: ({ random }) => random.pick([null, '<service_name>-<dd_mm_yyyy>-<hh_mm>', '<any>']),
  environment: ({ caller }) => (caller.kind === 'nobody' ? 'production' : caller.environment),
  expiresAt: ({ random }) =>
    random.chance(0.3) ? null : new Date(Date.now() + random.int(60_000, 1e10)).toISOString(),
  createdBy: (maker) => idOf('usr', maker) ?? 'usr_none',
  ids: (maker) => Array.from({ length: maker.random.int(1, 2) }, () => idOf('key', maker) ?? 'key_none'),
  assigneeId: (maker) => idOf('usr', maker) ?? 'usr_none',
  machineId: ({ random }) => `machine-${random.int(1, 3)}`,
  phone: ({ random }) => `+49 30 ${random.int(100_000, 100_200)}`,
  key: (maker) => (/licenses/.test(maker.operation.path) ? licenseKeyOf(maker) : secretOf(maker)),
  secret: secretOf,
  from: ({ random }) => inSeconds(-random.int(60, random.chance(0.8) ? 7_200 : 10_000_000)),
  to: ({ random }) => inSeconds(random.int(-60, 3_600)),
  route: ({ random }) => random.pick(operations).path,
  kind: ({ random }) => random.pick(jobKinds),
  'maskFields[]': ({ random }) => random.pick(['name', 'rateLimit.perDay', 'メモ', 'content', 'errors.path']),
  updatedSince: ({ random }) => inSeconds(-random.int(0, 7_200)),
  count: ({ random }) => random.int(1, 20),
  url: ({ random, world, caller }) => world.server.receiver.urlFor(caller, random),
  'events[]': ({ random }) => random.pick(['*', 'key.*', 'contact.*', 'job.failed', 'message.created']),
  cost: ({ random }) => (random.chance(0.9) ? 1 : random.int(1, 50)),
  sha256: ({ random }) => random.text(64, '0123456789abcdef'),
  email: (maker) => personal('email', maker),
  password: (maker) => personal('password', maker),
  currentPassword: (maker) => personal('password', maker),
  newPassword: (maker) => personal('newPassword', maker),
  token: ({ random }) => random.text(43),
  code: ({ random }) => random.text(6, '0123456789'),
  role: ({ random }) => random.pick(['admin', 'developer', 'viewer', 'viewer']),
  perMinute: ({ random }) => (random.chance(0.1) ? random.int(1, 100) : random.int(100_000, 1_000_000)),
  burst: ({ random }) => random.int(0, 100),
  perDay: ({ random }) => random.int(1_000_000, 1_000_000_000),
};

function number(schema: Schema, random: Random): number {
  const least = schema.minimum ?? -1_000;
  const most = schema.maximum ?? 1_000_000;
  return random.pick([least, most, random.int(least, most), random.int(least, Math.min(most, least + 100))]);
}

/** A value that the schema takes, and most often the server too. */
export function madeValue(schema: Schema, name: string, maker: Maker): unknown {
  const own = special[name];
  if (own !== undefined) return own(maker);
  const shape = resolved(schema);
  const { random, world } = maker;
  if (shape.const !== undefined) return shape.const;
  if (shape.enum) return random.pick(shape.enum);
  if (shape.anyOf) return madeValue(random.pick(shape.anyOf), name, maker);
  const types = [shape.type ?? 'string'].flat();
  const type = types.includes('null') && random.chance(0.2) ? 'null' : types[0];
  if (type === 'null') return null;
  if (type === 'object') return objectOf(shape, maker);
  if (type === 'array') return listOf(shape, name, maker);
  if (type === 'integer' || type === 'number') return number(shape, random);
  if (type === 'boolean') return random.chance(0.5);
  const kind = world.kindNamed(name);
  if (kind !== null) return idOf(kind, maker) ?? `${kind}_none`;
  return sentence(maker, Math.min(shape.maxLength ?? 100, 200));
}

function listOf(shape: Schema, name: string, maker: Maker): unknown[] {
  const least = shape.minItems ?? 0;
  const length = maker.random.int(least, Math.min(shape.maxItems ?? 3, least + 2));
  return Array.from({ length }, () => madeValue(shape.items ?? {}, `${name}[]`, maker));
}

function objectOf(shape: Schema, maker: Maker): Record<string, unknown> {
  const required = new Set(shape.required ?? []);
  const members = Object.entries(shape.properties ?? {}).filter(
    ([name]) => required.has(name) || maker.random.chance(0.35),
  );
  const made = Object.fromEntries(members.map(([name, schema]) => [name, madeValue(schema, name, maker)]));
  for (const [one, other] of exclusive) if (one in made && other in made) delete made[one];
  return made;
}

/** Of each pair at most one may be sent. */
const exclusive = [
  ['bundle', 'scopes'],
  ['rateLimit', 'tier'],
] as const;

type Body = Record<string, unknown>;

function drop(body: Body, ...names: string[]): void {
  for (const name of names) delete body[name];
}

/** What holds between fields, by operation. */
const repairs: Readonly<Record<string, (body: Body, maker: Maker) => void>> = {
  updateKey: (body) => drop(body, 'scopes', 'bundle', 'environment'),
  replaceKey: (body, maker) => {
    if (!('scopes' in body) && !('bundle' in body)) body.scopes = scopesOf(maker);
  },
  bulkRevokeKeys: (body, maker) => {
    const isWide = maker.random.chance(0.01);
    drop(body, 'customerId', ...(isWide ? ['ids'] : ['createdBy', 'environment']));
    if (isWide && ('createdBy' in body || !('environment' in body))) drop(body, 'environment');
    if (!['ids', 'createdBy', 'environment'].some((name) => name in body)) body.ids = special.ids!(maker);
  },
  verifyKey: (body, { random }) => {
    if (random.chance(0.7)) drop(body, 'scopes');
  },
  createArticle: withSubcategory,
  updateArticle: withSubcategory,
  signIn: (body, { random, world }) => {
    const person = random.pick(world.people);
    if (random.chance(0.8)) Object.assign(body, { email: person.email, password: person.password });
  },
  createConversation: withContact,
  beginConversation: withContact,
  sendTelemetry: (body, { random }) => {
    if (random.chance(0.8)) Object.assign(body, random.pick(measurements));
  },
  createAlert: withUsableAlert,
  updateAlert: withUsableAlert,
  updateSettings: (body, { random }) => {
    // A strict policy for keys would leave little else to try.
    if ('keyPolicy' in body && random.chance(0.9)) body.keyPolicy = null;
  },
  updateTenant: (body, { random }) => {
    if (random.chance(0.5)) drop(body, 'ceilings');
  },
};

const measurements = [
  { type: 'value', name: 'fill', value: 0.5 },
  { type: 'points', name: 'load', value: [1, { at: '2026-03-10T12:00:00Z', value: 2 }] },
  { type: 'text', name: 'note', value: 'warm' },
];

/** Either a contact that is known, or what is known of a new one. */
function withContact(body: Body, maker: Maker): void {
  const id = maker.random.chance(0.3) ? idOf('con', maker) : undefined;
  const { id: _, ...described } = body.contact as Body;
  body.contact = id === undefined ? { ...described, email: personal('email', maker) } : { id };
}

/** There is no mail server. */
function withUsableAlert(body: Body, { random }: Maker): void {
  drop(body, 'keyIds');
  body.channels = { webhook: true };
  if ('conditions' in body)
    body.conditions = random.pick([
      [{ code: 'limit_reached' }, { code: 'expires_soon', days: 30 }],
      [{ code: 'day_limit_near', percent: 50 }],
      [{ code: 'error_rate' }],
    ]);
  if ('quiet' in body)
    body.quiet = random.pick([null, { from: '22:00', to: '07:00', timeZone: 'Europe/Berlin' }]);
}

function withSubcategory(body: Body, maker: Maker): void {
  const { random, world, caller } = maker;
  if (!random.chance(0.3)) return;
  const pool = world.pool('sub', placeOf(caller));
  const id = pool.pick(random);
  if (id !== undefined) Object.assign(body, { subcategoryId: id, categoryId: pool.ids.get(id) });
}

/** A body that the operation takes, as far as one can know before. */
export function bodyOf(maker: Maker): unknown {
  const { operation } = maker;
  if (operation.body === null) return undefined;
  const body = madeValue(operation.body.schema, '', maker) as Body;
  repairs[operation.id]?.(body, maker);
  return body;
}
