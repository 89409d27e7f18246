import assert from 'node:assert/strict';
import { isIP, isIPv6 } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { cidrsWithin, compileCidrs, normalizeIp, parseCidr } from './cidr.ts';

/** The naive model: an address is a string of 32 or 128 bits, a network a prefix of it. */
type Bits = string;
// Few distinct bytes and bits near the model's edges, so that networks meet addresses often.
const byte = fc.oneof(fc.constantFrom(0, 1, 127, 128, 255), fc.nat(255));
const bitsOf = (bytes: readonly number[]): Bits => bytes.map((b) => b.toString(2).padStart(8, '0')).join('');
const bytesOf = (bits: Bits) => bits.match(/.{8}/g)!.map((octet) => Number.parseInt(octet, 2));
const v4Bits = fc.array(byte, { minLength: 4, maxLength: 4 }).map(bitsOf);
const v6Bits = fc
  .array(byte, { minLength: 16, maxLength: 16 })
  .map(bitsOf)
  .filter((bits) => !isMapped(bits));
const mappedStart = `${'0'.repeat(80)}${'1'.repeat(16)}`;
const isMapped = (bits: Bits) => bits.startsWith(mappedStart);
const mapped = (bits: Bits): Bits => (bits.length === 32 ? mappedStart + bits : bits);

function textOf(bits: Bits): string {
  return ipaddr.fromByteArray(bytesOf(bits)).toString();
}

/** Different spellings of one v6 address. */
function spellings(bits: Bits): string[] {
  const bytes = bytesOf(bits);
  const groups = Array.from({ length: 8 }, (_, k) => bytes[2 * k]! * 256 + bytes[2 * k + 1]!);
  const plain = groups.map((group) => group.toString(16)).join(':');
  const padded = groups.map((group) => group.toString(16).padStart(4, '0').toUpperCase()).join(':');
  const dotted = `${plain.split(':').slice(0, 6).join(':')}:${bytes.slice(12).join('.')}`;
  const zeros = /(?:^|:)0(?::0)*(?:$|:)/.exec(plain);
  const short = zeros ? plain.replace(zeros[0], '::') : plain;
  return [plain, padded, dotted, short];
}

const address = fc.oneof(v4Bits, v6Bits);
/** A network near an address: its first bits kept, the rest free. */
const near = (bits: Bits) =>
  fc.tuple(fc.nat(bits.length), fc.nat(bits.length - 1), fc.boolean()).map(([length, flip, doFlip]) => {
    const other = doFlip
      ? bits.slice(0, flip) + (bits[flip] === '0' ? '1' : '0') + bits.slice(flip + 1)
      : bits;
    return { length, bits: other };
  });
const cidrText = (network: { bits: Bits; length: number }) => `${textOf(network.bits)}/${network.length}`;
const covers = (network: { bits: Bits; length: number }, bits: Bits) =>
  network.bits.length === bits.length &&
  network.bits.slice(0, network.length) === bits.slice(0, network.length);

test('matching agrees with comparing bit strings, for v4, v6 and v4-mapped addresses', () => {
  const problem = address.chain((bits) =>
    fc.tuple(fc.constant(bits), fc.array(near(bits), { maxLength: 4 }), fc.array(address.chain(near))),
  );
  fc.assert(
    fc.property(problem, ([bits, nearby, others]) => {
      const networks = [...nearby, ...others];
      const expected = networks.some((network) => covers(network, bits));
      const matches = compileCidrs(networks.map(cidrText));
      for (const text of [textOf(bits), ...spellings(mapped(bits))])
        assert.equal(matches(text), expected, text);
      const mappedNetworks = networks.map((n) =>
        n.bits.length === 32 ? `${textOf(mapped(n.bits))}/${n.length + 96}` : cidrText(n),
      );
      assert.equal(compileCidrs(mappedNetworks)(textOf(bits)), expected);
    }),
    { numRuns: 500 },
  );
});

test('a network is canonical: host bits cleared, RFC 5952, and itself again when read', () => {
  fc.assert(
    fc.property(address.chain(near), (network) => {
      const cleared = network.bits.slice(0, network.length).padEnd(network.bits.length, '0');
      const parsed = parseCidr(cidrText(network));
      if (network.bits.length === 128 && isMapped(cleared)) return;
      const text = ipaddr.fromByteArray(bytesOf(cleared));
      const canonical = text.kind() === 'ipv6' ? (text as ipaddr.IPv6).toRFC5952String() : text.toString();
      assert.equal(parsed?.text, `${canonical}/${network.length}`);
      assert.deepEqual(parseCidr(parsed!.text), parsed);
    }),
  );
  const canonical: Record<string, string> = {
    '10.1.2.3': '10.1.2.3/32',
    '10.1.2.3/8': '10.0.0.0/8',
    '0.0.0.0/0': '0.0.0.0/0',
    '::': '::/128',
    '::/0': '::/0',
    '2001:DB8:0:0:1:0:0:1/64': '2001:db8::/64',
    '2001:db8:0:1:1:1:1:1': '2001:db8:0:1:1:1:1:1/128',
    '::ffff:10.0.0.0/104': '10.0.0.0/8',
    '::ffff:a01:203': '10.1.2.3/32',
    '::ffff:0:0/96': '0.0.0.0/0',
    '::ffff:0:0/95': '::fffe:0:0/95',
  };
  for (const [text, expected] of Object.entries(canonical)) assert.equal(parseCidr(text)?.text, expected);
});

test('what is not a network is null, and never throws', () => {
  const bad = [
    '',
    '/',
    '10.0.0.0/',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/08',
    '10.0.0.0/8/8',
    '10.0.0.0/8 ',
    ' 10.0.0.0',
  ];
  bad.push(
    '10.0.0/8',
    '010.0.0.1',
    '0x7f.0.0.1',
    '2130706433',
    '1.2.3.4.5',
    '1.2.3.256',
    '::/129',
    '::1/1e1',
    'fe80::1%eth0/64',
  );
  bad.push(
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '::1::',
    ':::',
    '1:',
    ':1',
    '12345::',
    '::1.2.3',
    '1::1.2.3.4:5',
    '[::1]',
    'localhost',
  );
  for (const text of bad) assert.equal(parseCidr(text), null, text);
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary' }),
      (text) => parseCidr(text) === null && normalizeIp(text) === null,
    ),
  );
});

test('an address is read exactly when node:net reads it', () => {
  const piece = fc.constantFrom(
    ':',
    '::',
    '.',
    '0',
    '1',
    'f',
    'ffff',
    '255',
    '256',
    '00',
    '1.2.3.4',
    '%',
    'g',
    '12345',
    ' ',
  );
  const almost = fc.array(piece, { maxLength: 18 }).map((pieces) => pieces.join(''));
  const grouped = fc
    .array(fc.constantFrom('', '0', 'ffff', 'a', '1.2.3.4'), { maxLength: 10 })
    .map((groups) => groups.join(':'));
  const spelled = v6Bits.map(spellings).chain((all) => fc.constantFrom(...all));
  fc.assert(
    fc.property(fc.oneof(almost, grouped, spelled, fc.ipV4(), fc.ipV6()), (text) => {
      if (text.includes('%')) return;
      assert.equal(normalizeIp(text) !== null, isIP(text) !== 0, text);
    }),
    { numRuns: 3000 },
  );
});

test('one address has one text', () => {
  fc.assert(
    fc.property(address, (bits) => {
      const expected = bits.length === 32 ? textOf(bits) : ipaddr.IPv6.parse(textOf(bits)).toRFC5952String();
      for (const text of [textOf(bits), ...spellings(mapped(bits))])
        assert.equal(normalizeIp(text), expected);
      assert.ok(isIP(expected) > 0);
    }),
  );
  assert.equal(normalizeIp('fe80::1%eth0'), 'fe80::1');
  assert.equal(normalizeIp('::FFFF:192.0.2.1'), '192.0.2.1');
  assert.equal(normalizeIp('::ffff:192.0.2.1%3'), '192.0.2.1');
  for (const text of ['fe80::1%', '1.2.3.4%eth0', '[::1]', '%', '::1/128'])
    assert.equal(normalizeIp(text), null);
  assert.ok(isIPv6('::1'));
});

test('a matcher refuses hostile texts, ignores invalid networks, and keeps v4 and v6 apart', () => {
  assert.equal(compileCidrs([])('1.2.3.4'), false);
  assert.equal(compileCidrs(['nonsense', '10.0.0.0/8'])('10.9.9.9'), true);
  assert.equal(compileCidrs(['nonsense'])('10.9.9.9'), false);
  assert.equal(compileCidrs(['::/0'])('10.9.9.9'), false);
  assert.equal(compileCidrs(['::/0'])('::ffff:10.9.9.9'), false);
  assert.equal(compileCidrs(['0.0.0.0/0'])('::1'), false);
  assert.equal(compileCidrs(['fe80::/10'])('fe80::1%eth0'), true);
  const all = compileCidrs(['0.0.0.0/0', '::/0']);
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => !all(text)));
  for (const text of [
    ':'.repeat(65_536),
    '1'.repeat(65_536),
    '%'.repeat(65_536),
    `::${'%'.repeat(65_536)}x`.slice(0, -1),
  ]) {
    const start = performance.now();
    all(text);
    parseCidr(text);
    assert.ok(performance.now() - start < 100);
  }
});

test('a list lies within another when each network lies inside one of the other', () => {
  const lists = address.chain((bits) =>
    fc.tuple(fc.array(near(bits), { minLength: 1, maxLength: 3 }), fc.array(near(bits), { maxLength: 3 })),
  );
  fc.assert(
    fc.property(
      lists,
      fc.array(fc.stringMatching(/^[01]{128}$/), { minLength: 5, maxLength: 5 }),
      ([inner, outer], fills) => {
        const isWithin = cidrsWithin(inner.map(cidrText), outer.map(cidrText));
        const expected = inner.every((i) => outer.some((o) => o.length <= i.length && covers(o, i.bits)));
        assert.equal(isWithin, expected);
        if (!isWithin) return;
        const matches = compileCidrs(outer.map(cidrText));
        for (const network of inner) {
          for (const fill of ['0'.repeat(128), '1'.repeat(128), ...fills]) {
            const sample =
              network.bits.slice(0, network.length) + fill.slice(network.length, network.bits.length);
            // A sample that strays into the mapped range is a v4 address by another name.
            if (!isMapped(sample)) assert.ok(matches(textOf(sample)));
          }
        }
      },
    ),
    { numRuns: 500 },
  );
  assert.equal(cidrsWithin(['10.0.0.0/8'], ['10.0.0.0/9', '10.128.0.0/9']), false);
  assert.equal(cidrsWithin(['::ffff:10.1.0.0/112'], ['10.0.0.0/8']), true);
  assert.equal(cidrsWithin(['nonsense'], ['0.0.0.0/0', '::/0']), false);
  assert.equal(cidrsWithin(['10.0.0.1'], ['nonsense']), false);
  assert.equal(cidrsWithin([], []), true);
});
