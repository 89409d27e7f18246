import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Ask, checkNames, checks, decide, reportChecks, type Subject } from './decide.ts';
import { environments } from './environments.ts';
import { type KnownSecret, neverUsed, newLogMark, type Policy } from './policy.ts';

const now = 1_800_000_000_000;
const limits = { perMinute: 60, burst: 10, perDay: 10_000 };

function subject(policy: Partial<Policy> = {}, secret: Partial<KnownSecret> = {}): Subject {
  const whole: Policy = {
    keyExpiresAt: null,
    ageLimit: null,
    owner: null,
    keyId: 'key_1',
    version: 1,
    tenantId: 'tnt_1',
    environment: 'production',
    name: 'KB Sync — Production',
    isActive: true,
    revokedReason: null,
    expiresAt: null,
    endsAt: null,
    scopes: new Set(['knowledge:read']),
    inheritsAllScopes: false,
    ipAllowlist: [],
    allowsIp: null,
    customerIds: [],
    tier: 'starter',
    limits,
    quotas: [{ group: 'key_1', limits, held: null }],
    capture: null,
    counted: null,
    ...policy,
  };
  return {
    kind: 'known',
    secret: {
      secretId: 'sec_1',
      hint: '',
      proof: '',
      usage: neverUsed(),
      logMark: newLogMark(),
      endsAt: null,
      ...secret,
      policy: whole,
    },
  };
}

const ask: Ask = { environment: 'production', ip: '203.0.113.7', scopes: ['knowledge:read'] };

test('an active key with the scope, in its environment, is admitted', () => {
  assert.deepEqual(decide(subject(), ask, now), { admitted: true });
});

test('each refusal has the code of the contract and what helps to mend it', () => {
  const cases: [Subject, Partial<Ask>, string, Record<string, unknown>][] = [
    [{ kind: 'missing' }, {}, 'missing_key', {}],
    [{ kind: 'malformed', hint: 'wrong_length', detail: 'x' }, {}, 'malformed_key', { hint: 'wrong_length' }],
    [{ kind: 'unknown' }, {}, 'unknown_key', {}],
    [
      subject({ environment: 'sandbox' }),
      {},
      'environment_mismatch',
      { keyEnvironment: 'sandbox', requestEnvironment: 'production' },
    ],
    [subject({ isActive: false }), {}, 'inactive_key', {}],
    [subject({ endsAt: now }), {}, 'inactive_key', {}],
    [subject({}, { endsAt: now }), {}, 'inactive_key', { secretStatus: 'retired' }],
    [subject({ expiresAt: now }), {}, 'expired_key', {}],
    [
      subject({ expiresAt: now, ageLimit: { days: 90, endsAt: now } }),
      {},
      'expired_key',
      { maxAgeDays: 90, secretExpiredAt: new Date(now).toISOString() },
    ],
    [
      subject({ expiresAt: now - 1, keyExpiresAt: now - 1, ageLimit: { days: 90, endsAt: now } }),
      {},
      'expired_key',
      {},
    ],
    [
      subject({ isActive: false, owner: { userId: 'usr_1', role: null, withheld: [] } }),
      {},
      'inactive_key',
      {},
    ],
    [
      subject({ owner: { userId: 'usr_1', role: 'viewer', withheld: ['knowledge:write'] } }),
      { scopes: ['knowledge:write'] },
      'insufficient_scope',
      {
        requiredScopes: ['knowledge:write'],
        missingScopes: ['knowledge:write'],
        withheldScopes: ['knowledge:write'],
        ownerRole: 'viewer',
      },
    ],
    [subject({ allowsIp: () => false, ipAllowlist: ['10.0.0.0/8'] }), {}, 'ip_not_allowed', {}],
    [subject({ allowsIp: () => true, ipAllowlist: ['10.0.0.0/8'] }), { ip: null }, 'ip_not_allowed', {}],
    [
      subject(),
      { scopes: ['knowledge:read', 'contacts:write'] },
      'insufficient_scope',
      { requiredScopes: ['knowledge:read', 'contacts:write'], missingScopes: ['contacts:write'] },
    ],
  ];
  for (const [who, what, code, members] of cases) {
    const verdict = decide(who, { ...ask, ...what }, now);
    assert.ok(!verdict.admitted, code);
    assert.equal(verdict.code, code);
    assert.deepEqual(verdict.members, members);
    assert.ok(verdict.detail.length > 0);
  }
});

test('one millisecond before an end, the key still works', () => {
  const policy = subject({ expiresAt: now + 1, endsAt: now + 1 }, { endsAt: now + 1 });
  assert.equal(decide(policy, ask, now).admitted, true);
});

const anySubject: fc.Arbitrary<Subject> = fc.oneof(
  fc.constant<Subject>({ kind: 'missing' }),
  fc.constant<Subject>({ kind: 'malformed', hint: 'wrong_length', detail: 'x' }),
  fc.constant<Subject>({ kind: 'unknown' }),
  fc
    .record({
      environment: fc.constantFrom(...environments),
      isActive: fc.boolean(),
      expiresAt: fc.constantFrom(null, now - 1, now, now + 1),
      endsAt: fc.constantFrom(null, now - 1, now, now + 1),
      secretEndsAt: fc.constantFrom(null, now - 1, now, now + 1),
      isAllowed: fc.constantFrom(null, true, false),
      scopes: fc.subarray(['knowledge:read', 'contacts:read', 'contacts:write']),
    })
    .map(({ environment, isActive, expiresAt, endsAt, secretEndsAt, isAllowed, scopes }) =>
      subject(
        {
          environment,
          isActive,
          expiresAt,
          endsAt,
          allowsIp: isAllowed === null ? null : () => isAllowed,
          scopes: new Set(scopes),
        },
        { endsAt: secretEndsAt },
      ),
    ),
);

test('decide refuses with the first failing check of the report, and admits exactly when none fails', () => {
  fc.assert(
    fc.property(anySubject, fc.constantFrom(...environments), (who, environment) => {
      const question = { ...ask, environment };
      const verdict = decide(who, question, now);
      const report = reportChecks(who, question, now);
      const first = report.find((check) => check.passed === false);
      assert.equal(verdict.admitted, first === undefined);
      if (!verdict.admitted) assert.equal(verdict.check, first?.name);
    }),
  );
});

test('the checks run in the order of the contract, the limit last', () => {
  assert.deepEqual([...checks.map(([name]) => name), 'limit'], checkNames);
  assert.deepEqual(checkNames, [
    'form',
    'secret',
    'environment',
    'status',
    'expiry',
    'ip',
    'scope',
    'customer',
    'limit',
  ]);
});
