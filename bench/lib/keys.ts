import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { createIdFactory } from '../../src/core/id.ts';
import { type CreatedSecret, createSecret } from '../../src/core/secret.ts';

export interface Seeded {
  readonly keyId: string;
  readonly secret: string;
}

export interface SeedOptions {
  readonly count: number;
  /** Index of the first one, where there are some already. */
  readonly from?: number;
  readonly tenantId: string;
  /** Every key may verify, and read the knowledge base, without ever meeting a limit. Otherwise a mixture. */
  readonly isForLoad?: boolean;
  /** Memory for the indexes while they grow. */
  readonly cacheBytes?: number;
  /** Sees every key that was made. */
  readonly onKey?: (key: Seeded, index: number) => void;
}

const highest = { tier: 'custom', per_minute: 1_000_000, burst: 1_000_000, per_day: 1_000_000_000 };
const mixture = [
  { tier: 'starter', per_minute: 60, burst: 10, per_day: 10_000 },
  { tier: 'professional', per_minute: 300, burst: 50, per_day: 100_000 },
  { tier: 'enterprise', per_minute: 1_000, burst: 200, per_day: 1_000_000 },
];
const loadScopes = ['api_keys:verify', 'knowledge:read'];
const dayMs = 86_400_000;
const rowsATransaction = 100_000;

/** One in twenty was revoked, one in fifty has expired, as in an installation that is used. */
function keyRow(id: string, index: number, now: number, options: SeedOptions) {
  const { isForLoad, tenantId } = options;
  const isRevoked = !isForLoad && index % 20 === 7;
  const isExpired = !isForLoad && index % 50 === 11;
  const name = `Key ${index} of team ${index % 997}`;
  return {
    id,
    tenant_id: tenantId,
    environment: 'production',
    owner: 'tenant',
    created_by: 'bench',
    name,
    search_text: `${name}\n`.toLowerCase(),
    scopes: JSON.stringify(isForLoad ? loadScopes : index % 2 === 0 ? [] : ['knowledge:read']),
    ...(isForLoad ? highest : mixture[index % 3]!),
    limit_group: id,
    ip_allowlist: '[]',
    customer_ids: '[]',
    is_active: isRevoked ? 0 : 1,
    revoked_at: isRevoked ? now : null,
    is_compromised: 0,
    expires_at: isExpired ? now - dayMs : null,
    created_at: now,
    updated_at: now,
    version: 1,
  };
}

function secretRow(id: string, keyId: string, drawn: CreatedSecret, now: number) {
  const { publicPart, hint, digest } = drawn;
  return { id, key_id: keyId, public_part: publicPart, hint, digest, created_at: now };
}

function inserter(db: DatabaseSync, table: string, example: object): (row: object) => void {
  const columns = Object.keys(example);
  const places = columns.map(() => '?').join(', ');
  const statement = db.prepare(`insert into ${table} (${columns.join(', ')}) values (${places})`);
  return (row) => void statement.run(...(Object.values(row) as SQLInputValue[]));
}

/**
 * Puts keys with real secrets straight into the tables of a server that does not run. No audit entries and no wait for
 * the disk: this is how a bench gets a million keys, not how anybody should.
 */
export function seedKeys(dataDirectory: string, options: SeedOptions): void {
  const db = new DatabaseSync(join(dataDirectory, 'keyward.db'));
  const cacheKib = Math.ceil((options.cacheBytes ?? 64 * 1_048_576) / 1_024);
  db.exec(`PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -${cacheKib}`);
  db.exec('PRAGMA foreign_keys = OFF; PRAGMA locking_mode = EXCLUSIVE');
  const now = Date.now();
  const newId = createIdFactory({ now: Date.now });
  const insertKey = inserter(db, 'keys', keyRow('', 0, now, options));
  const insertSecret = inserter(db, 'secrets', secretRow('', '', createSecret('sa', 'production'), now));
  const from = options.from ?? 0;
  db.exec('begin');
  for (let index = from; index < from + options.count; index++) {
    if (index % rowsATransaction === 0) db.exec('commit; begin');
    const drawn = createSecret('sa', 'production');
    const keyId = newId('key');
    insertKey(keyRow(keyId, index, now, options));
    insertSecret(secretRow(newId('sec'), keyId, drawn, now));
    options.onKey?.({ keyId, secret: drawn.secret }, index);
  }
  // The server's own mode again, which is kept in the file.
  db.exec('commit; PRAGMA journal_mode = WAL');
  db.close();
}
