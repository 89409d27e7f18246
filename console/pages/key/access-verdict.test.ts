import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { verdictOf } from './access-verdict.ts';

const impliesOf = (scope: string) => (scope.endsWith(':write') ? [scope.replace(':write', ':read')] : []);
const use = (name: string, requests: number, lastUsedAt: string | null = null) => ({
  name,
  requests,
  lastUsedAt,
});

describe('the verdict of the access advisor', () => {
  it('parts what was used, those used last first, from what was not', () => {
    const scopes = [
      use('a:read', 2, '2026-11-01T00:00:00.000Z'),
      use('b:read', 9, '2026-11-20T00:00:00.000Z'),
      use('c:read', 0),
    ];
    const verdict = verdictOf(
      { scopes, replaceWith: { scopes: ['a:read', 'b:read'] }, replay: { requests: 11, refused: 0 } },
      impliesOf,
    );
    assert.deepEqual(
      verdict.used.map(({ name }) => name),
      ['b:read', 'a:read'],
    );
    assert.deepEqual(
      verdict.unused.map(({ name }) => name),
      ['c:read'],
    );
    assert.equal(verdict.kind, 'narrower');
  });

  it('does not call unused what comes with something used', () => {
    const scopes = [use('a:read', 0), use('a:write', 3, '2026-11-01T00:00:00.000Z')];
    const verdict = verdictOf({ scopes, replaceWith: null, replay: { requests: 3, refused: 0 } }, impliesOf);
    assert.equal(verdict.kind, 'tight');
    assert.equal(verdict.brought[0]?.broughtBy, 'a:write');
    assert.deepEqual(verdict.unused, []);
  });

  it('says nothing of a key that sent nothing', () => {
    const advice = { scopes: [use('a:read', 0)], replaceWith: null, replay: { requests: 0, refused: 0 } };
    assert.equal(verdictOf(advice, impliesOf).kind, 'silent');
  });

  it('does not promise less where requests asked for several scopes at once', () => {
    const scopes = [use('a:read', 3, '2026-11-01T00:00:00.000Z'), use('b:read', 0)];
    const advice = { scopes, replaceWith: null, replay: { requests: 3, refused: 0 } };
    assert.equal(verdictOf(advice, impliesOf).kind, 'unclear');
  });

  it('knows requests that no scope was asked for', () => {
    const advice = { scopes: [use('a:read', 0)], replaceWith: null, replay: { requests: 4, refused: 0 } };
    assert.equal(verdictOf(advice, impliesOf).kind, 'unclear');
  });
});
