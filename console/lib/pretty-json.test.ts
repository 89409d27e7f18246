import assert from 'node:assert/strict';
import { test } from 'node:test';
import { prettyJson, showHidden } from './pretty-json.ts';

test('JSON looks as JSON.stringify writes it', () => {
  const values = [
    {},
    [],
    { a: [] },
    { a: { b: [1, { c: null }], 'd": [': '}\\"{' } },
    [[[]], [true, -1.5e3]],
  ];
  for (const value of values) {
    const pretty = JSON.stringify(value, null, 2);
    assert.equal(prettyJson(JSON.stringify(value)), pretty);
    assert.equal(prettyJson(pretty), pretty);
  }
});

test('nothing is read into the text: numbers and members stay as they came', () => {
  assert.equal(
    prettyJson('{"id":12345678901234567890,"id":1.0}'),
    '{\n  "id": 12345678901234567890,\n  "id": 1.0\n}',
  );
});

test('a text that was cut off is shown up to there', () => {
  assert.equal(prettyJson('{"a":[1,{"b":"tex'), '{\n  "a": [\n    1,\n    {\n      "b": "tex');
  assert.equal(prettyJson('{"a":"\\'), '{\n  "a": "\\');
});

test('what is not JSON is left alone', () => {
  assert.equal(prettyJson('title,slug\nA,b'), null);
  assert.equal(prettyJson(''), null);
});

test('brackets without end make no text without end', () => {
  const deep = '['.repeat(4_096);
  assert.ok(prettyJson(deep)!.length < 4_096 * 82);
  assert.equal(prettyJson(']]]]{'), null);
});

test('what cannot be seen is shown, and line ends and tabs stay', () => {
  assert.equal(showHidden('a\u202eb\u0000\u200b\n\tc'), 'a\\u202eb\\u0000\\u200b\n\tc');
});
