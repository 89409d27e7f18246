import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { toLocalInput } from '../../lib/local-time.ts';
import { changesIn, type EditableKey, formOf, rebased } from './edit-form.ts';

const key: EditableKey = {
  name: 'Help center — Production',
  description: null,
  rateLimit: { tier: 'starter', perMinute: 60, burst: 10, perDay: 10_000 },
  ipAllowlist: ['203.0.113.0/24'],
  customerIds: ['cus_1'],
  expiresAt: '2026-11-29T12:00:30.500Z',
};

describe('what an edited key sends', () => {
  it('is nothing while nothing was changed, however exact its times are', () => {
    assert.deepEqual(changesIn(formOf(key), key), {});
    assert.deepEqual(changesIn({ ...formOf(key), name: ` ${key.name} ` }, key), {});
  });

  it('is what was changed, and no more', () => {
    const form = { ...formOf(key), name: 'Other', description: ' For sync ', networks: '', customerIds: [] };
    assert.deepEqual(changesIn(form, key), {
      name: 'Other',
      description: 'For sync',
      ipAllowlist: [],
      customerIds: [],
    });
  });

  it('is a tier by its name, and a limit of one’s own by its numbers', () => {
    const { limit } = formOf(key);
    const tier = changesIn({ ...formOf(key), limit: { ...limit, tier: 'professional' } }, key);
    assert.deepEqual(tier, { tier: 'professional' });
    const custom = { tier: 'custom', perMinute: '1,000', burst: '0', perDay: '5000' } as const;
    assert.deepEqual(changesIn({ ...formOf(key), limit: custom }, key), {
      rateLimit: { perMinute: 1_000, burst: 0, perDay: 5_000 },
    });
  });

  it('takes an end away with null', () => {
    assert.deepEqual(changesIn({ ...formOf(key), expiresAt: '' }, key), { expiresAt: null });
    const later = changesIn({ ...formOf(key), expiresAt: '2027-01-31T08:15' }, key);
    assert.equal(toLocalInput(later?.expiresAt ?? null), '2027-01-31T08:15');
  });

  it('is not to be had of a form that cannot be read', () => {
    const form = formOf(key);
    assert.equal(changesIn({ ...form, name: '  ' }, key), null);
    assert.equal(changesIn({ ...form, networks: 'home' }, key), null);
    assert.equal(changesIn({ ...form, limit: { ...form.limit, tier: 'custom', perDay: '' } }, key), null);
  });
});

describe('an edit over a key that somebody else changed', () => {
  it('keeps what the person typed, and takes the rest as it is now', () => {
    const now = { ...key, name: 'Renamed', ipAllowlist: [] };
    const form = rebased({ ...formOf(key), name: 'Mine' }, key, now);
    assert.equal(form.name, 'Mine');
    assert.equal(form.networks, '');
    assert.deepEqual(changesIn(form, now), { name: 'Mine' });
  });
});
