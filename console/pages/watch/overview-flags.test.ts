import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alertCodes } from '../../../src/core/alerts.ts';
import * as say from '../../../src/core/flag-texts.ts';
import type { OverviewKey, Signal } from '../../types.ts';
import { errorFilter, groupConcerns, urgencies } from './overview-flags.ts';

function keyWith(id: string, codes: readonly OverviewKey['flags'][number]['code'][]): OverviewKey {
  return {
    id,
    name: `Key ${id}`,
    status: 'active',
    requests24h: 0,
    errorRate24h: 0,
    sparkline: [],
    lastUsedAt: null,
    flags: codes.map((code) => ({ code, cause: `${code} is so`, action: `Mend ${code}` })),
  };
}

function signal(keyId: string, code: Signal['code'], since: string): Signal {
  return { keyId, code, since, name: `Key ${keyId}`, cause: 'so', action: 'do' };
}

test('every flag and every limit belongs to one group', () => {
  const codes = urgencies.flatMap((group) => group.codes);
  assert.deepEqual(codes.toSorted(), [...alertCodes].toSorted());
});

test('each group has its concerns, the most pressing first, and empty groups are left out', () => {
  const groups = groupConcerns([keyWith('a', ['dip', 'never_used']), keyWith('b', ['silent'])], []);
  assert.deepEqual(
    groups.map(({ urgency, concerns }) => [urgency, concerns.map(({ keyId, code }) => `${keyId} ${code}`)]),
    [
      ['now', ['b silent', 'a dip']],
      ['tidy', ['a never_used']],
    ],
  );
});

test('signals say since when, tell of limits, and of no flag that is over', () => {
  const groups = groupConcerns(
    [keyWith('a', ['spike'])],
    [
      signal('a', 'spike', '2026-11-21T10:00:00.000Z'),
      signal('a', 'dip', '2026-11-20T10:00:00.000Z'),
      signal('c', 'day_limit_near', '2026-11-21T11:00:00.000Z'),
    ],
  );
  assert.deepEqual(
    groups.flatMap(({ concerns }) => concerns.map(({ keyId, code, since }) => [keyId, code, since])),
    [
      ['a', 'spike', '2026-11-21T10:00:00.000Z'],
      ['c', 'day_limit_near', '2026-11-21T11:00:00.000Z'],
    ],
  );
});

test('the log is asked for the errors that the cause names', () => {
  const none = { total: 100, ok: 50, clientError: 0, rateLimited: 0, serverError: 0 };
  const filterOf = (counts: Partial<typeof none>) =>
    errorFilter(say.errorRate(true, { ...none, ...counts }, 0.5).cause);
  assert.deepEqual(filterOf({ clientError: 50 }), { statusClass: '4xx' });
  assert.deepEqual(filterOf({ rateLimited: 50 }), { status: '429' });
  assert.deepEqual(filterOf({ clientError: 20, rateLimited: 30 }), { statusClass: '4xx' });
  assert.deepEqual(filterOf({ serverError: 50 }), { statusClass: '5xx' });
  assert.deepEqual(filterOf({ serverError: 20, rateLimited: 30 }), {});
});
