import type { NoticeItem } from '../../core/alert-notices.ts';
import type { OpenSignal, Raised, SignalChanges } from '../../core/alert-signals.ts';
import { type alertCodes, isLimitCode, type Watch } from '../../core/alerts.ts';
import type { Place } from '../../core/policy.ts';
import type { EventType } from '../../core/webhook-events.ts';
import { deleteSignal, insertSignal, type SignalRow, setClearSince } from '../../store/signals.ts';
import { type App, atomically, type Unit } from '../app.ts';
import { publishEvent } from '../events.ts';
import { gatherItems } from './gather.ts';
import type { Alert } from './rules.ts';

/** A signal as the rules compare it, with its row. */
export interface KnownSignal extends OpenSignal {
  readonly row: SignalRow;
}

export function knownSignal(row: SignalRow): KnownSignal {
  return {
    keyId: row.key_id,
    watchId: row.alert_id,
    code: row.code as OpenSignal['code'],
    since: row.since,
    clearSince: row.clear_since,
    row,
  };
}

export function watchOf({ id, conditions, keyIds }: Alert): Watch {
  return {
    id,
    conditions: new Map(conditions.map((condition) => [condition.code, condition])),
    keyIds: keyIds === null ? null : new Set(keyIds),
  };
}

/** What is known of the keys that were looked at; those that are not here are gone. */
export type KeyNames = ReadonlyMap<string, { readonly name: string; readonly isActive: boolean }>;

/** Changes in one transaction: a few milliseconds, for which others wait. */
const changesAtOnce = 20;

const timeOf = (ms: number) => new Date(ms).toISOString();

/** Of the keys' own events those that a signal means. */
const keyEvents: Partial<Record<(typeof alertCodes)[number], EventType>> = {
  expires_soon: 'key.expiring',
  unused_30_days: 'key.unused',
  day_limit_near: 'key.limit_reached',
  limit_reached: 'key.limit_reached',
};

interface Change {
  readonly kind: 'raised' | 'ended' | 'dropped' | 'moved';
  apply(unit: Unit, told: Told): Promise<void>;
}

/** What the rules are to be told of in this transaction, by rule. */
interface Told {
  readonly raised: Map<string, NoticeItem[]>;
  readonly resolved: Map<string, NoticeItem[]>;
}

function add(told: Map<string, NoticeItem[]>, alertId: string, item: NoticeItem): void {
  const items = told.get(alertId);
  if (items) items.push(item);
  else told.set(alertId, [item]);
}

/**
 * Writes what changed, tells subscribers, and puts it among what the rules gather: all of a change in one
 * transaction, so that each is raised once and resolved once, whenever the server ends.
 */
export async function applyChanges(
  app: App,
  place: Place,
  changes: SignalChanges<KnownSignal>,
  names: KeyNames,
  rules: ReadonlyMap<string, Alert>,
): Promise<void> {
  const all: Change[] = [
    ...changes.raised.map((raised) => raising(app, place, raised, names)),
    ...changes.ended.map((signal) => ending(app, place, signal, names)),
    ...changes.dropped.map(
      ({ row }): Change => ({ kind: 'dropped', apply: async ({ tx }) => void (await deleteSignal(tx, row)) }),
    ),
    ...changes.moved.map(
      ({ row, clearSince }): Change => ({
        kind: 'moved',
        apply: ({ tx }) => setClearSince(tx, row, clearSince),
      }),
    ),
  ];
  for (let from = 0; from < all.length; from += changesAtOnce) {
    const some = all.slice(from, from + changesAtOnce);
    await atomically(app, async (unit) => {
      const told: Told = { raised: new Map(), resolved: new Map() };
      for (const one of some) await one.apply(unit, told);
      for (const id of new Set([...told.raised.keys(), ...told.resolved.keys()].sort())) {
        const rule = rules.get(id);
        if (rule)
          await gatherItems(app, place, unit, rule, told.raised.get(id) ?? [], told.resolved.get(id) ?? []);
      }
    });
  }
}

function raising(app: App, place: Place, { keyId, watchId, finding }: Raised, names: KeyNames): Change {
  const { code, cause, action, facts } = finding;
  const name = names.get(keyId)!.name;
  const since = app.clock.wallMs();
  const row: SignalRow = {
    tenant_id: place.tenantId,
    environment: place.environment,
    key_id: keyId,
    alert_id: watchId,
    code,
    since,
    clear_since: null,
    name,
    cause,
    action,
  };
  const item: NoticeItem = { keyId, name, code, cause, action, since: timeOf(since) };
  return {
    kind: 'raised',
    apply: async (unit, told) => {
      if (!(await insertSignal(unit.tx, row))) return;
      if (watchId !== '') return add(told.raised, watchId, item);
      const data = { ...item, environment: place.environment, ...facts };
      if (!isLimitCode(code)) await publishEvent(app, place, unit, 'flag.raised', data);
      const own = keyEvents[code];
      if (own) await publishEvent(app, place, unit, own, data);
    },
  };
}

function reasonOf(key: { readonly isActive: boolean } | undefined): string {
  if (key === undefined) return 'The key was deleted.';
  return key.isActive ? 'It is not so any more.' : 'The key is not active any more.';
}

function ending(app: App, place: Place, signal: KnownSignal, names: KeyNames): Change {
  const { keyId, watchId, code, since, row } = signal;
  const key = names.get(keyId);
  const item: NoticeItem = {
    keyId,
    name: key?.name ?? row.name,
    code,
    cause: row.cause,
    action: row.action,
    since: timeOf(since),
    reason: reasonOf(key),
  };
  return {
    kind: 'ended',
    apply: async (unit, told) => {
      if (!(await deleteSignal(unit.tx, row))) return;
      if (watchId !== '') return add(told.resolved, watchId, item);
      if (isLimitCode(code)) return;
      const data = { ...item, environment: place.environment, resolvedAt: timeOf(app.clock.wallMs()) };
      await publishEvent(app, place, unit, 'flag.resolved', data);
    },
  };
}
