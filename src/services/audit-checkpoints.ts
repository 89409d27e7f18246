import type { Logger } from 'pino';
import {
  type Checkpoint,
  checkpointText,
  publicPem,
  type SigningKeys,
  signText,
} from '../core/audit-seal.ts';
import { AppError } from '../errors.ts';
import type { Clock } from '../limiter/limiter.ts';
import { insertCheckpoint, latestCheckpoint, openHeads } from '../store/audit-checkpoints.ts';
import type { Database } from '../store/database.ts';
import { type App, type Context, reader } from './app.ts';

const lookEveryMs = 2_000;
const entriesBetween = 1_000;
const hourMs = 3_600_000;

export interface AuditCheckpointsParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly keys: SigningKeys;
  readonly log: Logger;
}

/**
 * Signs where each tenant's chain ends: after 1,000 new entries, after an hour with any, and at the stop. The key is
 * not in the database, and each goes into the server log, too: whoever can write to the database can cut off the end
 * of a chain, but not unsay a checkpoint.
 */
export class AuditCheckpoints {
  readonly #parts: AuditCheckpointsParts;
  #timer: NodeJS.Timeout | undefined;
  #busy: Promise<void> = Promise.resolve();
  #isBroken = false;

  constructor(parts: AuditCheckpointsParts) {
    this.#parts = parts;
  }

  start(): void {
    let isQueued = false;
    this.#timer = setInterval(() => {
      if (isQueued) return;
      isQueued = true;
      void this.write('due').finally(() => {
        isQueued = false;
      });
    }, lookEveryMs).unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.write('all');
  }

  /** Never fails: what cannot be written now is due the next time. */
  write(which: 'due' | 'all'): Promise<void> {
    this.#busy = this.#busy
      .then(() => this.#writeNow(which))
      .then(
        () => {
          this.#isBroken = false;
        },
        (error: unknown) => {
          const message = 'Checkpoints of the audit log cannot be written; trying again';
          if (!this.#isBroken) this.#parts.log.error({ err: error }, message);
          this.#isBroken = true;
        },
      );
    return this.#busy;
  }

  async #writeNow(which: 'due' | 'all'): Promise<void> {
    const { database, clock, keys, log } = this.#parts;
    const at = clock.wallMs();
    for (const head of await openHeads(database.read)) {
      const isDue = head.seq >= head.checkpoint_seq + entriesBetween || at >= head.checkpoint_at + hourMs;
      if (which === 'due' && !isDue) continue;
      const checkpoint = { tenantId: head.tenant_id, seq: head.seq, hash: head.hash, at };
      const signature = signText(keys, checkpointText(checkpoint));
      const { tenant_id, seq, hash } = head;
      await database.transaction((tx) => insertCheckpoint(tx, { tenant_id, seq, hash, at, signature }));
      log.info({ checkpoint: presentCheckpoint({ ...checkpoint, signature }) }, 'Audit checkpoint');
    }
  }
}

export interface SignedCheckpoint extends Checkpoint {
  readonly signature: string;
}

/** As it goes over the wire, into the log and into files. */
export function presentCheckpoint({ tenantId, seq, hash, at, signature }: SignedCheckpoint) {
  return { tenantId, seq, hash, at: new Date(at).toISOString(), signature };
}

/** The latest signed checkpoint of the caller's tenant, with the public key that checks it. */
export async function readCheckpoint(app: App, ctx: Context) {
  const row = await latestCheckpoint(reader(app, ctx), ctx.tenantId);
  if (row === undefined) {
    throw new AppError(
      'not_found',
      'There is no checkpoint yet: the first comes seconds after the first entry.',
    );
  }
  const { tenant_id: tenantId, seq, hash, at, signature } = row;
  return {
    ...presentCheckpoint({ tenantId, seq, hash, at, signature }),
    publicKey: publicPem(app.settings.auditSigningKeys),
  };
}
