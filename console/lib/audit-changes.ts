import { showHidden } from './pretty-json.ts';

/** A value of one field, as it can be shown. */
export type Shown =
  | { readonly kind: 'none' }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'code'; readonly text: string }
  | { readonly kind: 'time'; readonly at: string }
  | { readonly kind: 'list'; readonly items: readonly string[] };

export interface FieldChange {
  /** `rateLimit.perMinute` */
  readonly path: string;
  /** "Rate limit, per minute" */
  readonly label: string;
  readonly before: Shown;
  readonly after: Shown;
}

const none: Shown = { kind: 'none' };

/** Which fields differ, in the order in which they stand. What is on one side alone is compared with nothing. */
export function changesOf(before: unknown, after: unknown): FieldChange[] {
  const old = flatten(before);
  const now = flatten(after);
  const paths = [...new Set([...old.keys(), ...now.keys()])];
  return paths.flatMap((path) => {
    const [was, is] = [old.get(path), now.get(path)];
    if (JSON.stringify(was ?? null) === JSON.stringify(is ?? null)) return [];
    const [shownWas, shownIs] = [show(path, was), show(path, is)];
    if (shownWas.kind === 'none' && shownIs.kind === 'none') return [];
    return [{ path, label: labelOf(path), before: shownWas, after: shownIs }];
  });
}

/** What of a list stayed, went and came. */
export function listChange(before: readonly string[], after: readonly string[]) {
  const [was, is] = [new Set(before), new Set(after)];
  return {
    kept: after.filter((item) => was.has(item)),
    removed: before.filter((item) => !is.has(item)),
    added: after.filter((item) => !was.has(item)),
  };
}

function flatten(value: unknown): Map<string, unknown> {
  const fields = new Map<string, unknown>();
  const walk = (each: unknown, path: string) => {
    if (isPlainObject(each) && Object.keys(each).length > 0) {
      for (const [name, member] of Object.entries(each)) walk(member, path === '' ? name : `${path}.${name}`);
    } else if (path !== '' || (each !== null && each !== undefined)) fields.set(path, each);
  };
  walk(value, '');
  return fields;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function show(path: string, value: unknown): Shown {
  if (value === null || value === undefined || value === '') return none;
  if (typeof value === 'boolean') return { kind: 'text', text: value ? 'Yes' : 'No' };
  if (isTime(path, value)) return { kind: 'time', at: new Date(value).toISOString() };
  if (typeof value === 'number') return { kind: 'text', text: value.toLocaleString('en') };
  if (typeof value === 'string') return { kind: 'text', text: showHidden(value) };
  if (!Array.isArray(value)) return isEmpty(value) ? none : { kind: 'code', text: JSON.stringify(value) };
  if (value.length === 0) return none;
  return { kind: 'list', items: value.map(itemText) };
}

function isEmpty(value: unknown): boolean {
  return isPlainObject(value) && Object.keys(value).length === 0;
}

const maxTime = 8.64e15;

/** Times are epoch ms inside, and the names of their fields end in "At". */
function isTime(path: string, value: unknown): value is number | string {
  if (!/(?:[a-z]At|(?:^|\.)at)$/.test(path)) return false;
  if (typeof value === 'number') return Math.abs(value) <= maxTime;
  return typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value) && !Number.isNaN(Date.parse(value));
}

/** One line for a member of a list: a secret is told apart by its hint, other things by all they have. */
function itemText(item: unknown): string {
  if (typeof item === 'string') return showHidden(item);
  if (!isPlainObject(item)) return JSON.stringify(item);
  const members = Object.entries(item).filter(([, value]) => value !== null);
  return members
    .map(([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ');
}

const words: Readonly<Record<string, string>> = {
  id: 'id',
  ip: 'IP',
  url: 'URL',
  totp: 'TOTP',
  ids: 'ids',
};

/** `ipAllowlist` is "IP allowlist", `keyPolicy.environments.production` "Key policy, environments, production". */
export function labelOf(path: string): string {
  const parts = path.split('.').map((part) => {
    const split = part.replace(/([a-z0-9])([A-Z])/g, '$1 $2').replace(/[_-]+/g, ' ');
    return split
      .split(' ')
      .map((word) => words[word.toLowerCase()] ?? word.toLowerCase())
      .join(' ');
  });
  const text = parts.join(', ');
  return text === '' ? 'Value' : text.charAt(0).toUpperCase() + text.slice(1);
}
