import type { Environment } from '../../core/environments.ts';
import { personalScopes } from '../../core/key-policy.ts';
import type { Place } from '../../core/policy.ts';
import { type Role, sessionScopes } from '../../core/roles.ts';
import { expandScopes } from '../../core/scopes.ts';
import { AppError } from '../../errors.ts';
import type { Db } from '../../store/database.ts';
import type { JobRow } from '../../store/jobs.ts';
import { getKey, type KeyRow } from '../../store/keys.ts';
import { getMember } from '../../store/people.ts';
import type { App } from '../app.ts';
import { readSettings } from '../people/tenant.ts';

async function scopesOfKey(app: App, db: Db, place: Place, id: string): Promise<ReadonlySet<string> | null> {
  const key = await getKey(db, place, id);
  if (key === undefined || key.is_active !== 1) return null;
  const now = app.clock.wallMs();
  if ([key.expires_at, key.ends_at].some((at) => at !== null && at <= now)) return null;
  const named = JSON.parse(key.scopes) as string[];
  const all = named.length === 0 ? app.catalogue.inherited : expandScopes(named, app.catalogue.all);
  return key.owner === 'user' ? withinOwner(app, db, key, all) : all;
}

/** A personal key has never more than its owner; null: they are no member any more. */
async function withinOwner(
  app: App,
  db: Db,
  key: KeyRow,
  scopes: ReadonlySet<string>,
): Promise<ReadonlySet<string> | null> {
  const owner = await getMember(db, key.tenant_id, key.owner_user_id ?? '');
  if (owner === undefined) return null;
  const { keyPolicy } = await readSettings(db, key.tenant_id);
  const environment = key.environment as Environment;
  const held = personalScopes(owner.role as Role, environment, keyPolicy, app.catalogue);
  return new Set([...scopes].filter((scope) => held.has(scope)));
}

async function scopesOfUser(app: App, db: Db, place: Place, id: string): Promise<ReadonlySet<string> | null> {
  const member = await getMember(db, place.tenantId, id);
  return member === undefined ? null : sessionScopes(member.role as Role, place.environment, app.catalogue);
}

/** A job does nothing that whoever started it may not do any more. */
export async function requireCreatorsRights(
  app: App,
  db: Db,
  place: Place,
  job: JobRow,
  scopes: readonly string[],
): Promise<void> {
  const { created_by_kind: kind, created_by: id } = job;
  if (kind === 'system') return;
  const held = await (kind === 'key' ? scopesOfKey : scopesOfUser)(app, db, place, id);
  if (held !== null && scopes.every((scope) => held.has(scope))) return;
  const who = kind === 'key' ? 'key' : 'person';
  throw new AppError('role_not_allowed', `The ${who} that started this job may not do this any more.`);
}
