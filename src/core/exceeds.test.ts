import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Extent, exceeds } from './exceeds.ts';

const names = ['knowledge:read', 'knowledge:write', 'contacts:read'];
const networks = ['10.0.0.0/8', '10.1.0.0/16', '10.1.2.3/32', '2001:db8::/32', '2001:db8:1::/48'];
const customers = ['cus_1', 'cus_2'];

const extent: fc.Arbitrary<Extent> = fc.record({
  scopes: fc.subarray(names).map((list) => new Set(list)),
  limits: fc.record({
    perMinute: fc.integer({ min: 1, max: 3 }),
    burst: fc.integer({ min: 0, max: 2 }),
    perDay: fc.integer({ min: 1, max: 3 }),
  }),
  expiresAt: fc.option(fc.integer({ min: 1, max: 3 })),
  ipAllowlist: fc.subarray(networks),
  customerIds: fc.subarray(customers),
});

const sampleIps = ['10.9.9.9', '10.1.9.9', '10.1.2.3', '2001:db8:2::1', '2001:db8:1::1', '192.0.2.1'];
const inside: Record<string, readonly string[]> = {
  '10.0.0.0/8': sampleIps.slice(0, 3),
  '10.1.0.0/16': sampleIps.slice(1, 3),
  '10.1.2.3/32': sampleIps.slice(2, 3),
  '2001:db8::/32': sampleIps.slice(3, 5),
  '2001:db8:1::/48': sampleIps.slice(4, 5),
};

/** Everything a key of this extent could do, by enumeration: judged without a word of the real code. */
function deeds(e: Extent): Set<string> {
  const all = new Set<string>();
  const ips = e.ipAllowlist.length === 0 ? sampleIps : e.ipAllowlist.flatMap((cidr) => inside[cidr]!);
  for (const scope of e.scopes) all.add(`scope ${scope}`);
  for (let n = 1; n <= e.limits!.perMinute; n++) all.add(`perMinute ${n}`);
  for (let n = 1; n <= e.limits!.burst; n++) all.add(`burst ${n}`);
  for (let n = 1; n <= e.limits!.perDay; n++) all.add(`perDay ${n}`);
  for (let at = 0; at < (e.expiresAt ?? 10); at++) all.add(`at ${at}`);
  for (const ip of ips) all.add(`from ${ip}`);
  for (const id of e.customerIds.length === 0 ? [...customers, 'cus_9'] : e.customerIds) all.add(`for ${id}`);
  return all;
}

test('nothing exceeds exactly when the target can do nothing that the bound cannot', () => {
  fc.assert(
    fc.property(extent, extent, (target, bound) => {
      const isWithin = [...deeds(target)].every((deed) => deeds(bound).has(deed));
      assert.equal(exceeds(target, bound).length === 0, isWithin);
    }),
    { numRuns: 2_000 },
  );
});

test('each dimension is named by itself', () => {
  const bound: Extent = {
    scopes: new Set(['knowledge:read']),
    limits: { perMinute: 60, burst: 10, perDay: 100 },
    expiresAt: 1_000,
    ipAllowlist: ['10.0.0.0/8'],
    customerIds: ['cus_1'],
  };
  const beyond: [Partial<Extent>, string][] = [
    [{ scopes: new Set(['knowledge:write']) }, 'scopes'],
    [{ limits: { perMinute: 61, burst: 10, perDay: 100 } }, 'rateLimit.perMinute'],
    [{ limits: { perMinute: 60, burst: 11, perDay: 100 } }, 'rateLimit.burst'],
    [{ limits: { perMinute: 60, burst: 10, perDay: 101 } }, 'rateLimit.perDay'],
    [{ expiresAt: 1_001 }, 'expiresAt'],
    [{ expiresAt: null }, 'expiresAt'],
    [{ ipAllowlist: [] }, 'ipAllowlist'],
    [{ ipAllowlist: ['0.0.0.0/0'] }, 'ipAllowlist'],
    [{ customerIds: [] }, 'customerIds'],
    [{ customerIds: ['cus_1', 'cus_2'] }, 'customerIds'],
  ];
  for (const [change, name] of beyond) assert.deepEqual(exceeds({ ...bound, ...change }, bound), [name]);
  assert.deepEqual(exceeds(bound, bound), []);
});
