import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { matchesNamePattern, namePatternProblem, suggestName } from './name-pattern.ts';

describe('the form of names', () => {
  const cases: [pattern: string, name: string, isRight: boolean][] = [
    ['<Integration> — <Environment>', 'Zendesk sync — Production', true],
    ['<Integration> — <Environment>', 'A — B — production', true],
    ['<Integration> — <Environment>', 'Zendesk — Staging', false],
    ['<Integration> — <Environment>', 'Zendesk - Production', false],
    ['<Integration> — <Environment>', ' — Production', false],
    ['<Integration> — <Environment>', 'Zendesk — Production!', false],
    ['<Team>: <Use case>', 'Growth: Weekly report', true],
    ['<Team>: <Use case>', 'Growth:  Weekly report', false],
    ['<service_name>-<dd_mm_yyyy>-<hh_mm>', 'billing-21_11_2026-09_30', true],
    ['<service_name>-<dd_mm_yyyy>-<hh_mm>', 'big-billing-21_11_2026-09_30', true],
    ['<service_name>-<dd_mm_yyyy>-<hh_mm>', 'billing-32_11_2026-09_30', false],
    ['<service_name>-<dd_mm_yyyy>-<hh_mm>', 'billing-21_13_2026-09_30', false],
    ['<service_name>-<dd_mm_yyyy>-<hh_mm>', 'billing-21_11_2026-24_00', false],
    ['<service_name>-<dd_mm_yyyy>-<hh_mm>', '-21_11_2026-09_30', false],
    ['team.<any>', 'team.x', true],
    ['team.<any>', 'teamsx', false],
    ['<any>', 'ナイトリー', true],
    ['<any> é', 'x e\u0301', true],
  ];
  for (const [pattern, name, isRight] of cases) {
    test(`${pattern} ${isRight ? 'takes' : 'refuses'} “${name}”`, () => {
      assert.equal(matchesNamePattern(pattern, name, 'production'), isRight);
    });
  }

  test('a name is matched as by the regular expression that the pattern stands for', () => {
    const pieces = fc.array(fc.constantFrom('a', 'b', 'ab', '<x>'), { minLength: 1, maxLength: 6 });
    const text = fc.string({ unit: fc.constantFrom('a', 'b', ' '), maxLength: 10 });
    fc.assert(
      fc.property(pieces, text, (parts, name) => {
        const source = parts.map((part) => (part === '<x>' ? '\\S(?:.*\\S)?' : part)).join('');
        const isRight = new RegExp(`^(?:${source})$`).test(name);
        assert.equal(matchesNamePattern(parts.join(''), name, 'production'), isRight);
      }),
      { numRuns: 2_000 },
    );
  });

  test('no pattern and no name takes long', () => {
    const started = performance.now();
    const hostile = ['<a>a'.repeat(10), '<a><b><c><d><e><f><g><h><i><j>', '<environment>'.repeat(10)];
    for (const pattern of hostile) {
      assert.equal(namePatternProblem(pattern), null);
      for (let i = 0; i < 100; i++) matchesNamePattern(`${pattern}!`, 'a'.repeat(100), 'production');
    }
    assert.ok(performance.now() - started < 1_000);
  });

  test('a pattern has something to fill in, and its brackets are whole', () => {
    for (const wrong of ['', 'all alike', '<open', 'close>', '<a><', '<>', '<<a>>', '<a>'.repeat(11)])
      assert.notEqual(namePatternProblem(wrong), null, wrong);
    for (const right of ['<a>', '<Integration> — <Environment>', '.*<a>(', '<a>'.repeat(10)])
      assert.equal(namePatternProblem(right), null, right);
  });

  test('what is suggested has the form that is documented', () => {
    const name = suggestName('billing', Date.UTC(2026, 0, 5, 7, 9));
    assert.equal(name, 'billing-05_01_2026-07_09');
    assert.ok(matchesNamePattern('<service_name>-<dd_mm_yyyy>-<hh_mm>', name, 'sandbox'));
  });
});
