import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { describeSettings } from './settings.ts';

function describeWith(environment: Record<string, string>, envFile: Record<string, string> = {}) {
  return describeSettings([
    { origin: 'environment', values: environment },
    { origin: '.env', values: envFile },
  ]);
}

function find(report: ReturnType<typeof describeSettings>, name: string) {
  const { value, origin, isSet, problem } = report.settings.find((setting) => setting.name === name)!;
  return { value, origin, isSet, problem };
}

test('every setting is told with its value and where it comes from, the stronger source winning', () => {
  const file = join(tmpdir(), `keyward-settings-${process.pid}`);
  writeFileSync(file, '9999\n');
  const report = describeWith(
    { KEYWARD_BIND: '0.0.0.0', KEYWARD_PORT_FILE: file, KEYWARD_KEY_PREFIX: 'acme' },
    { KEYWARD_BIND: '127.0.0.2', KEYWARD_SURFACES: 'billing, reports', KEYWARD_KEY_PREFX: 'x' },
  );
  const shown = (name: string) => Object.values(find(report, name));
  assert.deepEqual(shown('KEYWARD_BIND'), ['0.0.0.0', 'environment', true, null]);
  assert.deepEqual(shown('KEYWARD_PORT'), ['9999', `file ${file}`, true, null]);
  assert.deepEqual(shown('KEYWARD_SURFACES'), ['billing, reports', '.env', true, null]);
  assert.deepEqual(shown('KEYWARD_LOG_LEVEL'), ['info', 'default', false, null]);
  assert.deepEqual(shown('KEYWARD_PUBLIC_URL'), ['not set', 'default', false, null]);
  assert.deepEqual([report.problems, report.unknown], [[], ['KEYWARD_KEY_PREFX']]);
});

test('no secret is told, whether it is good or bad, nor one that stands in the wrong place', () => {
  const canary = 'topsecret-canary-topsecret-canary-topsecret';
  const pem = `-----BEGIN CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\n${canary}`;
  const environments: Record<string, string>[] = [
    { KEYWARD_SECRET: canary, KEYWARD_ADMIN_PASSWORD: canary, KEYWARD_TLS_CERT: pem, KEYWARD_TLS_KEY: pem },
    { KEYWARD_DATABASE_URL: `mysql://u:${canary}@h/d`, KEYWARD_REDIS_URL: `redis://:${canary}@h` },
    { KEYWARD_DATABASE_URL: `postgres://u:${canary}@h/d`, KEYWARD_SECRET: 'short' },
    { KEYWARD_PUBLIC_URL: `https://u:${canary}@keys.example.com` },
  ];
  for (const environment of environments) {
    assert.doesNotMatch(JSON.stringify(describeWith(environment)), /canary|"short"/);
  }
  const report = describeWith({ KEYWARD_SECRET: canary });
  assert.equal(find(report, 'KEYWARD_SECRET').value, 'set');
  assert.equal(find(report, 'KEYWARD_TLS_KEY').value, 'not set');
});

test('a bad setting does not hide the others, and a bad combination is told when each is good', () => {
  const bad = describeWith({
    KEYWARD_PORT: 'abc',
    KEYWARD_HOSTS: 'a=nowhere',
    KEYWARD_BIND_FILE: '/nowhere',
  });
  assert.deepEqual(
    bad.problems.map((problem) => /KEYWARD_\w+/.exec(problem)?.[0]),
    ['KEYWARD_PORT', 'KEYWARD_BIND_FILE', 'KEYWARD_HOSTS'],
  );
  assert.deepEqual(Object.values(find(bad, 'KEYWARD_PORT')).slice(0, 3), ['abc', 'environment', true]);
  const combined = describeWith({ KEYWARD_TLS_CERT: '/cert.pem' });
  assert.match(combined.problems.join(), /go together/);
  const hostile = describeWith({ KEYWARD_BIND: '\u001b[2Jevil', KEYWARD_PORT: '\u001b]0;evil\u0007' });
  assert.doesNotMatch(JSON.stringify(hostile), /\\u001b/);
});
