import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compileCidrs } from './cidr.ts';
import { addressGroup, clientAddress } from './client-address.ts';

const isTrusted = compileCidrs(['10.0.0.0/8', 'fd00::/8', '127.0.0.1']);
const nobody = () => false;

const trusted = fc.constantFrom('10.0.0.1', '10.255.1.2', 'fd00::1', '127.0.0.1');
const untrusted = fc.constantFrom('203.0.113.7', '198.51.100.1', '2001:db8::7', '11.0.0.1');
const garbage = fc.constantFrom(
  '',
  'unknown',
  '_hidden',
  '1.2.3',
  '300.1.1.1',
  '1.2.3.4:',
  '[1.2.3.4]',
  '[::1',
  '::1]',
  '"::1"',
  'a'.repeat(99),
);
type Entry = { address: string | null; text: string };

/** How proxies write one and the same address. */
const spelled = (address: fc.Arbitrary<string>): fc.Arbitrary<Entry> =>
  fc.tuple(address, fc.nat(3), fc.constantFrom('', ' ', '\t', '  ')).map(([ip, form, blank]) => {
    const forms = ip.includes(':')
      ? [ip, `[${ip}]`, `[${ip}]:4711`, ip.toUpperCase()]
      : [ip, `${ip}:4711`, `::ffff:${ip}`, `[::FFFF:${ip}]:80`];
    return { address: ip, text: blank + forms[form] + blank };
  });
const entry = fc.oneof(
  { weight: 4, arbitrary: spelled(trusted) },
  { weight: 2, arbitrary: spelled(untrusted) },
  { weight: 1, arbitrary: garbage.map((text): Entry => ({ address: null, text })) },
);

/** The naive model: everything from the client to the peer as a list, walked from its end. */
function model(peer: string, entries: readonly Entry[]): string {
  let current = peer;
  for (const { address } of [...entries].reverse()) {
    if (!isTrusted(current) || address === null) return current;
    current = address;
  }
  return current;
}

test('the caller is the rightmost address that is not trusted, as in the naive walk', () => {
  fc.assert(
    fc.property(
      fc.oneof(trusted, untrusted),
      fc.array(entry, { minLength: 1, maxLength: 8 }),
      (peer, entries) => {
        const header = entries.map(({ text }) => text).join(',');
        assert.equal(clientAddress(peer, header, isTrusted), model(peer, entries));
      },
    ),
    { numRuns: 2000 },
  );
});

test('an untrusted peer cannot name another address, whatever it sends', () => {
  fc.assert(
    fc.property(untrusted, fc.oneof(fc.string({ unit: 'binary' }), untrusted), (peer, header) => {
      assert.equal(clientAddress(peer, header, isTrusted), peer);
      assert.equal(clientAddress(peer, header, nobody), peer);
    }),
  );
});

test('the peer itself is canonical, and one that is no address comes back as it is', () => {
  assert.equal(clientAddress('::ffff:203.0.113.7', undefined, isTrusted), '203.0.113.7');
  assert.equal(clientAddress('fe80::1%eth0', undefined, isTrusted), 'fe80::1');
  assert.equal(clientAddress('::ffff:10.0.0.1', '203.0.113.7', isTrusted), '203.0.113.7');
  assert.equal(clientAddress('', '203.0.113.7', isTrusted), '');
  assert.equal(clientAddress('10.0.0.1', '', isTrusted), '10.0.0.1');
});

test('a header of 64 KB is walked in linear time', () => {
  for (const part of ['10.0.0.1,', ',', ' ', '1', '[', '10.0.0.1, ', '1.1.1.1:1']) {
    const start = performance.now();
    clientAddress('10.0.0.1', part.repeat(Math.ceil(65_536 / part.length)), isTrusted);
    clientAddress('10.0.0.1', part.repeat(Math.ceil(65_536 / part.length)).slice(0, -1), isTrusted);
    assert.ok(performance.now() - start < 200, part);
  }
});

test('refusals are counted per v4 address and per v6 /64', () => {
  assert.equal(addressGroup('203.0.113.7'), '203.0.113.7');
  assert.equal(addressGroup('::ffff:203.0.113.7'), '203.0.113.7');
  assert.equal(addressGroup('2001:db8:1:2:3:4:5:6'), '2001:db8:1:2::/64');
  assert.equal(addressGroup('2001:db8:1:2:ffff::'), '2001:db8:1:2::/64');
  assert.equal(addressGroup('::1'), '::/64');
  assert.equal(addressGroup('unknown'), 'unknown');
  fc.assert(
    fc.property(fc.ipV6(), (ip) => {
      const group = addressGroup(ip);
      assert.ok(!group.includes('/') || compileCidrs([group])(ip));
    }),
  );
});
