import { isEmail, normalizeEmail } from '../../core/people.ts';
import type { Role } from '../../core/roles.ts';
import { AppError, invalid } from '../../errors.ts';
import { hasUsers, insertPerson, insertTenant, lockInstallation } from '../../store/people.ts';
import { type App, type Context, change, type Unit } from '../app.ts';
import { recordChange } from '../audit.ts';
import type { Visit } from './caller.ts';
import { commandLine, requireGoodPassword } from './password.ts';
import { finishSignIn, type SignInAnswer } from './sign-in.ts';

export interface NewOwner {
  readonly email: string;
  readonly password: string;
  readonly name?: string | undefined;
  readonly tenantName?: string | undefined;
}

export interface Owner {
  readonly tenantId: string;
  readonly userId: string;
}

export interface NewPersonInput {
  readonly tenantId: string;
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  readonly passwordHash: string;
}

/** User, password and membership, told to the audit log as done by `ctx.caller`. */
export async function addPerson(app: App, ctx: Context, unit: Unit, person: NewPersonInput): Promise<string> {
  const id = app.newId('usr');
  const { email, name, role } = person;
  try {
    await insertPerson(unit.tx, { ...person, id, accountId: crypto.randomUUID(), now: app.clock.wallMs() });
  } catch (error) {
    if (app.database.dialect.isUniqueViolation(error)) throw addressTaken();
    throw error;
  }
  const place = { ...ctx, tenantId: person.tenantId };
  await recordChange(app, place, unit, {
    action: 'member.added',
    targetId: id,
    after: { email, name, role },
  });
  return id;
}

export function addressTaken(): AppError {
  return new AppError('conflict', 'There is a user with this e-mail address already: sign in instead.');
}

async function insertFirst(
  app: App,
  ctx: Context,
  unit: Unit,
  owner: NewOwner,
  passwordHash: string,
): Promise<Owner> {
  await lockInstallation(unit.tx, app.database.dialect);
  if (await hasUsers(unit.tx)) throw alreadySetUp();
  return insertTenantWithOwner(app, ctx, unit, owner, passwordHash);
}

async function insertTenantWithOwner(
  app: App,
  ctx: Context,
  unit: Unit,
  owner: NewOwner,
  passwordHash: string,
): Promise<Owner> {
  const tenantId = app.newId('tnt');
  const now = app.clock.wallMs();
  const name = owner.tenantName ?? 'My organisation';
  await insertTenant(unit.tx, {
    id: tenantId,
    name,
    ceilings: '{}',
    settings: '{}',
    created_at: now,
    updated_at: now,
  });
  await recordChange(app, { ...ctx, tenantId }, unit, {
    action: 'tenant.created',
    targetId: tenantId,
    after: { name },
  });
  const userId = await addPerson(app, ctx, unit, {
    tenantId,
    email: owner.email,
    name: owner.name ?? owner.email.slice(0, owner.email.indexOf('@')),
    role: 'owner',
    passwordHash,
  });
  return { tenantId, userId };
}

function alreadySetUp(): AppError {
  return new AppError('conflict', 'Keyward is set up already: sign in, or ask an owner for an invitation.');
}

function checkedOwner(owner: NewOwner): NewOwner {
  const email = normalizeEmail(owner.email);
  if (!isEmail(email))
    throw invalid({ path: 'email', message: 'must be an e-mail address, such as ada@example.com' });
  requireGoodPassword(owner.password, email);
  return { ...owner, email };
}

/** For the settings and the command line: what the set-up link does, without a session. A 409 where there is a user. */
export async function createOwner(app: App, input: NewOwner): Promise<Owner> {
  const owner = checkedOwner(input);
  const hash = await app.people.passwords.hash(owner.password);
  const ctx = commandLine('');
  return change(app, ctx, (unit) => insertFirst(app, ctx, unit, owner, hash));
}

/** A further tenant with an owner of its own: on the command line's authority, and for tests. */
export async function createTenant(app: App, input: NewOwner): Promise<Owner> {
  const owner = checkedOwner(input);
  const hash = await app.people.passwords.hash(owner.password);
  const ctx = commandLine('');
  return change(app, ctx, (unit) => insertTenantWithOwner(app, ctx, unit, owner, hash));
}

/** Redeems the set-up link: tenant, owner and their first session are one transaction; then the link is over. */
export async function setUp(
  app: App,
  ctx: Context,
  visit: Visit,
  input: NewOwner & { readonly token: string },
): Promise<SignInAnswer> {
  const { people } = app;
  if (await people.hasUsers()) throw alreadySetUp();
  if (!people.setupLinks.matches(input.token)) {
    throw new AppError(
      'not_found',
      'This set-up link is not valid, or no longer: restart Keyward for a new one.',
    );
  }
  const owner = checkedOwner(input);
  const auth = await people.auth();
  const hash = await people.passwords.hash(owner.password);
  const answer = await change(app, ctx, async (unit) => {
    const byLink: Context = { ...ctx, caller: { kind: 'system', id: 'setup-link' } };
    const { userId } = await insertFirst(app, byLink, unit, owner, hash);
    const started = await auth.call({ ...people.callFor(visit, null), tx: unit.tx }, (api, headers) =>
      api.startSession({ body: { userId }, headers, returnHeaders: true }),
    );
    return finishSignIn(app, ctx, unit, visit, started);
  });
  people.setupLinks.end();
  return answer;
}
