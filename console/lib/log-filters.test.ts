import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorTable } from '../../src/errors.ts';
import {
  chipsOf,
  exportBodyOf,
  fromLocalField,
  mayGrow,
  noLogFilters,
  readLogFilters,
  refusalCodes,
  sinceMinutes,
  statusTone,
  statusWord,
  toLocalField,
} from './log-filters.ts';

test('of an address only filters are read, and empty ones are none', () => {
  const search = { env: 'sandbox', statusClass: '4xx', q: '', request: 'req_1', view: 'why', ip: '10.0.0.1' };
  assert.deepEqual(readLogFilters(search), { statusClass: '4xx', ip: '10.0.0.1' });
});

test('on the page of a key no address leads to another one', () => {
  assert.deepEqual(readLogFilters({ keyId: 'key_2' }, 'key_1'), { keyId: 'key_1' });
});

test('every filter that is set is a chip, but for those that cannot go', () => {
  const filters = readLogFilters({
    keyId: 'key_1',
    q: '/api',
    code: 'rate_limited',
    from: '2026-11-21T09:30:00.000Z',
  });
  assert.deepEqual(
    chipsOf(filters, ['keyId', 'q']).map(({ name }) => name),
    ['code', 'from'],
  );
});

test('clearing takes away every filter', () => {
  const all = { q: 'a', keyId: 'b', status: '403', to: 'c' };
  assert.deepEqual(readLogFilters({ ...all, ...noLogFilters }), {});
});

test('an export asks for what the list asks for, with the status as a number', () => {
  assert.deepEqual(exportBodyOf({ status: '403', method: 'POST' }), { method: 'POST', status: 403 });
  assert.deepEqual(exportBodyOf({}), {});
});

test('a list with an end, or of one request, does not grow', () => {
  assert.equal(mayGrow({ from: '2026-11-21T09:30:00.000Z' }), true);
  assert.equal(mayGrow({ to: '2026-11-21T09:30:00.000Z' }), false);
  assert.equal(mayGrow({ q: 'req_01m80e0mmbkamb0xvqwprt9g35' }), false);
  assert.equal(mayGrow({ q: '/api' }), true);
});

test('a field for a local time gives back the second that was put in', () => {
  const at = '2026-11-21T09:30:07.000Z';
  assert.equal(fromLocalField(toLocalField(at)), at);
  assert.equal(toLocalField('yesterday'), '');
  assert.equal(toLocalField(undefined), '');
  assert.equal(fromLocalField(''), undefined);
  assert.equal(fromLocalField('2026-13-99T00:00'), undefined);
});

test('a preset is a moment', () => {
  assert.equal(sinceMinutes(60, Date.parse('2026-11-21T10:00:00.000Z')), '2026-11-21T09:00:00.000Z');
});

test('the codes are those of the server', () => {
  assert.deepEqual(
    refusalCodes.filter((code) => !(code in errorTable)),
    [],
  );
});

test('every status has a word and a tone', () => {
  assert.deepEqual([statusWord(403), statusTone(403)], ['Forbidden', 'amber']);
  assert.deepEqual([statusWord(599), statusTone(599)], ['Failed', 'red']);
  assert.deepEqual([statusWord(299), statusTone(299)], ['OK', 'green']);
  assert.deepEqual([statusWord(418), statusTone(304)], ['Refused', 'neutral']);
});
