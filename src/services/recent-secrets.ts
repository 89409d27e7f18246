import type { KnownSecret } from '../core/policy.ts';

interface Generation {
  readonly byHandle: Map<string, KnownSecret>;
  readonly handlesOfKey: Map<string, string[]>;
}

function newGeneration(): Generation {
  return { byHandle: new Map(), handlesOfKey: new Map() };
}

/**
 * The secrets used lately, `max` at most: a young generation and the one before it. What is looked up moves to the
 * young one; when that is half of `max`, the other is let go as a whole. A look-up is that of a `Map`, where a list
 * in order of use would cost as much again.
 */
export class RecentSecrets {
  readonly #maxYoung: number;
  #young = newGeneration();
  #old = newGeneration();

  constructor(max: number) {
    this.#maxYoung = Math.max(1, Math.floor(max / 2));
  }

  get size(): number {
    return this.#young.byHandle.size + this.#old.byHandle.size;
  }

  get(handle: string): KnownSecret | undefined {
    return this.#young.byHandle.get(handle) ?? this.#promote(handle);
  }

  set(handle: string, secret: KnownSecret): void {
    this.#old.byHandle.delete(handle);
    this.#add(handle, secret);
  }

  /** Forgets all secrets of a key. */
  drop(keyId: string): void {
    for (const { byHandle, handlesOfKey } of [this.#young, this.#old]) {
      for (const handle of handlesOfKey.get(keyId) ?? []) byHandle.delete(handle);
      handlesOfKey.delete(keyId);
    }
  }

  dropTenant(tenantId: string): void {
    for (const { byHandle } of [this.#young, this.#old]) {
      for (const [handle, { policy }] of byHandle) if (policy.tenantId === tenantId) byHandle.delete(handle);
    }
  }

  clear(): void {
    this.#young = newGeneration();
    this.#old = newGeneration();
  }

  #promote(handle: string): KnownSecret | undefined {
    const secret = this.#old.byHandle.get(handle);
    if (secret === undefined) return undefined;
    this.#old.byHandle.delete(handle);
    this.#add(handle, secret);
    return secret;
  }

  #add(handle: string, secret: KnownSecret): void {
    if (this.#young.byHandle.size >= this.#maxYoung && !this.#young.byHandle.has(handle)) {
      this.#old = this.#young;
      this.#young = newGeneration();
    }
    const { byHandle, handlesOfKey } = this.#young;
    byHandle.set(handle, secret);
    const handles = handlesOfKey.get(secret.policy.keyId);
    if (handles === undefined) handlesOfKey.set(secret.policy.keyId, [handle]);
    else if (!handles.includes(handle)) handles.push(handle);
  }
}
