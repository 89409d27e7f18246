import { type ChainFault, ChainFollower } from '../core/audit-chain.ts';
import { type ExportItem, readExport, type SignedSeal } from '../core/audit-export.ts';
import {
  checkpointText,
  ExportDigest,
  isSignedBy,
  type SigningKeys,
  sealText,
  signingKeysOf,
} from '../core/audit-seal.ts';
import { deriveKey } from '../core/derive-key.ts';
import { type ChainBreak, type ChainReport, walkAuditChains } from '../store/audit-chain.ts';
import { allCheckpoints, headsWithoutCheckpoint, newestCheckpoints } from '../store/audit-checkpoints.ts';
import type { Db } from '../store/database.ts';
import type { AuditCheckpointTable } from '../store/schema.ts';
import type { SignedCheckpoint } from './audit-checkpoints.ts';

export interface AuditKeys {
  readonly chain: Buffer;
  readonly signing: SigningKeys;
}

export function auditKeysOf(secret: string): AuditKeys {
  return {
    chain: deriveKey(secret, 'audit'),
    signing: signingKeysOf(deriveKey(secret, 'audit-signatures')),
  };
}

export function isSigned(keys: Pick<AuditKeys, 'signing'>, checkpoint: SignedCheckpoint): boolean {
  return isSignedBy(keys.signing, checkpointText(checkpoint), checkpoint.signature);
}

export const forgedCheckpoint = {
  kind: 'checkpoint_forged',
  reason: 'the checkpoint of this entry was not signed with the secret of this installation',
} as const;

export const missingCheckpoint = {
  kind: 'checkpoint_missing',
  reason: 'the signed checkpoint of this entry is missing',
} as const;

function forgeries(keys: AuditKeys, checkpoints: readonly SignedCheckpoint[]): ChainBreak[] {
  return checkpoints
    .filter((checkpoint) => !isSigned(keys, checkpoint))
    .map(({ tenantId, seq }) => ({ tenantId, seq, ...forgedCheckpoint }));
}

export function signedOf({ tenant_id: tenantId, ...rest }: AuditCheckpointTable): SignedCheckpoint {
  return { tenantId, ...rest };
}

async function walkAgainst(
  db: Db,
  keys: AuditKeys,
  checkpoints: readonly SignedCheckpoint[],
): Promise<ChainReport> {
  const good = checkpoints.filter((checkpoint) => isSigned(keys, checkpoint));
  const report = await walkAuditChains(db, keys.chain, good);
  return { ...report, breaks: [...forgeries(keys, checkpoints), ...report.breaks] };
}

/** Every chain in the database, held against the checkpoints that are in it, too, and those that were kept elsewhere. */
export async function verifyDatabase(
  db: Db,
  keys: AuditKeys,
  kept: readonly SignedCheckpoint[],
): Promise<ChainReport> {
  const stored = (await allCheckpoints(db)).map(signedOf);
  return walkAgainst(db, keys, [...kept, ...stored]);
}

/** Every chain, and of the checkpoints in the database the newest of each: to verify a signature costs more than an entry. */
export async function verifyNewest(
  db: Db,
  keys: AuditKeys,
): Promise<ChainReport & { readonly checkpoints: number }> {
  const newest = (await newestCheckpoints(db)).map(signedOf);
  const missing = (await headsWithoutCheckpoint(db)).map(({ tenant_id: tenantId, checkpoint_seq: seq }) => ({
    tenantId,
    seq,
    ...missingCheckpoint,
  }));
  const report = await walkAgainst(db, keys, newest);
  return { ...report, breaks: [...missing, ...report.breaks], checkpoints: newest.length };
}

type ExportFault = Pick<ChainFault, 'seq' | 'reason'>;

export interface ExportReport {
  readonly tenantId: string | null;
  /** null: of all. */
  readonly environment: string | null;
  readonly entries: number;
  readonly fault: ExportFault | null;
  /** How many of the checkpoints given are of entries that the export tells something of. */
  readonly compared: number;
}

/** Reads an export from its first line to its signed last one. */
class ExportCheck {
  readonly #keys: AuditKeys;
  readonly #kept: readonly SignedCheckpoint[];
  readonly #digest = new ExportDigest();
  readonly #hashes = new Map<number, string>();
  #tenantId: string | null = null;
  #follower: ChainFollower | null = null;
  #first = 0;
  #seal: SignedSeal | null = null;
  #compared = 0;

  constructor(keys: AuditKeys, kept: readonly SignedCheckpoint[]) {
    this.#keys = keys;
    this.#kept = kept;
  }

  report(fault: ExportFault | null): ExportReport {
    const environment = this.#seal?.environment ?? null;
    return {
      tenantId: this.#tenantId,
      environment,
      entries: this.#digest.entries,
      fault,
      compared: this.#compared,
    };
  }

  get #last(): number {
    return this.#follower?.end.seq ?? 0;
  }

  read(item: ExportItem): ExportFault | null {
    const seq = this.#last + 1;
    if ('fault' in item) return { seq, reason: `line ${item.line} ${item.fault}` };
    if (this.#seal) return { seq, reason: 'something follows the signed end of the export' };
    if ('seal' in item) {
      this.#seal = item.seal;
      this.#tenantId ??= item.seal.tenantId;
      return null;
    }
    const { row } = item;
    if (this.#follower === null) {
      this.#tenantId = row.tenant_id;
      this.#first = row.seq;
      this.#follower = new ChainFollower(this.#keys.chain, row.tenant_id);
      this.#follower.beginAt(row);
    }
    const fault = this.#follower.follow(row);
    this.#digest.add(row.seq, row.hash);
    if (this.#kept.some((kept) => kept.seq === row.seq)) this.#hashes.set(row.seq, row.hash);
    return fault;
  }

  end(): ExportFault | null {
    const seal = this.#seal;
    const seq = this.#last + 1;
    if (seal === null)
      return { seq, reason: 'the end of the export is missing: it was cut off or broke off' };
    return this.#sealFault(seal) ?? this.#wholeFault(seal) ?? this.#checkpointFault(seal);
  }

  #sealFault(seal: SignedSeal): ExportFault | null {
    const { signature, ...signed } = seal;
    const seq = this.#last + 1;
    if (!isSignedBy(this.#keys.signing, sealText(signed), signature)) {
      return { seq, reason: 'the end of the export was not signed with the secret of this installation' };
    }
    const isSame = seal.tenantId === this.#tenantId && seal.entries === this.#digest.entries;
    if (isSame && seal.digest === this.#digest.finish()) return null;
    return { seq, reason: 'the export does not hold the entries that its end names' };
  }

  /** Only an export of one environment has gaps, and only one of a time begins or ends within the chain. */
  #wholeFault({ environment, from, to, chain }: SignedSeal): ExportFault | null {
    if (environment !== null) return null;
    if (this.#follower?.gap) return this.#follower.gap;
    const { seq, hash } = this.#follower?.end ?? { seq: 0, hash: null };
    if (from === null && to === null && this.#first > 1) return { seq: 1, reason: 'the entry is missing' };
    const isToEnd = from === null && to === null;
    if (!isToEnd || (seq === chain.seq && (seq === 0 || hash === chain.hash))) return null;
    return { seq: seq + 1, reason: 'the chain does not end where its head said' };
  }

  #checkpointFault({ chain, at, tenantId }: SignedSeal): ExportFault | null {
    for (const kept of this.#kept) {
      if (kept.tenantId !== tenantId)
        return { seq: kept.seq, reason: `the checkpoint is of ${kept.tenantId}` };
      const hash = kept.seq === chain.seq ? chain.hash : this.#hashes.get(kept.seq);
      if (hash !== undefined) this.#compared++;
      if (hash !== undefined && hash !== kept.hash) {
        return { seq: kept.seq, reason: 'the entry is not the one that the checkpoint names' };
      }
      if (kept.seq <= chain.seq) continue;
      const reason =
        kept.at > Date.parse(at)
          ? 'the checkpoint is newer than the export: export again'
          : `the end was cut off: the checkpoint has ${kept.seq} entries`;
      return { seq: chain.seq + 1, reason };
    }
    return null;
  }
}

/** Needs the secret and nothing else: neither the database nor a server. */
export async function verifyExport(
  pieces: AsyncIterable<string>,
  keys: AuditKeys,
  kept: readonly SignedCheckpoint[] = [],
): Promise<ExportReport> {
  const check = new ExportCheck(keys, kept);
  const [forgery] = forgeries(keys, kept);
  if (forgery) return check.report(forgery);
  for await (const item of readExport(pieces)) {
    const fault = check.read(item);
    if (fault) return check.report(fault);
  }
  return check.report(check.end());
}
