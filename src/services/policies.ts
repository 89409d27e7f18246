import { LRUCache } from 'lru-cache';
import { compileCidrs } from '../core/cidr.ts';
import type { Environment } from '../core/environments.ts';
import { ageLimitOf, personalScopes } from '../core/key-policy.ts';
import {
  type KnownSecret,
  neverUsed,
  newLogMark,
  type PersonalOwner,
  type Policy,
  type PolicyQuota,
} from '../core/policy.ts';
import type { Role } from '../core/roles.ts';
import { expandScopes, type ScopeCatalogue } from '../core/scopes.ts';
import { digestOf, digestOfProof, digestsEqual, proofOf, publicPartOf } from '../core/secret.ts';
import type { Database } from '../store/database.ts';
import {
  type Ceilings,
  findByDigest,
  findByPublicPart,
  findBySecretId,
  hasImportedSecrets,
  type SecretHit,
} from '../store/keys.ts';
import { RecentSecrets } from './recent-secrets.ts';
import { rulesIn } from './tenant-rules.ts';

/** About a kilobyte each. */
const maxSecrets = 100_000;
const maxScopeSets = 10_000;
const maxUnknown = 20_000;
const unknownTtlMs = 2_000;

export function ceilingGroup(tenantId: string, environment: string): string {
  return `ceiling:${tenantId}:${environment}`;
}

function quotasOf(row: SecretHit): PolicyQuota[] {
  const own = { perMinute: row.per_minute, burst: row.burst, perDay: row.per_day };
  const quotas: PolicyQuota[] = [
    // Usually the key's own id, and then the same string.
    { group: row.limit_group === row.id ? row.id : row.limit_group, limits: own, held: null },
  ];
  const ceiling = (JSON.parse(row.ceilings) as Ceilings)[row.environment as Environment];
  if (ceiling)
    quotas.push({ group: ceilingGroup(row.tenant_id, row.environment), limits: ceiling, held: null });
  return quotas;
}

/** Most keys have none of these: one empty list is enough for all of them. */
const none: readonly string[] = [];
const noScopes: ReadonlySet<string> = new Set();

function listOf(json: string): readonly string[] {
  return json === '[]' ? none : (JSON.parse(json) as string[]);
}

const shared = new Map<string, string>();
const maxShared = 10_000;

/** One string for all rows that have it: each row comes with its own copy. */
function share<T extends string>(text: string): T {
  const known = shared.get(text);
  if (known !== undefined) return known as T;
  if (shared.size >= maxShared) shared.clear();
  shared.set(text, text);
  return text as T;
}

function within(scopes: ReadonlySet<string>, bound: ReadonlySet<string>): ReadonlySet<string> {
  return new Set([...scopes].filter((scope) => bound.has(scope)));
}

function earlier(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.min(a, b);
}

/** What a key may do, and whose it is; keys that say the same share the scopes. */
interface Rights {
  readonly scopes: ReadonlySet<string>;
  readonly owner: PersonalOwner | null;
}

/** The age at which the secret ends goes into the end of the policy, so that a decision compares one time as ever. */
function compilePolicy(row: SecretHit, { scopes, owner }: Rights): Policy {
  const ipAllowlist = listOf(row.ip_allowlist);
  const quotas = quotasOf(row);
  const environment = row.environment as Environment;
  const { captures, keyPolicy } = rulesIn(row.settings);
  const agePolicy = keyPolicy.environments[environment];
  const endsByAge = ageLimitOf(agePolicy, row.secret_created_at);
  return {
    keyId: row.id,
    version: row.version,
    tenantId: share(row.tenant_id),
    environment: share(environment),
    name: row.name,
    isActive: row.is_active === 1 && owner?.role !== null,
    revokedReason: row.revoked_reason,
    expiresAt: earlier(row.expires_at, endsByAge),
    keyExpiresAt: row.expires_at,
    ageLimit: endsByAge === null ? null : { days: agePolicy.maxAgeDays!, endsAt: endsByAge },
    owner,
    endsAt: row.ends_at,
    scopes,
    inheritsAllScopes: row.scopes === '[]',
    ipAllowlist,
    allowsIp: ipAllowlist.length === 0 ? null : compileCidrs(ipAllowlist),
    customerIds: listOf(row.customer_ids),
    tier: share(row.tier),
    limits: quotas[0]!.limits,
    quotas,
    capture: captures[environment],
    counted: null,
  };
}

/**
 * From the text of a secret to its compiled policy. A warm look-up touches no database; what is cached is dropped
 * by the change that makes it untrue, and times (expiry, grace) are never part of the caching.
 */
export class PolicyCache {
  readonly #database: Database;
  readonly #catalogue: ScopeCatalogue;
  readonly #known = new RecentSecrets(maxSecrets);
  /** Digests that are no one's: apart, so that a flood of them never evicts a known key. */
  readonly #unknown: LRUCache<string, true>;
  readonly #scopeSets = new Map<string, ReadonlySet<string>>();
  #changes = 0;
  #isTrusted = true;
  #hasImported = false;

  constructor(database: Database, catalogue: ScopeCatalogue) {
    this.#database = database;
    this.#catalogue = catalogue;
    this.#unknown = new LRUCache({ max: maxUnknown, ttl: unknownTtlMs });
  }

  async start(): Promise<void> {
    this.#hasImported = await hasImportedSecrets(this.#database.read);
  }

  /** Rises with every change to what keys and people may do. */
  get changes(): number {
    return this.#changes;
  }

  get size(): number {
    return this.#known.size;
  }

  /** Texts remembered as nobody's secret. */
  get unknownSize(): number {
    return this.#unknown.size;
  }

  /** False while another server may be changing keys. */
  get isTrusted(): boolean {
    return this.#isTrusted;
  }

  /** Whether texts of another form than ours may be keys: only then is a malformed text looked up. */
  get hasImported(): boolean {
    return this.#hasImported;
  }

  noteImport(digests: readonly string[]): void {
    this.#hasImported = true;
    for (const digest of digests) this.#unknown.delete(digest);
  }

  /** The warm path: synchronous, without a look at the text's form, since a known secret had one. */
  peek(text: string): KnownSecret | undefined {
    const secret = this.#known.get(publicPartOf(text));
    if (secret === undefined && !this.#hasImported) return undefined;
    const proof = proofOf(text);
    if (secret !== undefined && digestsEqual(secret.proof, proof)) return secret;
    return this.#hasImported ? this.#known.get(digestOfProof(proof)) : undefined;
  }

  /** One indexed read; null when no key has this secret. */
  async load(text: string, isOurForm: boolean): Promise<KnownSecret | null> {
    const digest = digestOf(text);
    if (this.#unknown.has(digest)) return null;
    const changesBefore = this.#changes;
    const db = this.#database.read;
    const handle = isOurForm ? publicPartOf(text) : digest;
    const row = isOurForm ? await findByPublicPart(db, handle) : await findByDigest(db, digest);
    const isCurrent = this.#isTrusted && changesBefore === this.#changes;
    if (row === undefined || !digestsEqual(row.digest, digest)) {
      if (isCurrent) this.#unknown.set(digest, true);
      return null;
    }
    const secret = this.#compile(row, proofOf(text));
    // A row read before a change must not be cached after it: it would outlive the change.
    if (isCurrent) this.#known.set(handle, secret);
    return secret;
  }

  /** What a secret is allowed now, read anew; null when it or its key was deleted. It authenticates nobody. */
  async readSecret(secretId: string): Promise<KnownSecret | null> {
    const row = await findBySecretId(this.#database.read, secretId);
    return row === undefined ? null : this.#compile(row, '');
  }

  #compile(row: SecretHit, proof: string): KnownSecret {
    return {
      secretId: row.secret_id,
      hint: row.hint,
      proof,
      endsAt: row.secret_ends_at,
      policy: compilePolicy(row, this.#rightsOf(row)),
      usage: neverUsed(),
      logMark: newLogMark(),
    };
  }

  /** Another server may be changing keys: until `resume`, every request reads what is true now. */
  suspend(): void {
    this.#isTrusted = false;
    this.#forgetAll();
  }

  resume(): void {
    this.#forgetAll();
    this.#isTrusted = true;
  }

  #scopesOf(json: string): ReadonlySet<string> {
    if (json === '[]') return this.#catalogue.inherited;
    const known = this.#scopeSets.get(json);
    if (known) return known;
    const scopes = expandScopes(JSON.parse(json) as string[], this.#catalogue.all);
    this.#keepScopes(json, scopes);
    return scopes;
  }

  #rightsOf(row: SecretHit): Rights {
    if (row.owner !== 'user') return { scopes: this.#scopesOf(row.scopes), owner: null };
    const role = row.owner_role as Role | null;
    const userId = row.owner_user_id ?? '';
    if (role === null) return { scopes: noScopes, owner: { userId, role, withheld: none } };
    const { keyPolicy, grantsOf } = rulesIn(row.settings);
    const name = `${role} ${row.environment} ${grantsOf(role)} ${row.scopes}`;
    const named = this.#scopesOf(row.scopes);
    const known = this.#scopeSets.get(name);
    const scopes =
      known ??
      within(named, personalScopes(role, row.environment as Environment, keyPolicy, this.#catalogue));
    if (known === undefined) this.#keepScopes(name, scopes);
    const withheld = row.scopes === '[]' ? none : [...named].filter((scope) => !scopes.has(scope)).sort();
    return { scopes, owner: { userId, role, withheld } };
  }

  #keepScopes(name: string, scopes: ReadonlySet<string>): void {
    if (this.#scopeSets.size >= maxScopeSets) this.#scopeSets.clear();
    this.#scopeSets.set(name, scopes);
  }

  #forgetAll(): void {
    this.#changes++;
    this.#known.clear();
    this.#unknown.clear();
  }

  /** Forgets what was compiled from this key. */
  drop(keyId: string): void {
    this.#changes++;
    this.#known.drop(keyId);
  }

  /** For changes beyond one key: a tenant's ceiling, its settings, a member's role. */
  dropTenant(tenantId: string): void {
    this.#changes++;
    this.#known.dropTenant(tenantId);
  }
}
