import assert from 'node:assert/strict';
import { test } from 'node:test';
import { importColumns, importTypeOf } from './contact-file.ts';

test('the end of the name says what a file is, and nothing else does', () => {
  assert.equal(importTypeOf('Contacts.CSV'), 'text/csv');
  assert.equal(importTypeOf('a.b.jsonl'), 'application/x-ndjson');
  assert.equal(importTypeOf('list.json'), 'application/json');
  assert.equal(importTypeOf('list.xlsx'), null);
  assert.equal(importTypeOf('x.constructor'), null);
});

test('columns of a contact are told from those that become custom fields', () => {
  assert.deepEqual(importColumns('\ufeffE-Mail,EMAIL,"Phone",Plan\r\na,b,c,d'), {
    own: ['EMAIL', 'Phone'],
    custom: ['E-Mail', 'Plan'],
  });
  assert.deepEqual(importColumns('"e\nmail",email\r\n"broken" x'), { own: ['email'], custom: ['e\nmail'] });
  assert.deepEqual(importColumns('email'), { own: ['email'], custom: [] });
});

test('what has no header has no columns', () => {
  assert.equal(importColumns(''), null);
  assert.equal(importColumns('\n\n'), null);
  assert.equal(importColumns('"email\nx'), null);
});
