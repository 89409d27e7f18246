import {
  allowsAction,
  type LicenseAction,
  type LicenseReason,
  type LicenseState,
  licenseTransitions,
} from '../core/license-states.ts';
import { AppError, notFound } from '../errors.ts';
import { deleteActivation, insertActivation, isActivatedOn, licenseByKey } from '../store/licenses.ts';
import { type App, type Context, change, reader, type Unit } from './app.ts';
import { requireCustomer, withinCustomers } from './customer-bounds.ts';
import { requireCustomersExist } from './customers.ts';
import { type License, licenseKind, stateOf } from './licenses.ts';
import { lockExpected, patchRecord, type RecordPatch, recordOf } from './records.ts';

const past: Readonly<Record<LicenseAction, string>> = {
  assign: 'license.assigned',
  activate: 'license.activated',
  deactivate: 'license.deactivated',
  suspend: 'license.suspended',
  resume: 'license.resumed',
  expire: 'license.expired',
  revoke: 'license.revoked',
};

function requireAction(license: License, action: LicenseAction, now: number): void {
  const state = stateOf(license, now);
  if (allowsAction(state, action)) return;
  const from = licenseTransitions[action].join(', ');
  const detail = `To ${action} a licence it must be ${from}; this one is ${state}.`;
  throw new AppError('conflict', detail, { members: { state } });
}

/** Takes an action that the table allows; `changes` says what it does to the licence. */
function act(
  app: App,
  ctx: Context,
  id: string,
  action: LicenseAction,
  changes: (license: License, now: number) => Partial<License>,
  options: Pick<RecordPatch<License>, 'allow' | 'details'> = {},
): Promise<License> {
  const patch = (license: License) => {
    const now = app.clock.wallMs();
    requireAction(license, action, now);
    return changes(license, now);
  };
  return patchRecord<'licenses', License>(app, ctx, licenseKind, id, patch, {
    action: past[action],
    ...options,
  });
}

export async function assignLicense(app: App, ctx: Context, id: string, customerId: string) {
  requireCustomer(ctx, customerId);
  return act(app, ctx, id, 'assign', () => ({ customerId }), {
    allow: (unit) => requireCustomersExist(ctx, unit, [customerId], 'customerId'),
  });
}

export const suspendLicense = (app: App, ctx: Context, id: string) =>
  act(app, ctx, id, 'suspend', () => ({ isSuspended: 1 }));

export const resumeLicense = (app: App, ctx: Context, id: string) =>
  act(app, ctx, id, 'resume', () => ({ isSuspended: 0 }));

export const expireLicense = (app: App, ctx: Context, id: string) =>
  act(app, ctx, id, 'expire', (_license, now) => ({ expiresAt: now }));

export const revokeLicense = (app: App, ctx: Context, id: string) =>
  act(app, ctx, id, 'revoke', (_license, now) => ({ revokedAt: now }));

async function requireFreeMachine(_unit: Unit, { machines, activationLimit }: License): Promise<void> {
  if (machines <= activationLimit) return;
  const detail = `The licence is activated on ${activationLimit} machines already, as many as it may be.`;
  throw new AppError('conflict', detail, { members: { activationLimit } });
}

/** A machine counts once, however often it asks. */
export async function activateLicense(
  app: App,
  ctx: Context,
  id: string,
  machineId: string,
): Promise<License> {
  return change(app, ctx, async (unit) => {
    const inUnit = { ...ctx, unit };
    // Locked first: of two that name the same machine at once, one finds what the other did.
    await lockExpected(app, ctx, unit, licenseKind, id);
    const isKnown = await isActivatedOn(unit.tx, id, machineId);
    const more = isKnown ? 0 : 1;
    const activated = await act(
      app,
      inUnit,
      id,
      'activate',
      ({ machines }) => ({ machines: machines + more }),
      { allow: requireFreeMachine, details: { machineId } },
    );
    if (!isKnown) {
      const createdAt = app.clock.wallMs();
      await insertActivation(unit.tx, {
        id: app.newId('act'),
        license_id: id,
        machine_id: machineId,
        created_at: createdAt,
      });
    }
    return activated;
  });
}

export async function deactivateLicense(
  app: App,
  ctx: Context,
  id: string,
  machineId: string,
): Promise<License> {
  return change(app, ctx, async (unit) => {
    await lockExpected(app, ctx, unit, licenseKind, id);
    if (!(await isActivatedOn(unit.tx, id, machineId))) throw notFound('activation');
    await deleteActivation(unit.tx, id, machineId);
    const fewer = ({ machines }: License) => ({ machines: machines - 1 });
    return act(app, { ...ctx, unit }, id, 'deactivate', fewer, { details: { machineId } });
  });
}

export interface LicenseVerdict {
  readonly license: License | null;
  /** Why it is not valid; null where it is. */
  readonly reason: LicenseReason | null;
}

const refusingStates: Partial<Record<LicenseState, LicenseReason>> = {
  revoked: 'revoked',
  expired: 'expired',
  suspended: 'suspended',
  available: 'not_assigned',
};

/** Whether a licence may be used now, on this machine where one is named. */
export async function verifyLicense(
  app: App,
  ctx: Context,
  key: string,
  machineId: string | undefined,
): Promise<LicenseVerdict> {
  const db = reader(app, ctx);
  const row = await licenseByKey(db, ctx, key, withinCustomers(ctx, licenseKind.customer));
  if (row === undefined) return { license: null, reason: 'unknown_license' };
  const license = recordOf<'licenses', License>(licenseKind, row);
  const reason = refusingStates[stateOf(license, app.clock.wallMs())];
  if (reason !== undefined) return { license, reason };
  const isThere = machineId === undefined || (await isActivatedOn(db, license.id, machineId));
  return { license, reason: isThere ? null : 'not_activated' };
}
