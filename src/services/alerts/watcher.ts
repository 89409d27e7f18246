import { setTimeout as delay } from 'node:timers/promises';
import { compareSignals, type KeyFindings } from '../../core/alert-signals.ts';
import {
  type AlertCondition,
  defaultDayPercent,
  flagFindings,
  limitFindings,
  lowestPercent,
  placeWatch,
  type Watch,
  widestRules,
} from '../../core/alerts.ts';
import { type Environment, environments } from '../../core/environments.ts';
import type { FlagRules } from '../../core/flags.ts';
import type { Place } from '../../core/policy.ts';
import { activeAlerts, conditionsWithPercent } from '../../store/alerts.ts';
import {
  busyKeys,
  keysWithLimitSignals,
  type LimitedRow,
  limitedKeys,
  limitSignals,
  signalsBetween,
  type WatchedRow,
  watchedKeys,
} from '../../store/signals.ts';
import { tenantIdsAfter } from '../../store/tenants.ts';
import type { App } from '../app.ts';
import { statusOf } from '../keys/details.ts';
import { askTelemetry } from '../logs.ts';
import { readSettings } from '../people/tenant.ts';
import { flagFacts, flagRulesOf } from '../survey.ts';
import { applyChanges, type KeyNames, type KnownSignal, knownSignal, watchOf } from './apply.ts';
import { type Alert, alertKind, alertOf } from './rules.ts';

/** Looked at in one turn, as the overview does. */
const stepSize = 100;
const groupsAtOnce = 500;
const tenantsAtOnce = 100;
const maxRestMs = 50;
const dayMs = 86_400_000;

/** What is watched in a place. */
interface PlaceRules {
  readonly watches: ReadonlyMap<string, Watch>;
  readonly rules: ReadonlyMap<string, Alert>;
}

async function rulesOf(app: App, place: Place): Promise<PlaceRules> {
  const rows = await activeAlerts(app.database.read, place);
  const alerts = rows.map((row) => alertOf(alertKind, row));
  const watches = [placeWatch, ...alerts.map(watchOf)];
  return {
    watches: new Map(watches.map((watch) => [watch.id, watch])),
    rules: new Map(alerts.map((alert) => [alert.id, alert])),
  };
}

/** What all keys of a place are held against. */
interface Sweep extends PlaceRules {
  readonly place: Place;
  readonly flagRules: FlagRules;
  readonly widest: FlagRules;
  readonly percent: number;
}

/**
 * Looks for what came true of keys, and what is over, and tells it. It looks a step at a time, and rests after each for
 * as long as the loop was busy with it: half of the time at least is for requests.
 */
export class Watcher {
  readonly #app: App;
  /** Keys that the next look at limits should see. */
  readonly #candidates = new Set<string>();
  /** What a look at limits has taken, until it succeeds: it is told only once. */
  #left = { groups: new Set<string>(), refused: new Set<string>(), others: new Set<string>() };
  #percent: number | null = null;
  #open = { flags: 0, limits: 0 };
  #isStopped = false;

  constructor(app: App) {
    this.#app = app;
  }

  stop(): void {
    this.#isStopped = true;
  }

  /** Places' own signals as of the last look. */
  get open(): number {
    return this.#open.flags + this.#open.limits;
  }

  rulesChanged(): void {
    this.#percent = null;
  }

  /** Looks at the flags of every key of everybody. */
  async lookAtFlags(): Promise<void> {
    let open = 0;
    for (let after = ''; !this.#isStopped; ) {
      const ids = await tenantIdsAfter(this.#app.database.read, after, tenantsAtOnce);
      for (const tenantId of ids) {
        for (const environment of environments) open += await this.#sweep({ tenantId, environment });
      }
      if (ids.length < tenantsAtOnce) break;
      after = ids.at(-1)!;
    }
    this.#open.flags = open;
  }

  async #sweep(place: Place): Promise<number> {
    const { database } = this.#app;
    const settings = await readSettings(database.read, place.tenantId);
    const flagRules = flagRulesOf(settings, place.environment);
    const known = await rulesOf(this.#app, place);
    const watches = [...known.watches.values()];
    const sweep = {
      ...known,
      place,
      flagRules,
      widest: widestRules(flagRules, watches),
      percent: lowestPercent(watches),
    };
    let open = 0;
    for (let before: string | undefined; !this.#isStopped; ) {
      const busy = performance.eventLoopUtilization();
      const now = this.#app.clock.wallMs();
      const page = { day: Math.floor(now / dayMs), before, limit: stepSize };
      const rows = await watchedKeys(database.read, place, page);
      const isLast = rows.length < stepSize;
      open += await this.#judgeFlags(sweep, rows, isLast ? undefined : rows.at(-1)!.id, before, now);
      if (isLast) break;
      before = rows.at(-1)!.id;
      await rest(busy);
    }
    return open;
  }

  /** Answers how many signals of the place's own there are now among these keys. */
  async #judgeFlags(
    sweep: Sweep,
    rows: readonly WatchedRow[],
    from: string | undefined,
    before: string | undefined,
    now: number,
  ): Promise<number> {
    const app = this.#app;
    const { place, flagRules, widest, watches, rules, percent } = sweep;
    const statuses = rows.map((row) => statusOf(row, now));
    const facts = rows.map((row, i) => flagFacts(app, place, row, statuses[i]!));
    const isRecorded = app.requestLog !== null;
    const figures =
      rows.length === 0 ? [] : await askTelemetry(app, 'overview', facts, widest, now, isRecorded);
    const open = await signalsBetween(app.database.read, place, from, before);
    const found = rows.map(({ id, expires_at: expiresAt }, i): KeyFindings => {
      const key = { id, expiresAt, ...figures[i]! };
      const byWatch = [...watches.values()].map(
        (watch) =>
          [watch.id, key.flags.length === 0 ? [] : flagFindings(key, watch, flagRules, now)] as const,
      );
      return { keyId: id, byWatch: new Map(byWatch) };
    });
    for (const row of rows) if (row.used * 100 >= row.per_day * percent) this.#candidates.add(row.id);
    const changes = compareSignals(found, open.map(knownSignal), watches, now);
    const names: KeyNames = new Map(
      rows.map(({ id, name }, i) => [id, { name, isActive: statuses[i] === 'active' }]),
    );
    await applyChanges(app, place, changes, names, rules);
    const isOwn = ({ watchId }: { readonly watchId: string }) => watchId === '';
    return (
      open.filter((row) => row.alert_id === '').length +
      changes.raised.filter(isOwn).length -
      changes.ended.filter(isOwn).length
    );
  }

  /** Looks at the limits of those keys that may have come near theirs since the last look, or were near them. */
  async lookAtLimits(): Promise<void> {
    const { guard, keeper } = this.#app;
    const { groups, refused, others } = this.#left;
    for (const group of keeper.takeUsedGroups()) groups.add(group);
    for (const id of guard.takeLimitedKeys()) refused.add(id);
    for (const id of this.#candidates) others.add(id);
    this.#candidates.clear();
    await this.#lookAtKeys([...groups], refused, others);
    this.#left = { groups: new Set(), refused: new Set(), others: new Set() };
  }

  async #lookAtKeys(
    groups: readonly string[],
    refused: ReadonlySet<string>,
    others: ReadonlySet<string>,
  ): Promise<void> {
    const { database } = this.#app;
    const ids = new Set([...refused, ...others]);
    const day = Math.floor(this.#app.clock.wallMs() / dayMs);
    const percent = await this.#lowestPercent();
    for (let at = 0; at < groups.length && !this.#isStopped; at += groupsAtOnce) {
      const busy = performance.eventLoopUtilization();
      const some = groups.slice(at, at + groupsAtOnce);
      for (const id of await busyKeys(database.read, database.dialect, some, day, percent)) ids.add(id);
      await rest(busy);
    }
    for (let after = ''; !this.#isStopped; ) {
      const some = await keysWithLimitSignals(database.read, after, groupsAtOnce);
      for (const id of some) ids.add(id);
      if (some.length < groupsAtOnce) break;
      after = some.at(-1)!;
    }
    const all = [...ids];
    let open = 0;
    for (let at = 0; at < all.length && !this.#isStopped; at += stepSize) {
      const busy = performance.eventLoopUtilization();
      open += await this.#judgeLimits(all.slice(at, at + stepSize), refused, day);
      await rest(busy);
    }
    this.#open.limits = open;
  }

  async #judgeLimits(ids: readonly string[], refused: ReadonlySet<string>, day: number): Promise<number> {
    const { read, dialect } = this.#app.database;
    const rows = await limitedKeys(read, dialect, ids, day);
    const signals = await limitSignals(read, dialect, ids);
    const nameOf = (row: { readonly tenant_id: string; readonly environment: string }) =>
      `${row.tenant_id} ${row.environment}`;
    const rowsOf = Map.groupBy(rows, nameOf);
    const signalsOf = Map.groupBy(signals, nameOf);
    let open = 0;
    for (const name of new Set([...rowsOf.keys(), ...signalsOf.keys()])) {
      const [tenantId, environment] = name.split(' ') as [string, Environment];
      const known = (signalsOf.get(name) ?? []).map(knownSignal);
      open += await this.#judgePlace({ tenantId, environment }, rowsOf.get(name) ?? [], known, refused);
    }
    return open;
  }

  async #judgePlace(
    place: Place,
    rows: readonly LimitedRow[],
    open: readonly KnownSignal[],
    refused: ReadonlySet<string>,
  ): Promise<number> {
    const now = this.#app.clock.wallMs();
    const { watches, rules } = await rulesOf(this.#app, place);
    const names = new Map(
      rows.map((row) => [row.id, { name: row.name, isActive: statusOf(row, now) === 'active' }]),
    );
    const found = rows.map((row): KeyFindings => {
      const { id, per_minute: perMinute, burst, per_day: perDay, used: usedToday } = row;
      const isActive = names.get(id)!.isActive;
      const key = { id, isActive, perMinute, burst, perDay, usedToday };
      const byWatch = [...watches.values()].map((watch) => {
        const isRefused = refused.has(id) || isNewsOf(id, watch.id, open);
        return [watch.id, limitFindings({ ...key, isRefused }, watch)] as const;
      });
      return { keyId: id, byWatch: new Map(byWatch) };
    });
    const changes = compareSignals(found, open, watches, now);
    await applyChanges(this.#app, place, changes, names, rules);
    const own = ({ watchId }: { readonly watchId: string }) => watchId === '';
    return open.filter(own).length + changes.raised.filter(own).length - changes.ended.filter(own).length;
  }

  /** Of all rules of everybody. */
  async #lowestPercent(): Promise<number> {
    if (this.#percent !== null) return this.#percent;
    const texts = await conditionsWithPercent(this.#app.database.read);
    const conditions = texts.flatMap((text) => JSON.parse(text) as AlertCondition[]);
    const near = conditions.filter(({ code }) => code === 'day_limit_near');
    const percents = near.map(({ percent }) => percent ?? defaultDayPercent);
    this.#percent = Math.min(defaultDayPercent, ...percents);
    return this.#percent;
  }
}

/** A refusal is seen once: a rule that was made after it learns of it from the place's own signal, as long as that is open. */
function isNewsOf(keyId: string, watchId: string, open: readonly KnownSignal[]): boolean {
  const isKnownTo = (id: string) =>
    open.some((signal) => signal.keyId === keyId && signal.watchId === id && signal.code === 'limit_reached');
  return watchId !== '' && isKnownTo('') && !isKnownTo(watchId);
}

/** As long as the loop was busy since. */
async function rest(since: ReturnType<typeof performance.eventLoopUtilization>): Promise<void> {
  const { active } = performance.eventLoopUtilization(since);
  await delay(Math.min(active, maxRestMs));
}
