import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { composeMail, oneLine } from './alert-mail.ts';
import type { NoticeItem } from './alert-notices.ts';
import {
  type AlertCondition,
  flagFindings,
  limitFindings,
  placeWatch,
  type Watch,
  widestRules,
} from './alerts.ts';
import { defaultFlagSettings, type Flag } from './flags.ts';
import { mailAddress, smtpServer } from './smtp-settings.ts';

const dayMs = 86_400_000;
const rules = { ...defaultFlagSettings, rotationReminderDays: 90 };
const watchFor = (...conditions: AlertCondition[]): Watch => ({
  id: 'alr_1',
  conditions: new Map(conditions.map((condition) => [condition.code, condition])),
  keyIds: null,
});
const flag = (code: Flag['code']): Flag => ({ code, cause: 'Cause.', action: 'Action.' });

describe('what a rule wants to know', () => {
  const key = { id: 'key_a', perMinute: 60, burst: 10, perDay: 1_000, isActive: true, isRefused: false };
  const codesAt = (usedToday: number, watch: Watch, more: object = {}) =>
    limitFindings({ ...key, usedToday, ...more }, watch).map(({ code }) => code);

  test('of the day is 80 % of it used, or its own share, and that it is used up', () => {
    for (const [used, percent, codes] of [
      [799, undefined, []],
      [800, undefined, ['day_limit_near']],
      [800, 81, []],
      [10, 1, ['day_limit_near']],
      [1_000, undefined, ['day_limit_near', 'limit_reached']],
      [1_200, 100, ['day_limit_near', 'limit_reached']],
    ] as const) {
      const near = { code: 'day_limit_near', ...(percent && { percent }) } as const;
      assert.deepEqual(codesAt(used, watchFor(near, { code: 'limit_reached' })), codes, `${used} ${percent}`);
    }
    assert.deepEqual(codesAt(1_000, placeWatch, { isActive: false }), []);
    assert.deepEqual(codesAt(0, placeWatch, { isRefused: true }), ['limit_reached']);
    assert.deepEqual(codesAt(1_000, { ...placeWatch, keyIds: new Set(['key_b']) }), []);
  });

  test('says the figures', () => {
    const [near] = limitFindings({ ...key, usedToday: 812 }, placeWatch);
    assert.equal(near!.cause, '812 of the 1,000 requests of its day are used: 81.2 %.');
    assert.deepEqual(near!.facts, { usedToday: 812, limit: 1_000, percent: 81.2 });
  });

  test('of errors and of expiry is what its own figure says, else what the tenant set', () => {
    const now = 1e12;
    const flagged = {
      id: 'key_a',
      flags: [flag('error_rate'), flag('expires_soon'), flag('dip')],
      expiresAt: now + 20 * dayMs,
      requests: 100,
      errors: 10,
    };
    const codes = (watch: Watch, settings = defaultFlagSettings) =>
      flagFindings(flagged, watch, settings, now).map(({ code }) => code);
    assert.deepEqual(codes(placeWatch), ['dip']);
    assert.deepEqual(codes(watchFor({ code: 'error_rate', percent: 10 })), ['error_rate']);
    assert.deepEqual(codes(watchFor({ code: 'error_rate', percent: 11 })), []);
    assert.deepEqual(codes(watchFor({ code: 'expires_soon', days: 20 })), ['expires_soon']);
    assert.deepEqual(codes(watchFor({ code: 'expires_soon', days: 19 })), []);
    const off = { ...defaultFlagSettings, errorRate: { enabled: false, share: 0.01, minRequests: 1 } };
    assert.deepEqual(codes(placeWatch, off), ['dip']);
  });

  test('is found by rules that are as wide as the widest of them', () => {
    const own = watchFor({ code: 'error_rate', percent: 5 }, { code: 'expires_soon', days: 60 });
    const wide = widestRules(rules, [placeWatch, own]);
    assert.deepEqual([wide.errorRate.share, wide.expiresSoon.days], [0.05, 60]);
    const off = { ...rules, errorRate: { ...rules.errorRate, enabled: false, share: 0.01 } };
    assert.deepEqual(widestRules(off, [own]).errorRate, { enabled: true, share: 0.05, minRequests: 50 });
    assert.deepEqual(widestRules(off, [placeWatch]).errorRate.enabled, false);
    assert.deepEqual(widestRules(rules, [placeWatch]), rules);
  });
});

describe('a mail', () => {
  const item: NoticeItem = {
    keyId: 'key_1',
    name: 'Sync\r\nBcc: everybody@example.com\u202e<script>alert(1)</script>',
    code: 'dip',
    cause: 'Cause.',
    action: 'Action.',
    since: '2026-03-10T12:00:00.000Z',
  };
  const notice = {
    kind: 'raised',
    name: 'Night\nwatch',
    environment: 'production',
    items: [item],
    total: 1,
  } as const;

  test('has no line of somebody else’s making', () => {
    const { subject, text } = composeMail(notice, 'Acme\u2028Inc', 'https://keys.example.com');
    assert.equal(subject, '[Keyward] 1 key needs attention in production');
    assert.match(text, /^Sync Bcc: everybody@example\.com <script>alert\(1\)<\/script>$/m);
    assert.match(text, /^ {2}https:\/\/keys\.example\.com\/keys\/key_1$/m);
    assert.match(text, /because of the alert Night watch of Acme Inc, production\./);
    assert.doesNotMatch(text, /[\r\u2028\u202e]/);
    assert.match(composeMail({ ...notice, kind: 'test' }, 'Acme', 'http://x').subject, /^.*Night watch$/);
  });

  test('counts keys once, and says how many things it leaves out', () => {
    const two = [item, { ...item, code: 'silent' as const }, { ...item, keyId: 'key_2' }];
    const subject = (total: number, kind: 'raised' | 'resolved') =>
      composeMail({ ...notice, kind, items: two, total }, 'Acme', 'http://x');
    assert.equal(subject(3, 'raised').subject, '[Keyward] 2 keys need attention in production');
    assert.equal(subject(3, 'resolved').subject, '[Keyward] Resolved: 2 keys in production');
    const many = subject(40, 'raised');
    assert.equal(many.subject, '[Keyward] more than 2 keys need attention in production');
    assert.match(many.text, /… and 37 more\./);
  });

  test('cuts what is too long between characters', () => {
    assert.equal(Array.from(oneLine('🔑'.repeat(300))).length, 200);
    assert.ok(oneLine('🔑'.repeat(300)).isWellFormed());
  });
});

describe('the setting of the mail server', () => {
  test('says where it is, who we are, and when TLS must be', () => {
    assert.deepEqual(smtpServer('smtp://ops:p%40ss@mail.example.com'), {
      host: 'mail.example.com',
      port: 587,
      isTls: false,
      needsTls: true,
      login: { user: 'ops', password: 'p@ss' },
    });
    const inside = smtpServer('smtps://[::1]');
    assert.deepEqual(
      [inside.host, inside.port, inside.isTls, inside.needsTls, inside.login],
      ['::1', 465, true, false, null],
    );
  });

  test('is refused where it cannot be used, without repeating the password', () => {
    for (const text of [
      'mail.example.com',
      'http://mail.example.com',
      'smtp://',
      'smtp://mail.example.com/inbox',
      'smtp://mail.example.com?tls=off',
      'smtp://u:sesame%@mail.example.com',
      'smtp://u@mail.example.com',
      'smtp://:sesame@mail.example.com',
    ]) {
      assert.throws(
        () => smtpServer(text),
        (error: Error) => !error.message.includes('sesame'),
        text,
      );
    }
  });

  test('names a sender', () => {
    assert.deepEqual(mailAddress('Key Ops <Ops@example.com>'), {
      name: 'Key Ops',
      address: 'Ops@example.com',
    });
    assert.deepEqual(mailAddress(' ops@example.com '), { name: '', address: 'ops@example.com' });
    for (const text of ['', 'ops', 'ops@', 'a\r\nb <ops@example.com>', '<ops@example.com>, <x@example.com>'])
      assert.throws(() => mailAddress(text), text);
  });
});
