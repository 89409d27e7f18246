import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matchesNamePattern } from '../../src/core/name-pattern.ts';
import { isGenericName } from '../../src/core/text.ts';
import { conventions, copyName, fillName, patternProblem, placeholderIn } from './naming.ts';

const at = { environment: 'sandbox', now: Date.UTC(2026, 10, 22, 9, 5) } as const;
const selected = (pattern: string, name: string) => {
  const filled = fillName(pattern, { name, ...at });
  return [filled.name, filled.name.slice(...filled.select)];
};

test('a convention keeps what was typed and selects what is still to be said', () => {
  assert.deepEqual(selected('<Integration> — <Environment>', ''), ['Integration — Sandbox', 'Integration']);
  assert.deepEqual(selected('<Integration> — <Environment>', 'Zendesk'), ['Zendesk — Sandbox', '']);
  assert.deepEqual(selected('<Team> — <Use case>', 'Zendesk — Sandbox'), ['Zendesk — Use case', 'Use case']);
});

test('going from one convention to the next does not pile them up', () => {
  let name = 'Zendesk sync';
  for (const pattern of conventions) name = fillName(pattern, { name, ...at }).name;
  assert.equal(name, 'zendesk_sync-22_11_2026-09_05');
  assert.equal(fillName(conventions[0], { name, ...at }).name, 'zendesk_sync — Sandbox');
});

test('a generic name is not kept', () => {
  assert.deepEqual(selected('<Integration> — <Environment>', 'Test key'), [
    'Integration — Sandbox',
    'Integration',
  ]);
  assert.deepEqual(selected('<service>-<dd_mm_yyyy>-<hh_mm>', ''), ['service-22_11_2026-09_05', 'service']);
});

test('what fills a pattern of the tenant matches it', () => {
  for (const pattern of [...conventions, 'kw/<Team>/<Environment>/<dd_mm_yyyy>']) {
    const { name } = fillName(pattern, { name: 'Billing', ...at });
    assert.ok(matchesNamePattern(pattern, name, 'sandbox'), name);
    assert.equal(patternProblem(name, pattern, 'sandbox'), null);
  }
});

test('a part that nobody typed over is found, a word that happens to be one is not', () => {
  assert.equal(placeholderIn('Zendesk — Use case', null), 'Use case');
  assert.equal(placeholderIn('service-22_11_2026-09_05', null), 'service');
  assert.equal(placeholderIn('Team', null), null);
  assert.equal(placeholderIn('Support Team — Inbox', null), null);
});

test('the name of a copy differs, is in the same form and says something', () => {
  assert.equal(copyName('Zendesk — Production', at), 'Zendesk 2 — Production');
  assert.equal(copyName('Zendesk 2 — Production', at), 'Zendesk 3 — Production');
  assert.equal(copyName('sync-01_02_2026-10_00', at), 'sync-22_11_2026-09_05');
  assert.equal(isGenericName(copyName('Nightly export', at)), false);
  assert.ok(copyName('x'.repeat(100), at).length <= 100);
});
