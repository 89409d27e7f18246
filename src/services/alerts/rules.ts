import type { QuietHours } from '../../core/alert-quiet.ts';
import type { AlertCondition } from '../../core/alerts.ts';
import { AppError, invalid } from '../../errors.ts';
import { countAlerts, deleteNotificationsOf, keysInPlace, setGatheredDue } from '../../store/alerts.ts';
import { type App, type Context, change, type Unit } from '../app.ts';
import {
  addRecord,
  getRecord,
  listRecords,
  type Precondition,
  patchRecord,
  type RecordAsk,
  type RecordKind,
  recordOf,
  removeRecord,
  type StoredRecord,
} from '../records.ts';

export interface AlertChannels {
  /** Whether an event is published, for whoever subscribed to it. */
  readonly webhook: boolean;
  readonly emails: readonly string[];
}

export interface Alert extends StoredRecord {
  readonly name: string;
  readonly conditions: readonly AlertCondition[];
  /** null: all keys of the place. */
  readonly keyIds: readonly string[] | null;
  readonly channels: AlertChannels;
  readonly groupMinutes: number;
  readonly quiet: QuietHours | null;
  readonly notifyResolved: number;
  readonly isActive: number;
}

export interface AlertInput {
  readonly name: string;
  readonly conditions: readonly AlertCondition[];
  readonly keyIds: readonly string[] | null;
  readonly channels: AlertChannels;
  readonly groupMinutes: number;
  readonly quiet: QuietHours | null;
  readonly notifyResolved: boolean;
  readonly isActive: boolean;
}

export type AlertPatch = {
  readonly [K in keyof AlertInput]?:
    | (K extends 'channels' ? Partial<AlertChannels> : AlertInput[K])
    | undefined;
};

export const alertKind: RecordKind<'alerts'> = {
  table: 'alerts',
  prefix: 'alr',
  noun: 'alert',
  customer: null,
  json: ['conditions', 'keyIds', 'channels', 'quiet'],
  searched: [],
  personal: [],
};

export const alertOf = recordOf<'alerts', Alert>;

const minuteMs = 60_000;

/** Every key is held against every rule of its place. */
const maxAlerts = 20;

export function listAlerts(app: App, ctx: Context, ask: RecordAsk) {
  return listRecords<'alerts', Alert>(app, ctx, alertKind, ask);
}

export function getAlert(app: App, ctx: Context, id: string): Promise<Alert> {
  return getRecord(app, ctx, alertKind, id);
}

const flag = (value: boolean | undefined) => (value === undefined ? undefined : Number(value));

function fieldsOf({ notifyResolved, isActive, ...fields }: AlertPatch) {
  return { ...fields, notifyResolved: flag(notifyResolved), isActive: flag(isActive) };
}

async function requireUsable(
  app: App,
  ctx: Context,
  unit: Unit,
  { channels, keyIds }: Pick<Alert, 'channels' | 'keyIds'>,
): Promise<void> {
  if (!channels.webhook && channels.emails.length === 0) {
    throw invalid({
      path: 'channels',
      message: 'names nobody to tell: set `webhook` to true, or name e-mail addresses in `emails`',
    });
  }
  if (channels.emails.length > 0 && app.mailer === null) {
    throw invalid({
      path: 'channels.emails',
      message:
        'needs a mail server, and none is set: whoever runs Keyward sets KEYWARD_SMTP_URL and KEYWARD_SMTP_FROM',
    });
  }
  if (keyIds === null) return;
  const known = await keysInPlace(unit.tx, app.database.dialect, ctx, keyIds);
  const missing = keyIds.findIndex((id) => !known.has(id));
  if (missing === -1) return;
  throw invalid({ path: `keyIds.${missing}`, message: 'is not a key of this environment' });
}

async function requireRoom(app: App, ctx: Context, { tx }: Unit): Promise<void> {
  await app.database.dialect.serialize(tx, `alerts ${ctx.tenantId} ${ctx.environment}`);
  if ((await countAlerts(tx, ctx)) < maxAlerts) return;
  throw new AppError(
    'conflict',
    `This environment has ${maxAlerts} alert rules, which is as many as there may be: change or delete one of them.`,
  );
}

/** A rule begins with what is so when it is made, and what was told by it ends with it. */
export async function createAlert(
  app: App,
  ctx: Context,
  input: AlertInput,
): Promise<{ record: Alert; isNew: boolean }> {
  return change(app, ctx, async (unit) => {
    await requireUsable(app, ctx, unit, input);
    await requireRoom(app, ctx, unit);
    const record = await addRecord<'alerts', Alert>(app, ctx, unit, alertKind, fieldsOf(input));
    unit.afterCommit.push(() => app.alerts.rulesChanged());
    return { record: record!, isNew: true };
  });
}

export async function patchAlert(
  app: App,
  ctx: Context,
  id: string,
  patch: AlertPatch,
  precondition?: Precondition,
): Promise<Alert> {
  return patchRecord<'alerts', Alert>(app, ctx, alertKind, id, fieldsOf(patch), {
    precondition,
    allow: async (unit, after) => {
      // A rule whose keys or mail server are gone can still be switched off or renamed.
      if (patch.channels !== undefined || patch.keyIds !== undefined)
        await requireUsable(app, ctx, unit, {
          channels: after.channels,
          keyIds: patch.keyIds === undefined ? null : after.keyIds,
        });
      // What quiet hours put off so far they put off again where they still are.
      await setGatheredDue(unit.tx, id, after.groupMinutes * minuteMs);
      unit.afterCommit.push(() => app.alerts.wake());
      unit.afterCommit.push(() => app.alerts.rulesChanged());
    },
  });
}

export function deleteAlert(app: App, ctx: Context, id: string, precondition?: Precondition): Promise<void> {
  return removeRecord<'alerts', Alert>(app, ctx, alertKind, id, {
    precondition,
    allow: async ({ tx }) => deleteNotificationsOf(tx, id),
  });
}
