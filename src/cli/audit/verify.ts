import { createReadStream, readFileSync } from 'node:fs';
import { loadConfig } from '../../config.ts';
import type { SignedCheckpoint } from '../../services/audit-checkpoints.ts';
import { type AuditKeys, auditKeysOf, verifyDatabase, verifyExport } from '../../services/audit-verify.ts';
import { requireSecret, secretCheckOf } from '../../services/installation/secret.ts';
import { findFact } from '../../store/installation.ts';
import { CliError, exitCodes } from '../exit.ts';
import { onReading } from '../local.ts';
import { type Output, printable } from '../output.ts';

export interface VerifyOptions {
  readonly checkpoint?: string;
  readonly file?: string;
  readonly json: boolean;
}

interface Verdict {
  readonly ok: boolean;
  readonly entries: number;
  readonly faults: readonly {
    readonly tenantId: string | null;
    readonly seq: number;
    readonly reason: string;
  }[];
  /** What is to be said where nothing is wrong. */
  readonly summary: string;
}

function checkpointOf(value: unknown): SignedCheckpoint | null {
  if (typeof value !== 'object' || value === null) return null;
  // A line of the server log has it as a member.
  const { checkpoint = value } = value as { checkpoint?: unknown };
  if (typeof checkpoint !== 'object' || checkpoint === null) return null;
  const { tenantId, seq, hash, at, signature } = checkpoint as Record<string, unknown>;
  const time = typeof at === 'string' ? Date.parse(at) : Number.NaN;
  const isWhole = [tenantId, hash, signature].every((text) => typeof text === 'string');
  if (!isWhole || !Number.isSafeInteger(seq) || Number.isNaN(time)) return null;
  return { tenantId, seq, hash, at: time, signature } as SignedCheckpoint;
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** One checkpoint, or lines of which some are checkpoints, as in a server log. */
function readCheckpoints(given: string | undefined): SignedCheckpoint[] {
  if (given === undefined) return [];
  const text = given.trimStart().startsWith('{') ? given : readText(given);
  const whole = jsonIn(text);
  const values = whole === undefined ? text.split('\n').map(jsonIn) : [whole];
  const found = values.map(checkpointOf).filter((checkpoint) => checkpoint !== null);
  if (found.length > 0) return found;
  throw new CliError(
    '--checkpoint holds no checkpoint: give what keyward audit checkpoint printed.',
    exitCodes.usage,
  );
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new CliError(`${path} cannot be read: ${(error as Error).message}.`, exitCodes.usage);
  }
}

async function verifyFile(
  file: string,
  keys: AuditKeys,
  kept: readonly SignedCheckpoint[],
): Promise<Verdict> {
  const stream = file === '-' ? process.stdin : createReadStream(file);
  const pieces: AsyncIterable<string> = stream.setEncoding('utf8');
  const report = await verifyExport(pieces, keys, kept).catch((error: NodeJS.ErrnoException) => {
    if (error.syscall === undefined) throw error;
    throw new CliError(`${file} cannot be read: ${error.message}.`, exitCodes.usage);
  });
  const { tenantId, environment, entries, fault, compared } = report;
  const what = environment === null ? '' : ` of ${environment}`;
  const note = compared < kept.length ? ' It says nothing of the entry that the checkpoint names.' : '';
  const summary = `All ${entries} entries${what} of ${tenantId} are as they were written.${note}`;
  return { ok: fault === null, entries, faults: fault ? [{ tenantId, ...fault }] : [], summary };
}

async function verifyStore(kept: readonly SignedCheckpoint[]): Promise<Verdict> {
  return onReading(async ({ db, schema: { main } }, config) => {
    if (main.pending.length > 0 || main.version > main.known) {
      throw new CliError(
        'The database is of another version than this program: start Keyward, or run keyward migrate.',
      );
    }
    const secret = requireSecret(config.dataDirectory, config.KEYWARD_SECRET);
    const known = await findFact(db, 'secret_check');
    if (known !== null && known !== secretCheckOf(secret)) {
      throw new CliError(
        'The secret is not the one this database was written with: nothing can be verified.',
      );
    }
    const { tenants, entries, breaks } = await verifyDatabase(db, auditKeysOf(secret), kept);
    const chains = tenants === 1 ? 'one tenant' : `${tenants} tenants`;
    const summary = `All ${entries} entries of ${chains} are as they were written.`;
    return { ok: breaks.length === 0, entries, faults: breaks, summary };
  });
}

/** Ends with 0 where nothing is wrong, and with 1 where something is or nothing could be verified. */
export async function verifyAudit(output: Output, options: VerifyOptions): Promise<void> {
  const kept = readCheckpoints(options.checkpoint);
  const { file } = options;
  const verdict = file === undefined ? await verifyStore(kept) : await verifyFile(file, keysOfConfig(), kept);
  const { ok, entries, faults, summary } = verdict;
  if (!ok) process.exitCode = exitCodes.failed;
  if (options.json) return output.json({ ok, entries, faults });
  if (ok) return output.line(summary);
  for (const { tenantId, seq, reason } of faults) {
    output.line(printable(`The audit log of ${tenantId ?? 'nobody'} is broken at entry ${seq}: ${reason}.`));
  }
}

function keysOfConfig(): AuditKeys {
  const { dataDirectory, KEYWARD_SECRET } = loadConfig();
  return auditKeysOf(requireSecret(dataDirectory, KEYWARD_SECRET));
}
