import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { apiKey } from '@better-auth/api-key';
import type { SecondaryStorage } from '@better-auth/core/db';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import type { Contender } from '../lib/contender.ts';

const keyCount = 1_000;
const permissions = { knowledge: ['read'] };
const dayMs = 86_400_000;

/** What the plugin asks of a secondary storage, kept in this process: the fastest it can have. */
function storageInMemory(): SecondaryStorage {
  const values = new Map<string, string>();
  const get = (key: string) => values.get(key) ?? null;
  const increment = (key: string) => {
    const count = Number(get(key) ?? 0) + 1;
    values.set(key, String(count));
    return count;
  };
  const getAndDelete = (key: string) => {
    const value = get(key);
    values.delete(key);
    return value;
  };
  return {
    get,
    getAndDelete,
    increment,
    set: (key, value) => void values.set(key, value),
    delete: (key) => void values.delete(key),
  };
}

function optionsOf(database: DatabaseSync, storage: 'database' | 'secondary-storage') {
  return {
    baseURL: 'http://localhost:8787',
    secret: 'a secret for the bench, long enough to be one',
    database,
    telemetry: { enabled: false },
    emailAndPassword: { enabled: true },
    secondaryStorage: storage === 'secondary-storage' ? storageInMemory() : undefined,
    plugins: [
      apiKey({ storage, rateLimit: { enabled: true, timeWindow: dayMs, maxRequests: 1_000_000_000 } }),
    ],
  };
}

/** The API-key plugin of better-auth with its rate limit (a day's window, as is its default) and one permission. */
export async function prepareBetterAuth(
  directory: string,
  storage: 'database' | 'secondary-storage',
): Promise<Contender> {
  const database = new DatabaseSync(join(directory, 'better-auth.db'));
  // As fast as SQLite goes without losing more than the last moments to a power cut.
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
  const options = optionsOf(database, storage);
  await (await getMigrations(options)).runMigrations();
  const auth = betterAuth(options);
  const email = 'owner@example.com';
  const { user } = await auth.api.signUpEmail({
    body: { email, password: 'correct horse battery', name: 'Owner' },
  });
  const keys: string[] = [];
  for (let i = 0; i < keyCount; i++) {
    const created = await auth.api.createApiKey({ body: { name: `Key ${i}`, userId: user.id, permissions } });
    keys.push(created.key);
  }
  let done = 0;
  return {
    async run(count) {
      for (let i = 0; i < count; i++) {
        const key = keys[done++ % keyCount]!;
        const { valid, error } = await auth.api.verifyApiKey({ body: { key, permissions } });
        if (!valid) throw new Error(`better-auth refused: ${JSON.stringify(error)}`);
      }
    },
    async finish() {
      database.close();
      return { decisions: done };
    },
  };
}
