import { nothingGathered } from '../../core/alert-notices.ts';
import { type AlertCode, alertCodes } from '../../core/alerts.ts';
import { decodeCursor } from '../../core/cursor.ts';
import { isId } from '../../core/id.ts';
import { AppError } from '../../errors.ts';
import {
  hasWaitingTest,
  insertNotification,
  type NotificationRow,
  notificationsOf,
} from '../../store/alerts.ts';
import { openSignals, type SignalRow } from '../../store/signals.ts';
import { type App, type Context, change, reader } from '../app.ts';
import { recordChange } from '../audit.ts';
import { visibleKeys } from '../keys/personal.ts';
import { cutPage, invalidCursor, type Page, type PageAsk, readCursor } from '../page.ts';
import { lockExpected } from '../records.ts';
import { newNotification } from './gather.ts';
import { type Alert, alertKind, getAlert } from './rules.ts';

export interface SignalQuery extends PageAsk {
  readonly code?: AlertCode;
  readonly keyId?: string;
}

function readSignalCursor(cursor: string | undefined) {
  if (cursor === undefined) return undefined;
  const [keyId = '', code = ''] = (decodeCursor(cursor) ?? '').split(' ');
  if (!isId('key', keyId) || !(alertCodes as readonly string[]).includes(code)) throw invalidCursor();
  return { keyId, code };
}

/** What is so of keys now, by the settings of the tenant; of the newest keys first. */
export async function listSignals(app: App, ctx: Context, query: SignalQuery): Promise<Page<SignalRow>> {
  const { limit, code, keyId, cursor } = query;
  const { visibleTo } = visibleKeys(ctx);
  const page = { limit: limit + 1, code, keyId, after: readSignalCursor(cursor), visibleTo };
  const rows = await openSignals(reader(app, ctx), ctx, page);
  const { kept, nextCursor } = cutPage(rows, limit, (row) => `${row.key_id} ${row.code}`);
  return { items: kept, nextCursor };
}

/** What a rule told, is about to tell, or could not tell: the newest first. */
export async function listNotifications(
  app: App,
  ctx: Context,
  alertId: string,
  ask: PageAsk,
): Promise<Page<NotificationRow>> {
  await getAlert(app, ctx, alertId);
  const page = { limit: ask.limit + 1, before: readCursor('ntf', ask.cursor) };
  const rows = await notificationsOf(reader(app, ctx), alertId, page);
  const { kept, nextCursor } = cutPage(rows, ask.limit, ({ id }) => id);
  return { items: kept, nextCursor };
}

/** Sends a notice that says that it is a test, to everybody whom the rule tells, also in quiet hours. */
export async function testAlert(app: App, ctx: Context, id: string): Promise<NotificationRow> {
  return change(app, ctx, async (unit) => {
    await lockExpected<'alerts', Alert>(app, ctx, unit, alertKind, id);
    if (await hasWaitingTest(unit.tx, id)) {
      throw new AppError(
        'conflict',
        'A test of this rule is still on its way: its notifications say how far it is.',
      );
    }
    const row = newNotification(app, ctx, id, 'test', nothingGathered, app.clock.wallMs());
    await insertNotification(unit.tx, row);
    await recordChange(app, ctx, unit, { action: 'alert.tested', targetId: id });
    unit.afterCommit.push(() => app.alerts.wake());
    return row;
  });
}
