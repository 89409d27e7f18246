import type { Environment } from '../../src/core/environments.ts';
import type { Role } from '../../src/core/roles.ts';
import type { FuzzServer } from './child.ts';
import { parametersIn } from './document.ts';
import type { Random } from './random.ts';
import { SecretScanner } from './secrets.ts';

export interface Tenant {
  readonly id: string;
  /** Stands in what its callers write, and must never be in what others read. */
  readonly marker: string;
}

export interface KeyCaller {
  readonly kind: 'key';
  readonly label: string;
  readonly tenant: Tenant;
  readonly environment: Environment;
  readonly id: string;
  readonly secret: string;
  readonly ip: string;
  /** null: every scope there is. */
  readonly scopes: readonly string[] | null;
}

export interface Person {
  readonly kind: 'person';
  readonly tenant: Tenant;
  readonly role: Role;
  readonly email: string;
  readonly ip: string;
  readonly madeAtMs: number;
  password: string;
  cookie: string;
  environment: Environment;
}

export type Caller = KeyCaller | Person | { readonly kind: 'nobody'; readonly ip: string };

export interface IssuedSecret {
  readonly id: string;
  readonly secret: string;
}

/** What a place may hold before the fuzzer deletes as fast as it makes. */
const capacity = 150;
const ringSize = 200;

export const hostOf: Readonly<Record<Environment, string>> = {
  production: 'localhost',
  staging: 'staging.localhost',
  development: 'dev.localhost',
  sandbox: 'sandbox.localhost',
};

/** The last so many of something. */
export class Ring<T> {
  readonly items: T[] = [];
  #next = 0;
  readonly #size: number;

  constructor(size = ringSize) {
    this.#size = size;
  }

  add(item: T): void {
    this.items[this.#next] = item;
    this.#next = (this.#next + 1) % this.#size;
  }
}

/** Ids of one kind in one place; the oldest first. `about` is what else is known. */
export class Pool {
  readonly ids = new Map<string, string>();
  readonly gone = new Ring<string>(20);

  get isFull(): boolean {
    return this.ids.size > capacity;
  }

  add(id: string, about = ''): void {
    if (this.ids.size > 4 * capacity) this.drop(this.ids.keys().next().value!);
    this.ids.set(id, about);
  }

  drop(id: string): void {
    if (this.ids.delete(id)) this.gone.add(id);
  }

  pick(random: Random): string | undefined {
    return this.ids.size === 0 ? undefined : random.pick([...this.ids.keys()]);
  }
}

/** What the fuzzer knows: who may call, what there is, what was handed out. */
export class World {
  readonly server: FuzzServer;
  readonly tenants: Tenant[] = [];
  readonly keys: KeyCaller[] = [];
  readonly people: Person[] = [];
  readonly secrets = new SecretScanner();
  /** Id → place that has shown it. */
  readonly owners = new Map<string, string>();
  readonly etags = new Map<string, string>();
  /** Path of a list → kind of the ids in it. All but those of keys, which look alike, are learned from answers. */
  readonly kinds = new Map<string, string>([
    ['/api/v1/api-keys', 'key'],
    ['/api/v1/api-keys/{id}/secrets', 'key secret'],
    ['/api/v1/me/api-keys', 'own'],
    ['/api/v1/me/api-keys/{id}/secrets', 'own secret'],
  ]);
  /** Callers' own keys and people: not to be found by chance, or soon nobody could call anything. */
  readonly protectedIds = new Set<string>();
  readonly #pools = new Map<string, Pool>();
  readonly #rings = new Map<string, Ring<unknown>>();
  #named = 0;

  constructor(server: FuzzServer) {
    this.server = server;
  }

  /** Differs from call to call. */
  fresh(prefix: string): string {
    this.#named++;
    return `${prefix}${this.#named.toString(36)}`;
  }

  rememberTag(path: string, etag: string): void {
    if (this.etags.size > 1_000) this.etags.delete(this.etags.keys().next().value!);
    this.etags.set(path, etag);
  }

  /** Of what kind the first id in a path is; null for a path without one, or where nothing has shown it yet. */
  kindOf(path: string): string | null {
    const list = parametersIn(path)[0]?.list;
    return (list === undefined ? undefined : this.kinds.get(list)) ?? null;
  }

  /** Of what kind a field or a parameter is that is called `customerId`: what the list of customers shows. */
  kindNamed(name: string): string | null {
    const noun = /^(\w+)Ids?(\[\])?$/.exec(name)?.[1];
    if (noun === undefined) return null;
    const plural = noun.endsWith('y') && noun !== 'key' ? `${noun.slice(0, -1)}ies` : `${noun}s`;
    const ending = new RegExp(`/(api-)?${plural}$`);
    return [...this.kinds].find(([list]) => ending.test(list))?.[1] ?? null;
  }

  pool(kind: string, place: string): Pool {
    const name = `${kind}@${place}`;
    const pool = this.#pools.get(name) ?? new Pool();
    this.#pools.set(name, pool);
    return pool;
  }

  ring<T>(name: string): Ring<T> {
    const ring = (this.#rings.get(name) ?? new Ring<T>()) as Ring<T>;
    this.#rings.set(name, ring as Ring<unknown>);
    return ring;
  }

  issued(place: string): Ring<IssuedSecret> {
    return this.ring<IssuedSecret>(`issued@${place}`);
  }

  /** A random id of that kind from elsewhere. */
  foreignId(kind: string, caller: Caller, random: Random): string | undefined {
    const home = this.pool(kind, homeOf(kind, caller));
    const others = this.#poolsOf(kind).filter((pool) => pool !== home && pool.ids.size > 0);
    return others.length === 0 ? undefined : random.pick(others).pick(random);
  }

  /** It is gone, whoever took it away. */
  forget(kind: string, id: string): void {
    for (const pool of this.#poolsOf(kind)) pool.drop(id);
  }

  #poolsOf(kind: string): Pool[] {
    return [...this.#pools].filter(([name]) => name.startsWith(`${kind}@`)).map(([, pool]) => pool);
  }
}

/** What belongs to a tenant and to no environment of it. */
export const tenantWide: ReadonlySet<string> = new Set(['usr', 'inv', 'tnt']);

/** Where the caller's request is at home; open calls are at home nowhere. */
export function placeOf(caller: Caller): string {
  return caller.kind === 'nobody' ? 'nowhere/production' : `${caller.tenant.id}/${caller.environment}`;
}

/** The pool's place for a kind of id: what is personal has one for each person. */
export function homeOf(kind: string, caller: Caller, place = placeOf(caller)): string {
  if (tenantWide.has(kind)) return `${place.split('/')[0]}/*`;
  return kind.startsWith('own') && caller.kind === 'person' ? `${place}/${caller.email}` : place;
}
