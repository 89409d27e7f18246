import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { KnownSecret } from '../core/policy.ts';
import { RecentSecrets } from './recent-secrets.ts';

function secretOf(keyId: string, tenantId = 'tnt_1'): KnownSecret {
  return { secretId: `of ${keyId}`, policy: { keyId, tenantId } } as KnownSecret;
}

const keyId = fc.integer({ min: 0, max: 9 }).map((n) => `key_${n}`);
const command = fc.oneof(
  fc.record({ does: fc.constant('set' as const), keyId, n: fc.integer({ min: 0, max: 2 }) }),
  fc.record({ does: fc.constant('get' as const), keyId, n: fc.integer({ min: 0, max: 2 }) }),
  fc.record({ does: fc.constant('drop' as const), keyId, n: fc.constant(0) }),
  fc.record({ does: fc.constant('dropTenant' as const), keyId, n: fc.constant(0) }),
  fc.record({ does: fc.constant('clear' as const), keyId, n: fc.constant(0) }),
);

const tenantOf = (key: string) => `tnt_${Number(key.slice(4)) % 2}`;

test('what is found is what was set last and not dropped since, and never more than the bound is held', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 12 }), fc.array(command, { maxLength: 200 }), (max, commands) => {
      const recent = new RecentSecrets(max);
      const model = new Map<string, KnownSecret>();
      for (const { does, keyId: key, n } of commands) {
        const handle = `${key}/${n}`;
        if (does === 'set') {
          const secret = secretOf(key, tenantOf(key));
          recent.set(handle, secret);
          model.set(handle, secret);
          assert.equal(recent.get(handle), secret);
        } else if (does === 'get') {
          const found = recent.get(handle);
          if (found !== undefined) assert.equal(found, model.get(handle));
        } else {
          const isGone = (secret: KnownSecret) =>
            does === 'clear' ||
            (does === 'drop' ? secret.policy.keyId === key : secret.policy.tenantId === tenantOf(key));
          if (does === 'clear') recent.clear();
          else if (does === 'drop') recent.drop(key);
          else recent.dropTenant(tenantOf(key));
          for (const [other, secret] of model) if (isGone(secret)) model.delete(other);
        }
        assert.ok(recent.size <= Math.max(2, max), `${recent.size} of ${max}`);
      }
      for (let i = 0; i < 10; i++) {
        for (let n = 0; n < 3; n++) {
          const found = recent.get(`key_${i}/${n}`);
          if (found !== undefined) assert.equal(found, model.get(`key_${i}/${n}`));
        }
      }
    }),
    { numRuns: 500 },
  );
});

test('what is used again and again stays, whatever else passes through', () => {
  const recent = new RecentSecrets(100);
  recent.set('often', secretOf('key_often'));
  for (let i = 0; i < 10_000; i++) {
    recent.set(`once ${i}`, secretOf(`key_${i}`));
    if (i % 40 === 0) assert.ok(recent.get('often'), `lost after ${i}`);
  }
  assert.ok(recent.size <= 100);
});
