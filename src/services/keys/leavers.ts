import type { Environment } from '../../core/environments.ts';
import { AppError } from '../../errors.ts';
import { deleteKey, type KeyRow, lockKey, personalKeysOf, secretsOf } from '../../store/keys.ts';
import { type App, type Context, inEnvironment, type Unit } from '../app.ts';
import { recordChange } from '../audit.ts';
import { revokeRow } from './change.ts';
import { auditView, statusOf } from './details.ts';
import { publishKey } from './events.ts';

/** What becomes of the personal keys of somebody who goes. */
export type LeaversChoice = 'revoke' | 'delete';
export const leaversChoices: readonly LeaversChoice[] = ['revoke', 'delete'];

const maxNamed = 100;

function unanswered(app: App, keys: readonly KeyRow[]): AppError {
  const many = keys.length === 1 ? 'a personal key' : `${keys.length} personal keys`;
  const named = keys.slice(0, maxNamed).map((key) => {
    const use = app.uses.lastOfKey(key.id) ?? { at: key.last_used_at, ip: key.last_used_ip };
    return {
      id: key.id,
      name: key.name,
      environment: key.environment,
      lastUsedAt: use.at === null ? null : new Date(use.at).toISOString(),
      lastUsedIp: use.ip,
    };
  });
  const choices = leaversChoices.map((choice) => `personalKeys=${choice}`).join(' or ');
  return new AppError(
    'conflict',
    `This member has ${many}, and programs that use ${keys.length === 1 ? 'it' : 'them'} will stop. Say what to do: send ${choices}.`,
    { members: { personalKeys: { count: keys.length, choices: leaversChoices, keys: named } } },
  );
}

async function endKey(app: App, ctx: Context, unit: Unit, key: KeyRow, choice: LeaversChoice): Promise<void> {
  if (choice === 'revoke') return void (await revokeRow(app, ctx, unit, key, 'owner_removed'));
  const secrets = await secretsOf(unit.tx, [key.id]);
  await publishKey(app, ctx, unit, 'key.deleted', key.id);
  await deleteKey(unit.tx, key.id);
  unit.afterCommit.push(() => app.policies.drop(key.id));
  await recordChange(app, ctx, unit, {
    action: 'key.deleted',
    targetId: key.id,
    before: auditView(key, secrets),
  });
}

/**
 * Ends the personal keys of a member whose row is held, in all environments: nobody can get one more meanwhile. Refuses
 * where some of them work and nobody said what to do.
 */
export async function endPersonalKeys(
  app: App,
  context: Context,
  unit: Unit,
  userId: string,
  choice: LeaversChoice | undefined,
): Promise<void> {
  const now = app.clock.wallMs();
  const keys: KeyRow[] = [];
  // All are locked before the first is changed, for the reason that bulk revocation has.
  for (const { id, environment } of await personalKeysOf(unit.tx, context.tenantId, userId)) {
    const place = inEnvironment(context, environment as Environment);
    const key = await lockKey(unit.tx, app.database.dialect, place, id);
    if (key) keys.push(key);
  }
  const working = keys.filter((key) => statusOf(key, now) === 'active');
  if (working.length > 0 && choice === undefined) throw unanswered(app, working);
  for (const key of keys) {
    await endKey(app, inEnvironment(context, key.environment as Environment), unit, key, choice ?? 'revoke');
  }
}
