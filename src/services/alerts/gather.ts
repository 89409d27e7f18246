import { type Gathered, gather, type NoticeItem, type NoticeKind } from '../../core/alert-notices.ts';
import type { Place } from '../../core/policy.ts';
import {
  deleteNotification,
  gathering,
  insertNotification,
  type NotificationRow,
  updateNotification,
} from '../../store/alerts.ts';
import type { App, Unit } from '../app.ts';
import type { Alert } from './rules.ts';

const minuteMs = 60_000;

/** A notice that is not there yet. */
export function newNotification(
  app: App,
  { tenantId, environment }: Place,
  alertId: string,
  kind: NoticeKind,
  { items, total }: Gathered,
  dueAt: number,
): NotificationRow {
  return {
    id: app.newId('ntf'),
    tenant_id: tenantId,
    environment,
    alert_id: alertId,
    kind,
    state: 'gathering',
    due_at: dueAt,
    items: JSON.stringify(items),
    total,
    recipients: '[]',
    attempts: 0,
    began_at: null,
    error: null,
    created_at: app.clock.wallMs(),
    ended_at: null,
  };
}

function gatheredOf(row: NotificationRow | undefined): Gathered {
  return row ? { items: JSON.parse(row.items), total: row.total } : { items: [], total: 0 };
}

/** Puts what came true and what is over among what the rule gathers, for its next notice of each kind. */
export async function gatherItems(
  app: App,
  place: Place,
  unit: Unit,
  rule: Alert,
  raised: readonly NoticeItem[],
  resolved: readonly NoticeItem[],
): Promise<void> {
  const { tx } = unit;
  await app.database.dialect.serialize(tx, `alert notices ${rule.id}`);
  const rows = await gathering(tx, app.database.dialect, rule.id);
  const rowOf = (kind: NoticeKind) => rows.findLast((row) => row.kind === kind);
  const before = { raised: gatheredOf(rowOf('raised')), resolved: gatheredOf(rowOf('resolved')) };
  const first = gather(before.raised, before.resolved, raised);
  const then = gather(first.opposite, first.waiting, resolved);
  const after = {
    raised: then.opposite,
    resolved: rule.notifyResolved === 1 ? then.waiting : first.opposite,
  };
  for (const kind of ['raised', 'resolved'] as const) {
    const row = rowOf(kind);
    const { items, total } = after[kind];
    if (row === undefined) {
      if (total === 0) continue;
      const dueAt = app.clock.wallMs() + rule.groupMinutes * minuteMs;
      await insertNotification(tx, newNotification(app, place, rule.id, kind, after[kind], dueAt));
      unit.afterCommit.push(() => app.alerts.wake());
    } else if (total === 0) await deleteNotification(tx, row.id);
    else if (JSON.stringify(items) !== row.items || total !== row.total)
      await updateNotification(tx, row.id, { items: JSON.stringify(items), total });
  }
}
