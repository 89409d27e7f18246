import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  type Environment,
  environmentCatalog,
  environmentOfHost,
  environments,
  isEnvironment,
  parseHostRules,
  secretKindOf,
} from './environments.ts';

test('the catalogue describes each environment once, with the prefix its keys carry', () => {
  assert.deepEqual(
    environmentCatalog.map((item) => item.name),
    [...environments],
  );
  for (const item of environmentCatalog) {
    assert.equal(item.keyPrefixKind, secretKindOf(item.name));
    assert.equal(item.keyPrefixKind, item.name === 'production' ? 'live' : 'test');
    assert.ok(item.label && item.description);
  }
  assert.ok(isEnvironment('sandbox') && !isEnvironment('Sandbox') && !isEnvironment('toString'));
});

test('without rules the first label decides, and everything unknown is production', () => {
  const cases: [string | undefined, Environment][] = [
    ['prod.acme.com', 'production'],
    ['api.acme.com', 'production'],
    ['staging.acme.com', 'staging'],
    ['dev.acme.com', 'development'],
    ['sandbox.acme.com', 'sandbox'],
    ['sandbox.localhost:8787', 'sandbox'],
    ['SANDBOX.Acme.COM', 'sandbox'],
    ['dev.acme.com.', 'development'],
    ['dev.acme.com.:443', 'development'],
    ['staging', 'staging'],
    ['staging:8787', 'staging'],
    ['sandbox.acme.com:', 'sandbox'],
    ['acme.sandbox.com', 'production'],
    ['sandboxes.acme.com', 'production'],
    ['development.acme.com', 'production'],
    ['localhost:8787', 'production'],
    ['127.0.0.1:8787', 'production'],
    ['[::1]:8787', 'production'],
    ['[::1]', 'production'],
    ['', 'production'],
    ['.', 'production'],
    ['.sandbox.acme.com', 'production'],
    ['sandbox.acme.com:99999', 'production'],
    ['sandbox.acme.com:80:80', 'production'],
    ['x@sandbox.acme.com', 'production'],
    ['sandbox.acme.com/x', 'production'],
    [' sandbox.acme.com', 'production'],
    ['__proto__', 'production'],
    [undefined, 'production'],
  ];
  for (const [host, expected] of cases) assert.equal(environmentOfHost(host, []), expected, String(host));
});

test('rules win over the first label, the most specific first, whatever their order', () => {
  const items = [
    'api.acme.com=staging',
    'api.acme.com:8443=development',
    '*.test.acme.com=sandbox',
    '*.acme.com=development',
    '*.acme.com:9000=staging',
    '*:8788=sandbox',
    '[0:0:0:0:0:0:0:1]:8787=development',
    '*=staging',
  ];
  const cases: [string | undefined, number | undefined, Environment][] = [
    ['api.acme.com', 8787, 'staging'],
    ['API.acme.com.:443', 8787, 'staging'],
    ['api.acme.com:8443', 8787, 'development'],
    ['api.acme.com', 8443, 'development'],
    ['api.acme.com:8788', 8788, 'staging'],
    ['a.test.acme.com', 8787, 'sandbox'],
    ['a.b.test.acme.com:8788', 8787, 'sandbox'],
    ['test.acme.com', 8787, 'development'],
    ['sandbox.acme.com:9000', 8787, 'staging'],
    ['acme.com', 8787, 'staging'],
    ['evilacme.com', 8787, 'staging'],
    ['sandbox.other.org:8788', 8787, 'sandbox'],
    ['other.org', 8788, 'sandbox'],
    ['other.org:1', 8788, 'staging'],
    ['[::1]:8787', 1, 'development'],
    ['[::1]', 8787, 'development'],
    ['sandbox.other.org', 8787, 'staging'],
    ['not a host', 8788, 'sandbox'],
    [undefined, 8788, 'sandbox'],
    [undefined, undefined, 'staging'],
  ];
  fc.assert(
    fc.property(fc.shuffledSubarray(items, { minLength: items.length }), (order) => {
      const rules = parseHostRules(order.join(' , '));
      for (const [host, port, expected] of cases) {
        assert.equal(environmentOfHost(host, rules, port), expected, `${host} ${port}`);
      }
    }),
    { numRuns: 50 },
  );
});

test('where no rule fits, the first label still decides', () => {
  const rules = parseHostRules('api.acme.com=staging,*:8788=sandbox,');
  assert.equal(environmentOfHost('dev.acme.com', rules, 8787), 'development');
  assert.equal(environmentOfHost('dev.acme.com:8788', rules, 8787), 'sandbox');
  assert.deepEqual(parseHostRules(''), []);
  assert.equal(parseHostRules('a.b=sandbox, a.b=sandbox').length, 1);
});

test('a bad rule stops the start with a sentence that names it', () => {
  const bad = [
    'api.acme.com',
    'api.acme.com=prod',
    'a b=sandbox',
    '*.=sandbox',
    '*x.com=sandbox',
    'a:0=sandbox',
  ];
  bad.push(
    'a:65536=sandbox',
    'a:x=sandbox',
    '=sandbox',
    'bücher.example=sandbox',
    '[::1=sandbox',
    '[::g]=sandbox',
    'a.*.b=sandbox',
  );
  for (const rule of bad) {
    assert.throws(
      () => parseHostRules(`ok.acme.com=sandbox,${rule}`),
      (error: Error) => error.message.includes(`"${rule}"`) && error.message.endsWith('.'),
      rule,
    );
  }
  assert.throws(() => parseHostRules('a.b=sandbox,A.b.=staging'), /mapped to sandbox/);
});

test('a hostile host never throws and is answered in linear time', () => {
  const rules = parseHostRules('*.acme.com=sandbox,*:1=staging');
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.boolean(), (host, hasRules) =>
      isEnvironment(environmentOfHost(host, hasRules ? rules : [])),
    ),
  );
  for (const part of ['a', 'a.', '.', ':', '[', '1']) {
    const start = performance.now();
    environmentOfHost(part.repeat(65_536), rules);
    assert.ok(performance.now() - start < 100);
  }
});
