import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { cleaned, dateTime, limitsInWords, properties, relativeTime, scopesInFewWords } from './format.ts';
import { displayWidth, printable } from './output.ts';

const now = Date.parse('2026-11-21T12:00:00.000Z');
const after = (seconds: number) => new Date(now + seconds * 1_000).toISOString();
const hour = 3_600;
const day = 24 * hour;

describe('texts for people', () => {
  test('a time is told in the unit that people would use', () => {
    const cases: [seconds: number, words: string][] = [
      [0, 'just now'],
      [-59, 'just now'],
      [30, 'in less than a minute'],
      [-61, '1 minute ago'],
      [-90 * 60, '90 minutes ago'],
      [2 * hour - 1, 'in 2 hours'],
      [-day, '24 hours ago'],
      [-3 * day, '3 days ago'],
      [90 * day, 'in 3 months'],
      [-800 * day, '2 years ago'],
    ];
    for (const [seconds, words] of cases) assert.equal(relativeTime(after(seconds), now), words);
    assert.equal(relativeTime(null, now), 'never');
    assert.equal(relativeTime('soon', now), 'at an unknown time');
    assert.equal(dateTime(after(-3 * day), now), '2026-11-18 12:00 UTC (3 days ago)');
  });

  test('scopes take a few words, however many there are', () => {
    const words = (...scopes: string[]) => scopesInFewWords({ scopes, inheritsAllScopes: false });
    assert.equal(words('jobs:read'), 'jobs:read');
    assert.equal(words('jobs:read', 'logs:read'), 'jobs:read, logs:read');
    assert.equal(words('a:read', 'b:read', 'c:read', 'd:read'), 'a:read and 3 more');
    assert.equal(scopesInFewWords({ scopes: [], inheritsAllScopes: true }), 'all (inherited)');
  });

  test('a limit without a burst does not mention one', () => {
    const limit = { tier: 'custom', perMinute: 5, burst: 0, perDay: 1_000 };
    assert.equal(limitsInWords(limit), 'custom: 5 a minute, 1,000 a UTC day');
    assert.match(limitsInWords({ ...limit, burst: 2 }), /a burst of 2/);
  });

  test('a long list goes on below itself', () => {
    const text = properties(
      [
        ['id', 'x'],
        ['scopes', ['first:read', 'second:read', 'third:read']],
      ],
      36,
    );
    assert.equal(text, '  id      x\n  scopes  first:read, second:read,\n          third:read');
  });
});

describe('texts of strangers', () => {
  test('nothing in an answer can steer the terminal, however deep it stands', () => {
    const hostile = '\u001b[31mred\u001b]0;title\u0007\u009b2J\r\n\u202eevil\u2028';
    const text = JSON.stringify(cleaned({ a: [{ b: hostile }], c: 1, d: null, e: true }));
    assert.deepEqual(JSON.parse(text), { a: [{ b: printable(hostile) }], c: 1, d: null, e: true });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they must be absent
    assert.doesNotMatch(printable(hostile), /[\u0000-\u001f\u007f-\u009f\u2028-\u202e]/);
    assert.match(printable(hostile), /^red.*evil/);
  });

  test('columns stay straight with letters that are two columns wide', () => {
    assert.equal(displayWidth('abc'), 3);
    assert.equal(displayWidth('鍵の管理'), 8);
    assert.equal(displayWidth('e\u0301té — x'), 7);
    assert.equal(displayWidth('🔑'), 2);
  });
});
