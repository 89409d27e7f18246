import { LRUCache } from 'lru-cache';
import type { Environment } from '../core/environments.ts';
import { type FlagCode, type FlagFacts, type FlagRules, flagCodes, hasFlag } from '../core/flags.ts';
import { rotationDays } from '../core/key-policy.ts';
import type { Place } from '../core/policy.ts';
import type { TenantSettings } from '../core/tenant-settings.ts';
import { type KeyFactsRow, keyFacts } from '../store/key-facts.ts';
import type { App } from './app.ts';
import { type KeyStatus, statusOf } from './keys/details.ts';
import { askTelemetry } from './logs.ts';

export interface FlaggedKey {
  readonly id: string;
  /** As `urgencyOf` gives it, above 0. */
  readonly urgency: number;
}

/** All keys of a place, looked at one by one. */
export interface Survey {
  /** Epoch ms. */
  readonly at: number;
  readonly keys: number;
  readonly active: number;
  readonly requests: number;
  readonly errors: number;
  readonly flags: Readonly<Partial<Record<FlagCode, number>>>;
  /** Newest first. */
  readonly flagged: readonly FlaggedKey[];
  /** The same, the most urgent first, and those as urgent newest first. */
  readonly byAttention: readonly FlaggedKey[];
}

export function isFlagged({ flagged }: Survey, id: string): boolean {
  let from = 0;
  let to = flagged.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (flagged[middle]!.id > id) from = middle + 1;
    else to = middle;
  }
  return flagged[from]?.id === id;
}

/** As it comes newest first, each urgency only has to be put together: to sort very many would hold others up. */
function byAttention(flagged: readonly FlaggedKey[]): FlaggedKey[] {
  const groups = [...Map.groupBy(flagged, ({ urgency }) => urgency)];
  return groups.sort(([a], [b]) => b - a).flatMap(([, keys]) => keys);
}

/** Looked at in one turn of the reading thread: at most some forty milliseconds, for which its other askers wait. */
const stepSize = 100;
/** A survey that took no longer is made for every answer. */
const shortMs = 50;
/** Another one is kept for so many times as long as it took, and answers until the next one is there if it is not too old. */
const keptTimes = 20;
const oldMs = 600_000;
const maxFlaggedKept = 1_000_000;

/** The facts that flags are judged by; `status` is that of `now`. */
export function flagFacts(
  app: App,
  place: Place,
  key: Omit<KeyFactsRow, 'is_active' | 'ends_at'>,
  status: KeyStatus,
): FlagFacts {
  return {
    id: key.id,
    isProduction: place.environment === 'production',
    isActive: status === 'active',
    createdAt: key.created_at,
    lastUsedAt: key.last_used_at,
    expiresAt: key.expires_at,
    secretCreatedAt: key.secret_created_at ?? key.created_at,
    inheritedScopes: key.scopes === '[]' ? app.catalogue.inherited.size : 0,
  };
}

/** What keys of the tenant are judged by in an environment. */
export function flagRulesOf(settings: TenantSettings, environment: Environment): FlagRules {
  const { flags, rotationReminderDays, keyPolicy } = settings;
  const policy = keyPolicy.environments[environment];
  return { ...flags, rotationReminderDays: rotationDays('tenant', rotationReminderDays, policy) };
}

/** Of a place without keys. */
export function nothingSeen(at: number): Survey {
  return { at, keys: 0, active: 0, requests: 0, errors: 0, flags: {}, flagged: [], byAttention: [] };
}

async function lookAtAll(app: App, place: Place, rules: FlagRules): Promise<Survey> {
  const now = app.clock.wallMs();
  const sum = { keys: 0, active: 0, requests: 0, errors: 0 };
  const flags: Partial<Record<FlagCode, number>> = {};
  const flagged: FlaggedKey[] = [];
  for (let before: string | undefined; ; ) {
    const rows = await keyFacts(app.database.read, place, { before, limit: stepSize });
    const facts = rows.map((row) => flagFacts(app, place, row, statusOf(row, now)));
    const seen = await askTelemetry(app, 'survey', facts, rules, now, app.requestLog !== null);
    sum.keys += rows.length;
    sum.active += facts.filter(({ isActive }) => isActive).length;
    sum.requests += seen.requests;
    sum.errors += seen.errors;
    for (const [i, urgency] of seen.urgencies.entries()) {
      if (urgency === 0) continue;
      flagged.push({ id: rows[i]!.id, urgency });
      for (const code of flagCodes) if (hasFlag(urgency, code)) flags[code] = (flags[code] ?? 0) + 1;
    }
    if (rows.length < stepSize) {
      return { at: now, ...sum, flags, flagged, byAttention: byAttention(flagged) };
    }
    before = rows.at(-1)!.id;
  }
}

interface Kept {
  readonly survey: Survey;
  /** Monotonic. */
  readonly startedMs: number;
  readonly tookMs: number;
}

/** The surveys of a running Keyward, one of a place at a time. */
class Surveys {
  readonly #kept = new LRUCache<string, Kept>({
    maxSize: maxFlaggedKept,
    sizeCalculation: ({ survey }) => Math.min(maxFlaggedKept, 100 + survey.flagged.length),
  });
  readonly #running = new Map<string, Promise<Survey>>();

  async read(app: App, place: Place, rules: FlagRules): Promise<Survey> {
    // By rules that were changed, all keys are looked at anew.
    const name = `${place.tenantId} ${place.environment} ${JSON.stringify(rules)}`;
    const kept = this.#kept.get(name);
    const isShort = kept === undefined || kept.tookMs < shortMs;
    const ageMs = kept === undefined ? 0 : app.clock.monotonicMs() - kept.startedMs;
    if (kept && !isShort && ageMs < kept.tookMs * keptTimes) return kept.survey;
    const next = this.#running.get(name) ?? this.#start(app, place, rules, name);
    if (kept === undefined || isShort || ageMs > oldMs) return next;
    // Where it fails the next caller begins another one.
    next.catch(() => {});
    return kept.survey;
  }

  #start(app: App, place: Place, rules: FlagRules, name: string): Promise<Survey> {
    const startedMs = app.clock.monotonicMs();
    const started = performance.now();
    const next = lookAtAll(app, place, rules).then((survey) => {
      this.#kept.set(name, { survey, startedMs, tookMs: performance.now() - started });
      return survey;
    });
    const done = () => void this.#running.delete(name);
    next.then(done, done);
    this.#running.set(name, next);
    return next;
  }
}

const surveysOf = new WeakMap<App, Surveys>();

/** All keys of the place as they are, or where it takes long to look at them as they were some minutes ago. */
export function surveyPlace(app: App, place: Place, rules: FlagRules): Promise<Survey> {
  const surveys = surveysOf.get(app) ?? new Surveys();
  surveysOf.set(app, surveys);
  return surveys.read(app, place, rules);
}
