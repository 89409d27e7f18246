import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { decodeCursor, encodeCursor } from '../core/cursor.ts';
import { type FlagCode, type FlagRules, hasFlag } from '../core/flags.ts';
import { isId } from '../core/id.ts';
import { invalid } from '../errors.ts';
import { keysAmong } from '../store/key-facts.ts';
import type { KeyFilters } from '../store/key-filters.ts';
import { listKeys } from '../store/key-lists.ts';
import type { KeyRow } from '../store/keys.ts';
import type { KeyFigures } from '../store/telemetry/overview-reader.ts';
import { type App, type Context, inEnvironment, reader } from './app.ts';
import { filtersOf, type ListKeysInput } from './keys/change.ts';
import { detailsOf, type KeyDetails, type KeyStatus, statusOf } from './keys/details.ts';
import { askTelemetry } from './logs.ts';
import { readSettings } from './people/tenant.ts';
import {
  type FlaggedKey,
  flagFacts,
  flagRulesOf,
  isFlagged,
  nothingSeen,
  type Survey,
  surveyPlace,
} from './survey.ts';

export interface OverviewInput extends ListKeysInput {
  readonly flag?: FlagCode | 'any';
  readonly sort: 'newest' | 'attention';
}

export interface OverviewItem extends KeyFigures {
  readonly key: KeyRow;
  readonly status: KeyStatus;
}

export interface Overview {
  /** null: all keys are looked at for the first time, which takes long where they are very many. */
  readonly totals: Survey | null;
  readonly items: readonly OverviewItem[];
  readonly nextCursor: string | null;
}

/** Where a page ended: all that comes after it is less urgent, or as urgent and older. */
type Position = FlaggedKey;

function positionOf({ cursor, sort }: OverviewInput): Position | null {
  if (cursor === undefined) return null;
  const [id = '', urgency = '0'] = (decodeCursor(cursor) ?? '').split(' ');
  const isOurs =
    isId('key', id) && /^\d{1,4}$/.test(urgency) && cursor === cursorOf({ id, urgency: +urgency }, sort);
  if (isOurs) return { id, urgency: Number(urgency) };
  throw invalid({ path: 'cursor', message: 'is not a cursor that this list handed out' });
}

function cursorOf({ id, urgency }: Position, sort: OverviewInput['sort']): string {
  return encodeCursor(sort === 'newest' ? id : `${id} ${urgency}`);
}

interface Listing {
  readonly app: App;
  readonly ctx: Context;
  readonly input: OverviewInput;
  readonly filters: KeyFilters;
  readonly after: Position | null;
  readonly now: number;
}

interface Placed {
  readonly key: KeyRow;
  readonly urgency: number;
}

/** The flagged keys in the order that is asked for, after the position. */
function* flaggedOf(survey: Survey, { input: { flag, sort }, after }: Listing): Generator<FlaggedKey> {
  for (const key of sort === 'newest' ? survey.flagged : survey.byAttention) {
    if (flag !== undefined && flag !== 'any' && !hasFlag(key.urgency, flag)) continue;
    if (after === null || isAfter(key, after, sort)) yield key;
  }
}

function isAfter(key: FlaggedKey, { id, urgency }: Position, sort: OverviewInput['sort']): boolean {
  return sort === 'newest' || key.urgency === urgency ? key.id < id : key.urgency < urgency;
}

/** Looked at in one turn of the loop: a few milliseconds. */
const chunk = 500;
/** Who asks for a page as such waits no longer for the totals of a first survey. */
const patienceMs = 3_000;

async function totalsOf(survey: Promise<Survey>): Promise<Survey | null> {
  const given = new AbortController();
  const patience = sleep(patienceMs, null, { signal: given.signal }).catch(() => null);
  return Promise.race([survey, patience]).finally(() => given.abort());
}

/** Those that pass the filters, until there is one more than a page has. */
async function collectFlagged(list: Listing, flagged: Iterator<FlaggedKey>): Promise<Placed[]> {
  const { app, ctx, filters, input, now } = list;
  const found: Placed[] = [];
  for (let size = input.limit + 1; found.length <= input.limit; size = chunk) {
    const part = takeFrom(flagged, size);
    const ids = part.map(({ id }) => id);
    const rows = await keysAmong(reader(app, ctx), app.database.dialect, ctx, filters, ids, now);
    const byId = new Map(rows.map((key) => [key.id, key]));
    for (const { id, urgency } of part) {
      const key = byId.get(id);
      if (key) found.push({ key, urgency });
    }
    if (part.length < size) break;
    await nextTurn();
  }
  return found.slice(0, input.limit + 1);
}

function takeFrom<T>(values: Iterator<T>, count: number): T[] {
  const taken: T[] = [];
  while (taken.length < count) {
    const { done, value } = values.next();
    if (done) break;
    taken.push(value);
  }
  return taken;
}

/** Keys that have no flag by the survey, newest first, until there is one more than `limit`. */
async function collectOthers(list: Listing, survey: Survey | null, limit: number): Promise<Placed[]> {
  const { app, ctx, filters, after, now } = list;
  const found: Placed[] = [];
  let before = after?.urgency === 0 ? after.id : undefined;
  for (let isLast = false; !isLast && found.length <= limit; ) {
    const size = survey === null ? limit + 1 : chunk;
    const page = { limit: size, before, now };
    const rows = await listKeys(reader(app, ctx), app.database.dialect, ctx, filters, page);
    for (const key of rows) if (!survey || !isFlagged(survey, key.id)) found.push({ key, urgency: 0 });
    before = rows.at(-1)?.id;
    isLast = rows.length < size;
    if (!isLast) await nextTurn();
  }
  return found.slice(0, limit + 1);
}

async function collect(list: Listing, survey: Promise<Survey>): Promise<Placed[]> {
  const { flag, sort, limit } = list.input;
  if (flag === undefined && sort === 'newest') return collectOthers(list, null, limit);
  const known = await survey;
  const found = await collectFlagged(list, flaggedOf(known, list));
  if (flag !== undefined || found.length > limit) return found;
  return [...found, ...(await collectOthers(list, known, limit - found.length))];
}

/** Last uses that are not written yet are taken at once: later they would be neither in memory nor in the rows. */
async function readPage(list: Listing, survey: Promise<Survey>) {
  const { app, ctx, input } = list;
  const found = await collect(list, survey);
  const shown = found.slice(0, input.limit).map(({ key }) => key);
  return { found, details: await detailsOf(app, reader(app, ctx), shown) };
}

async function withFigures(
  { app, ctx, now }: Listing,
  details: readonly KeyDetails[],
  rules: FlagRules,
): Promise<OverviewItem[]> {
  const statuses = details.map(({ key }) => statusOf(key, now));
  const facts = details.map(({ key, secrets }, i) => {
    const current = secrets.find((secret) => secret.ends_at === null);
    return flagFacts(app, ctx, { ...key, secret_created_at: current?.created_at ?? null }, statuses[i]!);
  });
  const figures = await askTelemetry(app, 'overview', facts, rules, now, app.requestLog !== null);
  return figures.map((of, i) => ({ ...of, key: details[i]!.key, status: statuses[i]! }));
}

/**
 * Keys with their usage of 24 hours and their flags, as they are now. Which ones have flags at all is known from a
 * survey, which may be older: a key that lost the flag that is filtered by is left out, and the page is shorter.
 */
export async function readOverview(app: App, context: Context, input: OverviewInput): Promise<Overview> {
  const environment = input.environment ?? context.environment;
  const now = app.clock.wallMs();
  const after = positionOf(input);
  const filters = filtersOf(app, context, input);
  if (context.caller.kind === 'key' && environment !== context.environment) {
    return { totals: nothingSeen(now), items: [], nextCursor: null };
  }
  const ctx = inEnvironment(context, environment);
  const list = { app, ctx, input, filters, after, now };
  const settings = await readSettings(reader(app, ctx), ctx.tenantId);
  const rules = flagRulesOf(settings, environment);
  const survey = surveyPlace(app, ctx, rules);
  const [{ found, details }, totals] = await Promise.all([readPage(list, survey), totalsOf(survey)]);
  const items = await withFigures(list, details, rules);
  const isWanted = ({ flags }: OverviewItem) =>
    input.flag === undefined ||
    (input.flag === 'any' ? flags.length > 0 : flags.some(({ code }) => code === input.flag));
  const last = found[details.length - 1];
  const isWhole = found.length <= input.limit || last === undefined;
  return {
    totals,
    items: items.filter(isWanted),
    nextCursor: isWhole ? null : cursorOf({ id: last.key.id, urgency: last.urgency }, input.sort),
  };
}
