import assert from 'node:assert/strict';
import { test } from 'node:test';
import { networksOf, readIpList } from './ip.ts';

test('lines, commas and blanks separate, and a bare address is a network of one', () => {
  assert.deepEqual(networksOf('203.0.113.7\n10.0.0.0/8, 2001:db8::/32'), [
    '203.0.113.7/32',
    '10.0.0.0/8',
    '2001:db8::/32',
  ]);
  assert.deepEqual(networksOf('  \n '), []);
});

test('one entry that cannot be read makes the list unusable', () => {
  assert.equal(networksOf('203.0.113.7 example.com'), null);
});

test('each entry says what is the matter with it', () => {
  const notes = (text: string) => readIpList(text).map(({ note }) => note);
  assert.deepEqual(notes('203.0.113.7'), [null]);
  assert.deepEqual(notes('203.0.113.9/24'), ['Becomes 203.0.113.0/24.']);
  assert.deepEqual(notes('10.0.0.1 10.0.0.1/32'), [null, 'Is in the list already.']);
  assert.deepEqual(notes('0.0.0.0/0'), ['Lets every IPv4 address in.']);
  assert.match(notes('10.0.0.0/33')[0]!, /0 to 32/);
  assert.match(notes('10.0.0.256')[0]!, /0 to 255/);
  assert.match(notes('example.com')[0]!, /not looked up/);
  assert.match(notes('zz::1/64')[0]!, /neither/);
});
