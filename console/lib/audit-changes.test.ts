import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { changesOf, labelOf, listChange } from './audit-changes.ts';

describe('the changes of an audit entry', () => {
  it('are the fields that differ, and no other', () => {
    const before = { name: 'A', tier: 'starter', scopes: ['a:read'], description: null };
    const after = { name: 'B', tier: 'starter', scopes: ['a:read'], description: null };
    assert.deepEqual(changesOf(before, after), [
      {
        path: 'name',
        label: 'Name',
        before: { kind: 'text', text: 'A' },
        after: { kind: 'text', text: 'B' },
      },
    ]);
  });

  it('of something new are all that it has, and not what it lacks', () => {
    const paths = changesOf(null, { name: 'A', description: null, scopes: [], metadata: {} }).map(
      ({ path }) => path,
    );
    assert.deepEqual(paths, ['name']);
  });

  it('reach into what is nested', () => {
    const [change, ...rest] = changesOf(
      { policy: { production: { maxDays: 90 }, sandbox: null } },
      { policy: { production: { maxDays: 30 }, sandbox: null } },
    );
    assert.equal(rest.length, 0);
    assert.equal(change?.label, 'Policy, production, max days');
  });

  it('show times as such, and numbers of other fields as numbers', () => {
    const [time, count, other] = changesOf(null, { expiresAt: 1_795_953_600_000, perDay: 10_000, format: 5 });
    assert.deepEqual(time?.after, { kind: 'time', at: '2026-11-29T12:00:00.000Z' });
    assert.deepEqual(count?.after, { kind: 'text', text: '10,000' });
    assert.deepEqual(other?.after, { kind: 'text', text: '5' });
  });

  it('do not break on a time that no calendar has', () => {
    assert.deepEqual(changesOf(null, { endsAt: 1e300 })[0]?.after.kind, 'text');
  });

  it('survive anything that is no object', () => {
    assert.deepEqual(changesOf(null, null), []);
    assert.deepEqual(changesOf(undefined, 'word')[0]?.after, { kind: 'text', text: 'word' });
    assert.deepEqual(changesOf([1], [2])[0]?.before, { kind: 'list', items: ['1'] });
    assert.equal(changesOf({ a: { b: 1 } }, { a: 3 }).length, 2);
  });

  it('tell members of a list apart', () => {
    const [change] = changesOf(null, { secrets: [{ id: 'sec_1', hint: 'sa_live_x', endsAt: null }] });
    assert.deepEqual(change?.after, { kind: 'list', items: ['id sec_1, hint sa_live_x'] });
    assert.deepEqual(listChange(['a', 'b'], ['b', 'c']), { kept: ['b'], removed: ['a'], added: ['c'] });
  });
});

describe('the label of a field', () => {
  it('is its name in words', () => {
    assert.equal(labelOf('ipAllowlist'), 'IP allowlist');
    assert.equal(labelOf('customerIds'), 'Customer ids');
    assert.equal(labelOf(''), 'Value');
  });
});
