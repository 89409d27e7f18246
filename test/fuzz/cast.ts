import type { Environment } from '../../src/core/environments.ts';
import type { Role } from '../../src/core/roles.ts';
import { createScopeCatalogue } from '../../src/core/scopes.ts';
import type { RawAnswer } from '../raw-http.ts';
import { operationNamed } from './document.ts';
import type { FuzzRequest } from './draft.ts';
import { cookiesOf } from './learn.ts';
import type { Random } from './random.ts';
import { type Caller, hostOf, type KeyCaller, type Person, type Tenant, type World } from './world.ts';

export type Perform = (request: FuzzRequest) => Promise<RawAnswer | null>;

const everyScope = [...createScopeCatalogue().all];
const highest = { perMinute: 1_000_000, burst: 1_000_000, perDay: 1_000_000_000 };

export interface Plain {
  readonly body?: unknown;
  readonly path?: string;
  readonly headers?: readonly (readonly [string, string])[];
}

/** A request of a scripted course of events, judged like every other. */
export function plainRequest(
  world: World,
  operationId: string,
  caller: Caller,
  plain: Plain = {},
): FuzzRequest {
  const operation = operationNamed(operationId);
  const own: (readonly [string, string])[] =
    caller.kind === 'key'
      ? [
          ['host', hostOf[caller.environment]],
          ['authorization', `Bearer ${caller.secret}`],
        ]
      : [['host', 'localhost']];
  if (caller.kind === 'person') {
    own.push(
      ['cookie', caller.cookie],
      ['origin', world.server.publicUrl],
      ['sec-fetch-site', 'same-origin'],
    );
  }
  const { body } = plain;
  if (body !== undefined) own.push(['content-type', 'application/json']);
  return {
    operation,
    caller,
    method: operation.method,
    target: plain.path ?? operation.path,
    headers: [...own, ['x-forwarded-for', caller.ip], ...(plain.headers ?? [])],
    body:
      body === undefined
        ? operation.method === 'GET'
          ? null
          : Buffer.alloc(0)
        : Buffer.from(JSON.stringify(body)),
    what: 'a scripted step',
    isElsewhere: false,
    refusal: null,
    code: null,
    isReplay: false,
  };
}

/** Makes and replaces those who call. */
export class Cast {
  readonly #world: World;
  readonly #random: Random;
  readonly #perform: Perform;

  constructor(world: World, random: Random, perform: Perform) {
    this.#world = world;
    this.#random = random;
    this.#perform = perform;
  }

  #ip(): string {
    return `198.51.${this.#random.int(0, 255)}.${this.#random.int(1, 254)}`;
  }

  password(): string {
    const password = `${this.#random.text(26)} pw`;
    this.#world.secrets.add(password, 'a password');
    return password;
  }

  #person(tenant: Tenant, role: Role, email: string, password: string, ip: string): Person {
    return {
      kind: 'person',
      tenant,
      role,
      email,
      password,
      ip,
      cookie: '',
      environment: this.#random.pick(['production', 'sandbox']),
      madeAtMs: performance.now(),
    };
  }

  #cookieFrom(answer: RawAnswer | null, what: string): string {
    const header = answer?.headers['set-cookie'];
    if (header === undefined) throw new Error(`${what} failed: ${answer?.status} ${answer?.text}`);
    return cookiesOf(header);
  }

  /** The first owner, by way of the set-up link. */
  async setUp(): Promise<Person> {
    const { setupLink } = this.#world.server;
    const token = setupLink.split('#token=')[1]!;
    this.#world.secrets.add(token, 'the set-up link');
    const ip = this.#ip();
    const email = 'first@example.com';
    const password = this.password();
    const body = { token, name: 'First owner', email, password, tenantName: 'Alpha' };
    const answer = await this.#perform(plainRequest(this.#world, 'setUp', { kind: 'nobody', ip }, { body }));
    const cookie = this.#cookieFrom(answer, 'the set-up');
    const tenant = { id: answer!.body.tenant.id, marker: 'zqmarkeralpha' };
    this.#world.tenants.push(tenant);
    this.#world.protectedIds.add(answer!.body.user.id);
    return Object.assign(this.#person(tenant, 'owner', email, password, ip), { cookie });
  }

  async secondTenant(): Promise<Person> {
    const email = 'second@example.com';
    const password = this.password();
    const made = await this.#world.server.ask('tenant', { email, password, tenantName: 'Beta' });
    const tenant = { id: made.tenantId, marker: 'zqmarkerbeta' };
    this.#world.tenants.push(tenant);
    this.#world.protectedIds.add(made.userId);
    const owner = this.#person(tenant, 'owner', email, password, this.#ip());
    await this.signIn(owner);
    return owner;
  }

  async signIn(person: Person): Promise<void> {
    const { email, password, ip } = person;
    const request = plainRequest(
      this.#world,
      'signIn',
      { kind: 'nobody', ip },
      { body: { email, password } },
    );
    person.cookie = this.#cookieFrom(await this.#perform(request), 'the sign-in');
  }

  /** `isKept`: nobody removes this person by chance. */
  async newPerson(tenant: Tenant, role: Role, isKept = true): Promise<Person> {
    const email = `${this.#world.fresh('member')}@example.com`;
    const { link } = await this.#world.server.ask('invite', { tenantId: tenant.id, email, role });
    const token = link.split('#token=')[1]!;
    this.#world.secrets.add(token, 'an invitation');
    const person = this.#person(tenant, role, email, this.password(), this.#ip());
    const body = { token, name: `The ${role}`, password: person.password };
    const nobody = { kind: 'nobody', ip: person.ip } as const;
    const answer = await this.#perform(plainRequest(this.#world, 'acceptInvitation', nobody, { body }));
    person.cookie = this.#cookieFrom(answer, 'accepting');
    if (isKept) this.#world.protectedIds.add(answer!.body.user.id);
    return person;
  }

  async newKey(label: string, tenant: Tenant, environment: Environment): Promise<KeyCaller> {
    const scopes = label === 'reader' ? ['knowledge:read'] : everyScope;
    const rateLimit = label === 'limited' ? { perMinute: 60, burst: 0, perDay: 1_000_000 } : highest;
    const input = {
      name: `Fuzz — ${label}`,
      scopes,
      rateLimit,
      ...(label === 'elsewhere' ? { ipAllowlist: ['192.0.2.1/32'] } : {}),
    };
    const { id, secret } = await this.#world.server.ask('key', { tenantId: tenant.id, environment, input });
    this.#world.secrets.add(secret, 'a key');
    this.#world.protectedIds.add(id);
    return {
      kind: 'key',
      label,
      tenant,
      environment,
      id,
      secret,
      ip: this.#ip(),
      scopes: label === 'reader' ? scopes : null,
    };
  }

  /** Everybody who calls at the start. */
  async gather(): Promise<void> {
    const { people, keys } = this.#world;
    people.push(await this.setUp(), await this.secondTenant());
    const [alpha, beta] = this.#world.tenants as [Tenant, Tenant];
    for (const role of ['owner', 'admin', 'developer', 'viewer'] as const) {
      people.push(await this.newPerson(alpha, role));
    }
    for (const environment of ['production', 'sandbox'] as const) {
      for (const tenant of [alpha, beta]) keys.push(await this.newKey('full', tenant, environment));
    }
    for (const label of ['reader', 'limited', 'elsewhere', 'revoked']) {
      keys.push(await this.newKey(label, alpha, 'production'));
    }
    const revoked = keys.at(-1)!;
    await this.#perform(plainRequest(this.#world, 'revokeMe', revoked));
  }
}
