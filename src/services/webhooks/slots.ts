/** Who else may be sent to at the same time. */
export interface Slot {
  readonly webhookId: string;
  readonly tenantId: string;
  /** The last attempt failed: a dead receiver takes all of the ten seconds each time. */
  readonly isFailing: boolean;
}

const limits = { all: 64, tenant: 16, failingOfTenant: 8, webhook: 4, failingWebhook: 1 };

/** Counts what is being sent, so that no slow receiver, and no tenant, keeps the others waiting. */
export class Slots {
  readonly #taken = new Set<Slot>();

  get size(): number {
    return this.#taken.size;
  }

  #count(isSame: (slot: Slot) => boolean): number {
    let n = 0;
    for (const slot of this.#taken) if (isSame(slot)) n++;
    return n;
  }

  /** How many more may be sent to this receiver now. */
  free({ webhookId, tenantId, isFailing }: Slot): number {
    const ofWebhook = this.#count((slot) => slot.webhookId === webhookId);
    const ofTenant = this.#count((slot) => slot.tenantId === tenantId);
    const failing = this.#count((slot) => slot.tenantId === tenantId && slot.isFailing);
    return Math.max(
      0,
      Math.min(
        limits.all - this.#taken.size,
        limits.tenant - ofTenant,
        (isFailing ? limits.failingWebhook : limits.webhook) - ofWebhook,
        isFailing ? limits.failingOfTenant - failing : Number.POSITIVE_INFINITY,
      ),
    );
  }

  /** Answers what gives it back. */
  take(slot: Slot): () => void {
    const own = { ...slot };
    this.#taken.add(own);
    return () => this.#taken.delete(own);
  }
}
