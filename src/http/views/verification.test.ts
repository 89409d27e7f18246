import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Policy } from '../../core/policy.ts';
import type { LimitOutcome } from '../../limiter/limiter.ts';
import type { Verification } from '../../services/keys/verify.ts';
import { presentVerification } from './keys.ts';
import { verificationJson } from './verification.ts';

const now = Date.UTC(2026, 2, 10, 12);
const count = fc.nat(1_000_000_000);
const state = fc.record({
  minuteLimit: count,
  minuteRemaining: count,
  minuteResetMs: fc.nat(60_000),
  minuteRefuses: fc.constant(false),
  dayLimit: count,
  dayRemaining: count,
  dayResetMs: fc.nat(86_400_000),
  dayRefuses: fc.constant(false),
});
const text = fc.string({ unit: 'binary', maxLength: 100 });
const policy = fc.record({
  keyId: fc.constant('key_01JP0000000000000000000000'),
  name: text,
  environment: fc.constantFrom('production', 'staging', 'development', 'sandbox'),
  scopes: fc.array(fc.constantFrom('a:read', 'a:write', 'b:read', 'b:write')).map((list) => new Set(list)),
  expiresAt: fc.option(fc.integer({ min: 0, max: 4_000_000_000_000 })),
  customerIds: fc.array(text),
});

test('the text put together by hand is what JSON.stringify makes of the view', () => {
  fc.assert(
    fc.property(
      policy,
      fc.array(state, { minLength: 1, maxLength: 2 }),
      fc.array(text),
      (facts, states, missingScopes) => {
        const limits = { admitted: true, states, retryAfterMs: 0 } as unknown as LimitOutcome;
        const secret = { policy: facts as unknown as Policy } as Verification['secret'] & object;
        const subject = { kind: 'known', secret } as const;
        const verification = { answer: { refusal: null, subject, limits }, missingScopes, secret };
        assert.equal(
          verificationJson(verification, now),
          JSON.stringify(presentVerification(verification, now)),
        );
      },
    ),
  );
});
