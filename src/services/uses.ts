import type { Database } from '../store/database.ts';
import { saveUses, type Use } from '../store/keys.ts';

const chunkSize = 200;

type PendingUse = { -readonly [K in keyof Use]: Use[K] } & { isDirty: boolean };

/** Remembers in memory when a key and its secret were last used, and writes it behind; readers see both together. */
export class UseRecorder {
  readonly #ofSecret = new Map<string, PendingUse>();
  readonly #ofKey = new Map<string, PendingUse>();

  /** `at` is epoch ms. Called for admitted requests only. */
  mark(keyId: string, secretId: string, at: number, ip: string | null): void {
    const use = this.#ofSecret.get(secretId);
    if (use === undefined) {
      const first = { keyId, secretId, at, ip, isDirty: true };
      this.#ofSecret.set(secretId, first);
      this.#ofKey.set(keyId, first);
      return;
    }
    use.at = at;
    use.ip = ip;
    use.isDirty = true;
    this.#ofKey.set(keyId, use);
  }

  /** A use that may not be written yet, or null: the row in the database is then the latest. */
  lastOfKey(keyId: string): Use | null {
    return this.#ofKey.get(keyId) ?? null;
  }

  lastOfSecret(secretId: string): Use | null {
    return this.#ofSecret.get(secretId) ?? null;
  }

  /** Writes what is pending in short transactions. What could not be written stays pending. */
  async flush(database: Database): Promise<void> {
    const dirty = [...this.#ofSecret.values()];
    for (let i = 0; i < dirty.length; i += chunkSize) {
      const chunk = dirty.slice(i, i + chunkSize);
      for (const use of chunk) use.isDirty = false;
      try {
        const snapshot = chunk.map((use) => ({ ...use }));
        await database.transaction((tx) => saveUses(tx, snapshot));
      } catch (error) {
        for (const use of chunk) use.isDirty = true;
        throw error;
      }
      for (const use of chunk) if (!use.isDirty) this.#forget(use);
    }
  }

  #forget(use: PendingUse): void {
    this.#ofSecret.delete(use.secretId);
    if (this.#ofKey.get(use.keyId) === use) this.#ofKey.delete(use.keyId);
  }
}
