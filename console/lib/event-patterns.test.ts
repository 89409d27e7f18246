import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { coversType, toggleGroup, toggleType } from './event-patterns.ts';

const known = ['key.created', 'key.revoked', 'contact.created'];

describe('the events of a webhook', () => {
  test('a group takes in its types, and a star takes in all', () => {
    assert.equal(coversType(['key.*'], 'key.revoked'), true);
    assert.equal(coversType(['*'], 'contact.created'), true);
    assert.equal(coversType(['key.*', 'contact.updated'], 'contact.created'), false);
  });

  test('choosing a group takes the place of its types', () => {
    assert.deepEqual(toggleGroup(['key.created', 'contact.created'], 'key', true), [
      'contact.created',
      'key.*',
    ]);
    assert.deepEqual(toggleGroup(['key.*', 'contact.created'], 'key', false), ['contact.created']);
  });

  test('leaving a type out of a group leaves its others', () => {
    assert.deepEqual(toggleType(['key.*', 'contact.created'], 'key.created', false, known), [
      'contact.created',
      'key.revoked',
    ]);
    assert.deepEqual(toggleType(['key.created'], 'key.created', false, known), []);
    assert.deepEqual(toggleType(['key.created'], 'key.revoked', true, known), ['key.created', 'key.revoked']);
  });
});
