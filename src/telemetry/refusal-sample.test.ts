import assert from 'node:assert/strict';
import test from 'node:test';
import { RefusalSample } from './refusal-sample.ts';

function keptOf(count: number, sample = new RefusalSample(), at = 0): number {
  let kept = 0;
  for (let i = 0; i < count; i++) if (sample.keeps(at)) kept++;
  return kept;
}

test('a few refusals are all kept', () => assert.equal(keptOf(60), 60));

test('a flood leaves a few hundred records, and every tenfold of it about sixty-six more', () => {
  assert.ok(keptOf(1_000_000) < 400, `${keptOf(1_000_000)}`);
  assert.ok(keptOf(10_000_000) - keptOf(1_000_000) < 90);
  assert.ok(keptOf(1_000_000) > keptOf(1_000));
});

test('each minute begins anew', () => {
  const sample = new RefusalSample();
  keptOf(100_000, sample);
  assert.equal(keptOf(60, sample, 60_000), 60);
});
