import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endWords, kindOf, progressWords, resultFacts, resultSentence, shareDone } from './job-words.ts';

const job = {
  kind: 'kb.import',
  state: 'succeeded',
  progress: { done: 10_000, total: 10_000 },
  errorCount: 6,
  error: null,
  result: { created: 9_990, updated: 4, unchanged: 0, failed: 6 },
} as const;

test('what was done is told without what was not', () => {
  assert.equal(resultSentence(job), '9,990 created, 4 updated, 6 left out');
  assert.equal(resultSentence({ result: { rows: 0, bytes: 12 } }), '0 requests found');
  assert.equal(resultSentence({ result: { logs: 0, jobs: 0 } }), 'Nothing had to be done');
  assert.equal(resultSentence({ result: null }), '');
});

test('a page of the job has every count, and sizes as sizes', () => {
  assert.deepEqual(resultFacts({ result: { rows: 60, bytes: 17_973 } }), [
    { label: 'Requests found', value: '60' },
    { label: 'Size of the text', value: '18 kB' },
  ]);
});

test('the notice of an end says what became of it', () => {
  assert.deepEqual(endWords(job), {
    title: 'Import of articles is done',
    text: '9,990 created, 4 updated, 6 left out.',
  });
  assert.equal(endWords({ ...job, result: { created: 1 } }).text, '1 created. 6 lines could not be used.');
  assert.deepEqual(endWords({ ...job, state: 'failed', error: 'The key was revoked.' }), {
    title: 'Import of articles failed',
    text: 'The key was revoked.',
  });
});

test('progress has its unit, with and without an end in sight', () => {
  assert.equal(progressWords({ kind: 'kb.import', progress: { done: 4, total: 10 } }), '4 of 10 lines');
  assert.equal(progressWords({ kind: 'x.y', progress: { done: 4, total: null } }), '4 steps');
});

test('a share is known only where the end is', () => {
  assert.equal(shareDone({ state: 'running', progress: { done: 5, total: null } }), null);
  assert.equal(shareDone({ state: 'running', progress: { done: 5, total: 20 } }), 0.25);
  assert.equal(shareDone({ state: 'queued', progress: { done: 0, total: 0 } }), 0);
  assert.equal(shareDone({ state: 'succeeded', progress: { done: 5, total: null } }), 1);
});

test('a kind of a newer server has its own name', () => {
  assert.equal(kindOf('new.kind').label, 'new.kind');
});
