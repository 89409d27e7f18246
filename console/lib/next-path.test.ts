import assert from 'node:assert/strict';
import { test } from 'node:test';
import { safeNext } from './next-path.ts';

test('a page of the console is gone on to, with its filters', () => {
  for (const path of ['/', '/keys', '/keys?status=active&env=sandbox', '/keys/key_01/usage#chart']) {
    assert.equal(safeNext(path), path);
  }
});

test('what could lead to another host leads to the first page', () => {
  const hostile = [
    '//evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    '/\n/evil.example',
    '\\/evil.example',
    '/.//evil.example',
    '/..//evil.example',
    '/%2e//evil.example',
    '/keys/..//evil.example',
    'https://evil.example',
    'javascript:alert(1)',
    ' //evil.example',
    'keys',
    '',
  ];
  for (const path of hostile) assert.equal(safeNext(path), '/', JSON.stringify(path));
  assert.equal(safeNext(undefined), '/');
});

test('nobody is led from the sign-in to the sign-in', () => {
  for (const path of ['/sign-in', '/sign-in/', '/sign-in?next=/keys', '/setup', '/invitation#token=x']) {
    assert.equal(safeNext(path), '/');
  }
});
