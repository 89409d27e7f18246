import type { Environment } from '../../core/environments.ts';
import { AppError, invalid } from '../../errors.ts';
import { insertKey } from '../../store/keys.ts';
import { type App, type Context, change, inEnvironment, type Unit } from '../app.ts';
import { recordChange } from '../audit.ts';
import { type CreateKeyInput, newKeyRow, requireAllowed, withDefaultExpiry } from './create.ts';
import { bindCustomers } from './customers.ts';
import { auditView, type KeyDetails, rereadKey } from './details.ts';
import { publishKey } from './events.ts';
import { asPresent } from './hold.ts';
import { requireKeyRole } from './rights.ts';

export interface ImportedKeyInput extends CreateKeyInput {
  /** Lower-case hex SHA-256 of the secret, as the other system stores it. */
  readonly sha256: string;
  readonly hint?: string;
}

function requireDistinct(keys: readonly ImportedKeyInput[]): void {
  const seen = new Map<string, number>();
  for (const [i, { sha256 }] of keys.entries()) {
    const first = seen.get(sha256);
    if (first !== undefined) {
      throw invalid({ path: `keys.${i}.sha256`, message: `is the same as that of keys.${first}` });
    }
    seen.set(sha256, i);
  }
}

/** Keys of another system go on working, known by their digests alone: all of them, or none. */
export async function importKeys(
  app: App,
  ctx: Context,
  keys: readonly ImportedKeyInput[],
): Promise<KeyDetails[]> {
  requireDistinct(keys);
  return change(app, ctx, async (unit) => {
    const imported: KeyDetails[] = [];
    const present = await asPresent(app, ctx, unit);
    for (const [i, input] of keys.entries()) imported.push(await importKey(app, present, unit, input, i));
    unit.afterCommit.push(() => app.policies.noteImport(keys.map((key) => key.sha256)));
    return imported;
  });
}

async function importKey(
  app: App,
  context: Context,
  unit: Unit,
  input: ImportedKeyInput,
  index: number,
): Promise<KeyDetails> {
  const environment: Environment = input.environment ?? context.environment;
  if (context.caller.kind === 'key' && environment !== context.environment) {
    throw invalid({
      path: `keys.${index}.environment`,
      message: `a key can only import keys of its own environment, ${context.environment}`,
    });
  }
  requireKeyRole(context, environment);
  const ctx = inEnvironment(context, environment);
  const row = newKeyRow(app, ctx, await withDefaultExpiry(app, ctx, unit, input));
  await requireAllowed(app, ctx, unit, row);
  const secret = {
    id: app.newId('sec'),
    key_id: row.id,
    public_part: null,
    hint: input.hint ?? 'imported',
    digest: input.sha256,
    created_at: row.created_at,
    ends_at: null,
    last_used_at: null,
  };
  try {
    await insertKey(unit.tx, row, secret);
  } catch (error) {
    if (!app.database.dialect.isUniqueViolation(error)) throw error;
    throw new AppError(
      'conflict',
      `keys.${index}.sha256: a key with this digest exists already. Nothing was imported.`,
    );
  }
  await bindCustomers(app, ctx, unit, row);
  const details = await rereadKey(app, ctx, unit, row.id);
  await recordChange(app, ctx, unit, {
    action: 'key.imported',
    targetId: row.id,
    after: auditView(details.key, details.secrets),
  });
  await publishKey(app, ctx, unit, 'key.created', row.id);
  return details;
}
