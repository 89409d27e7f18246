import type { KnownSecret } from '../core/policy.ts';
import type { Database } from '../store/database.ts';
import { saveUses, type Use } from '../store/keys.ts';

/** About a millisecond: requests have their turn between two. */
const chunkSize = 100;

function useOf({ secretId, policy, usage }: KnownSecret): Use {
  return { keyId: policy.keyId, secretId, at: usage.at, ip: usage.ip };
}

/** Remembers in memory when a key and its secret were last used, and writes it behind; readers see both together. */
export class UseRecorder {
  readonly #ofSecret = new Map<string, KnownSecret>();
  readonly #ofKey = new Map<string, Set<KnownSecret>>();

  /** Secrets whose last use is not written yet. */
  get pending(): number {
    return this.#ofSecret.values().reduce((count, { usage }) => count + (usage.isDirty ? 1 : 0), 0);
  }

  /** `at` is epoch ms. Called for admitted requests only. */
  mark(secret: KnownSecret, at: number, ip: string | null): void {
    const { usage } = secret;
    usage.at = at;
    usage.ip = ip;
    if (usage.isDirty) return;
    usage.isDirty = true;
    this.#hold(secret);
  }

  /** A use that may not be written yet, or null: the row in the database is then the latest. */
  lastOfKey(keyId: string): Use | null {
    let last: KnownSecret | null = null;
    for (const secret of this.#ofKey.get(keyId) ?? []) {
      if (last === null || secret.usage.at >= last.usage.at) last = secret;
    }
    return last && useOf(last);
  }

  lastOfSecret(secretId: string): Use | null {
    const secret = this.#ofSecret.get(secretId);
    return secret ? useOf(secret) : null;
  }

  /**
   * Writes what is pending in short transactions. What could not be written stays pending; what was is let go by the
   * next flush only: somebody may have read the row just before, and asks here afterwards.
   */
  async flush(database: Database): Promise<void> {
    for (const secret of [...this.#ofSecret.values()]) if (!secret.usage.isDirty) this.#release(secret);
    const pending = [...this.#ofSecret.values()];
    for (let i = 0; i < pending.length; i += chunkSize) {
      const chunk = pending.slice(i, i + chunkSize);
      for (const { usage } of chunk) usage.isDirty = false;
      try {
        const uses = chunk.map(useOf);
        await database.background((tx) => saveUses(tx, database.dialect, uses));
      } catch (error) {
        for (const secret of chunk) if (this.#holds(secret)) secret.usage.isDirty = true;
        throw error;
      }
    }
  }

  #holds(secret: KnownSecret): boolean {
    return this.#ofSecret.get(secret.secretId) === secret;
  }

  #hold(secret: KnownSecret): void {
    const earlier = this.#ofSecret.get(secret.secretId);
    if (earlier === secret) return;
    // The policy was compiled anew meanwhile: the earlier use is older, and need not be written.
    if (earlier) {
      earlier.usage.isDirty = false;
      this.#release(earlier);
    }
    this.#ofSecret.set(secret.secretId, secret);
    const ofKey = this.#ofKey.get(secret.policy.keyId);
    if (ofKey) ofKey.add(secret);
    else this.#ofKey.set(secret.policy.keyId, new Set([secret]));
  }

  #release(secret: KnownSecret): void {
    this.#ofSecret.delete(secret.secretId);
    const ofKey = this.#ofKey.get(secret.policy.keyId);
    ofKey?.delete(secret);
    if (ofKey?.size === 0) this.#ofKey.delete(secret.policy.keyId);
  }
}
