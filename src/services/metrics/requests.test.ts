import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Environment } from '../../core/environments.ts';
import { type CountedRequest, otherKeys, RequestMetrics } from './requests.ts';

const ours = { tenantId: 'tnt_1', environment: 'production' as Environment };
const theirs = { tenantId: 'tnt_2', environment: 'production' as Environment };

function request(given: Partial<CountedRequest>): CountedRequest {
  return { method: 'GET', route: '/a', status: 200, code: null, durationMs: 1, key: null, ...given };
}

describe('requests are counted', () => {
  test('by route, method, class of status and outcome; 200 and 201 are one', () => {
    const metrics = new RequestMetrics();
    metrics.add(request({ status: 200 }));
    metrics.add(request({ status: 201 }));
    metrics.add(request({ status: 404, code: 'not_found' }));
    metrics.add(request({ route: null, method: 'BREW', status: 404, code: 'not_found' }));
    assert.deepEqual(metrics.families()[0]!.samples, [
      { labels: { method: 'GET', route: '/a', status: '2xx', outcome: 'ok' }, value: 2 },
      { labels: { method: 'GET', route: '/a', status: '4xx', outcome: 'not_found' }, value: 1 },
      { labels: { method: 'other', route: 'none', status: '4xx', outcome: 'not_found' }, value: 1 },
    ]);
  });

  test('with their durations, a bound belonging to the bucket below it', () => {
    const metrics = new RequestMetrics();
    for (const durationMs of [0.1, 0.25, 1, 1.5, 60_000]) metrics.add(request({ durationMs }));
    const samples = metrics.families()[1]!.samples;
    const upTo = (le: string) => samples.find(({ labels }) => labels?.le === le)?.value;
    assert.deepEqual(['0.00025', '0.0005', '0.001', '0.0025', '10.0', '+Inf'].map(upTo), [2, 2, 3, 4, 4, 5]);
    assert.deepEqual(
      samples.filter(({ suffix }) => suffix !== '_bucket').map(({ value }) => value),
      [60.002_85, 5],
    );
  });

  test('for a key in its own place alone, and for no more keys than there is room for', () => {
    const metrics = new RequestMetrics();
    for (let i = 0; i < 1_005; i++) {
      for (const place of [ours, theirs]) {
        metrics.add(request({ key: { ...place, keyId: `key_${place.tenantId}_${i}` } }));
      }
    }
    const samples = metrics.keySamples(ours);
    assert.equal(samples.length, 1_001);
    assert.ok(samples.every(({ labels }) => !labels?.key_id?.includes('tnt_2')));
    assert.deepEqual(samples.at(-1), {
      labels: { environment: 'production', key_id: otherKeys, status: '2xx', outcome: 'ok' },
      value: 5,
    });
    assert.deepEqual(metrics.keySamples({ ...ours, environment: 'sandbox' }), []);
  });

  test('for a key that is forgotten no more, and another one has its room', () => {
    const metrics = new RequestMetrics();
    metrics.add(request({ key: { ...ours, keyId: 'key_1' } }));
    metrics.forget(ours, ['key_1']);
    assert.deepEqual(metrics.keysOf(ours), []);
    metrics.add(request({ key: { ...ours, keyId: 'key_1' } }));
    assert.equal(metrics.keySamples(ours)[0]?.value, 1);
  });
});
