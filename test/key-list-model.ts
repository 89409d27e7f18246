import fc from 'fast-check';
import type { KeySort } from '../src/core/key-sorts.ts';
import { isCleanText } from '../src/core/text.ts';
import type { KeyFilters } from '../src/store/key-filters.ts';
import type { KeyRow } from '../src/store/keys.ts';

export const dayMs = 86_400_000;
export const now = Date.UTC(2026, 10, 21);
const place = { tenantId: 'tnt_1', environment: 'production' } as const;
export const places = [
  place,
  { tenantId: 'tnt_1', environment: 'sandbox' },
  { tenantId: 'tnt_2', environment: 'production' },
] as const;
/** Texts that share runs of characters, and what is special to one of the two databases or to FTS5. */
const pieces = [
  'team',
  'tea',
  'ea',
  'a',
  'A',
  'ß',
  'İ',
  'Σ',
  'ς',
  '%',
  '_',
  '\\',
  '"',
  "'",
  '*',
  ' ',
  '\n',
  '1',
  '12',
  '𝒳',
  '😀',
  '\u0001',
  '\u0003',
  '\u{f0000}',
  '-',
  'AND',
  ',',
  ':',
];
const scopeLists = [[], ['knowledge:read'], ['contacts:write'], ['contacts:read', 'knowledge:write']];
const tiers = ['starter', 'enterprise', 'custom'];

const pieced = (most: number) =>
  fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: most }).map((parts) => parts.join(''));
export const text = fc.oneof(
  { weight: 4, arbitrary: pieced(8) },
  fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }).filter(isCleanText),
);
const maybeTime = fc.constantFrom(null, now - 1, now, now + 1);
export const draft = fc.record({
  place: fc.constantFrom(...places),
  name: text,
  description: fc.option(text),
  hint: fc.oneof(
    fc.constantFrom('sa_live_AbC', 'sa_live_abd', 'sa_test_a', '%', 'ÄB', 'a\u{10ffff}b'),
    text.filter((t) => t.length <= 40),
  ),
  scopes: fc.constantFrom(...scopeLists),
  tier: fc.constantFrom(...tiers),
  isActive: fc.boolean(),
  expiresAt: maybeTime,
  endsAt: maybeTime,
  createdDaysAgo: fc.integer({ min: 0, max: 4 }),
  usedDaysAgo: fc.option(fc.integer({ min: 0, max: 4 })),
  usedSecondsBefore: fc.integer({ min: 0, max: 150 }),
});
export const wanted: fc.Arbitrary<KeyFilters> = fc.record(
  {
    status: fc.constantFrom('active', 'inactive', 'expired'),
    scope: fc.record({
      names: fc.constantFrom(['knowledge:read', 'knowledge:write'], ['contacts:write'], ['licenses:read']),
      isInherited: fc.boolean(),
    }),
    tier: fc.constantFrom(...tiers, 'professional'),
    owner: fc.constantFrom('tenant', 'user'),
    q: fc.oneof(pieced(2), pieced(3), text, fc.constantFrom('sa_live_', 'sa_live_ab', 'SA_LIVE_abc', 'ä')),
    unusedSince: fc.integer({ min: 0, max: 5 }).map((days) => now - days * dayMs),
  },
  { requiredKeys: [] },
) as never;

export interface Model {
  row: KeyRow;
  readonly hint: string;
}

/** As SQLite compares: hints in any case of ASCII letters. */
const foldAscii = (value: string) => value.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());

export function isWanted({ row, hint }: Model, filters: KeyFilters, isFolding: boolean): boolean {
  const fold = isFolding ? foldAscii : (value: string) => value;
  const { q, scope, status, tier, owner, unusedSince } = filters;
  const isEnded = row.is_active === 0 || (row.ends_at !== null && row.ends_at <= now);
  const isExpired = row.expires_at !== null && row.expires_at <= now;
  const state = isEnded ? 'inactive' : isExpired ? 'expired' : 'active';
  const scopes = JSON.parse(row.scopes) as string[];
  if (status !== undefined && status !== state) return false;
  if (tier !== undefined && tier !== row.tier) return false;
  if (owner !== undefined && owner !== row.owner) return false;
  if (unusedSince !== undefined && (row.last_used_at ?? row.created_at) >= unusedSince) return false;
  if (
    scope &&
    !scope.names.some((name) => scopes.includes(name)) &&
    !(scope.isInherited && scopes.length === 0)
  )
    return false;
  if (q === undefined) return true;
  return row.search_text.includes(q.toLowerCase()) || row.id === q || fold(hint).startsWith(fold(q));
}

/** What a list is sorted by, as a text that compares byte by byte. */
function orderOf({ row }: Model, sort: KeySort): Buffer {
  const number = (value: number) => String(value + 2e15).padStart(17, '0');
  const minute = row.last_used_at === null ? row.created_at - 1e15 : Math.floor(row.last_used_at / 60_000);
  const name = Array.from(row.search_text.split('\n')[0] ?? '').slice(0, 50);
  const value = sort.endsWith('name') ? name.join('') : sort.endsWith('Used') ? number(minute) : '';
  return Buffer.from(`${value}\0${row.id}`);
}

export function inOrder(found: readonly Model[], sort: KeySort): string[] {
  const rising = found.toSorted((a, b) => Buffer.compare(orderOf(a, sort), orderOf(b, sort)));
  return (sort.startsWith('-') ? rising.reverse() : rising).map(({ row }) => row.id);
}
