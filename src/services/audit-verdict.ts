import { setImmediate as nextTurn } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import type { ChainFault } from '../core/audit-chain.ts';
import { type ChainEnds, followChain, headless, readChainEnds, vanished } from '../store/audit-chain.ts';
import { checkpointsOf, lostCheckpoint } from '../store/audit-checkpoints.ts';
import { readStretch } from '../store/audit-entries.ts';
import type { App, Context } from './app.ts';
import { presentCheckpoint, type SignedCheckpoint } from './audit-checkpoints.ts';
import { confinedTo } from './audit-log.ts';
import { forgedCheckpoint, isSigned, missingCheckpoint, signedOf } from './audit-verify.ts';
import { askTelemetry } from './logs.ts';

interface Verdict {
  /** Entries that are as they were written: all, or those before the first that is not. */
  readonly entries: number;
  readonly checkpoints: number;
  readonly newest: SignedCheckpoint | null;
  readonly fault: ChainFault | null;
  /** Epoch ms. */
  readonly checkedAt: number;
  readonly tookMs: number;
}

/** Entries that the reading thread looks at in one turn: some ten milliseconds. */
const stretchSize = 1_000;
/** Signatures that are checked in one turn of the loop: one or two milliseconds. */
const signaturesAtOnce = 10;
/** A verdict answers for so long, and for so many times as long as it took. */
const keptMs = 10_000;
const keptTimes = 5;
const maxKept = 1_000;

async function splitBySignature(app: App, checkpoints: readonly SignedCheckpoint[]) {
  const keys = { signing: app.settings.auditSigningKeys };
  const good: SignedCheckpoint[] = [];
  let forged: SignedCheckpoint | null = null;
  for (const [i, checkpoint] of checkpoints.entries()) {
    if (isSigned(keys, checkpoint)) good.push(checkpoint);
    else forged ??= checkpoint;
    if (i % signaturesAtOnce === signaturesAtOnce - 1) await nextTurn();
  }
  return { good, forged };
}

function followEntries(app: App, tenantId: string, ends: ChainEnds, points: readonly SignedCheckpoint[]) {
  const key = app.settings.auditKey;
  return followChain(ends, points, stretchSize, (stretch) =>
    askTelemetry(app, 'auditStretch', { ...stretch, tenantId, key }),
  );
}

/** Checkpoints are read before the head, which is never behind one: what is written meanwhile must not look like damage. */
async function examine(
  app: App,
  tenantId: string,
): Promise<Pick<Verdict, 'entries' | 'checkpoints' | 'newest' | 'fault'>> {
  const { read } = app.database;
  const checkpoints = (await checkpointsOf(read, tenantId)).map(signedOf);
  const { good, forged } = await splitBySignature(app, checkpoints);
  const known = { checkpoints: checkpoints.length, newest: good.at(-1) ?? null };
  const { head, last } = await readChainEnds(read, tenantId);
  if (head === null) {
    const isLost = last === 0 && checkpoints.length > 0;
    const damage = last > 0 ? headless : vanished;
    return { ...known, entries: 0, fault: last > 0 || isLost ? { seq: 1, ...damage } : null };
  }
  const { entries, fault } = await followEntries(app, tenantId, { head, last }, good);
  const lost = await lostCheckpoint(read, tenantId);
  const unsigned = forged && { seq: forged.seq, ...forgedCheckpoint };
  const missing = lost === null ? null : { seq: lost, ...missingCheckpoint };
  return { ...known, entries, fault: fault ?? unsigned ?? missing };
}

/** The verdicts of a running Keyward: one of a tenant at a time, and whoever asks meanwhile gets the same. */
class Verdicts {
  readonly #kept = new LRUCache<string, { readonly verdict: Verdict; readonly doneMs: number }>({
    max: maxKept,
  });
  readonly #running = new Map<string, Promise<Verdict>>();

  read(app: App, tenantId: string): Promise<Verdict> {
    const kept = this.#kept.get(tenantId);
    const isFresh =
      kept !== undefined &&
      app.clock.monotonicMs() - kept.doneMs < Math.max(keptMs, kept.verdict.tookMs * keptTimes);
    if (isFresh) return Promise.resolve(kept.verdict);
    return this.#running.get(tenantId) ?? this.#start(app, tenantId);
  }

  #start(app: App, tenantId: string): Promise<Verdict> {
    const checkedAt = app.clock.wallMs();
    const started = performance.now();
    const next = examine(app, tenantId).then((found) => {
      const verdict = { ...found, checkedAt, tookMs: Math.round(performance.now() - started) };
      this.#kept.set(tenantId, { verdict, doneMs: app.clock.monotonicMs() });
      return verdict;
    });
    const done = () => void this.#running.delete(tenantId);
    next.then(done, done);
    this.#running.set(tenantId, next);
    return next;
  }
}

const verdictsOf = new WeakMap<App, Verdicts>();

/** The id of the entry with this number, for those who may see it. */
async function entryId(app: App, ctx: Context, seq: number): Promise<string | null> {
  const window = { first: seq, last: seq };
  const [entry] = await readStretch(app.database.read, ctx.tenantId, window, confinedTo(ctx));
  return entry?.id ?? null;
}

/** Whether the audit log of the caller's tenant is as it was written: every entry of it, and every checkpoint. */
export async function readAuditVerdict(app: App, ctx: Context) {
  const verdicts = verdictsOf.get(app) ?? new Verdicts();
  verdictsOf.set(app, verdicts);
  const { entries, checkpoints, newest, fault, checkedAt, tookMs } = await verdicts.read(app, ctx.tenantId);
  const problem = fault && {
    seq: fault.seq,
    entryId: await entryId(app, ctx, fault.seq),
    kind: fault.kind,
    message: fault.reason,
  };
  return {
    verdict: problem ? ('broken' as const) : ('whole' as const),
    entries,
    checkpoints,
    lastCheckpoint: newest && presentCheckpoint(newest),
    problem,
    checkedAt: new Date(checkedAt).toISOString(),
    tookMs,
  };
}
