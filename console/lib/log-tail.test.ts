import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LogTail } from './log-tail.ts';

const tailOf = (most = 100) => new LogTail<number>({ idOf: String, most });
const ids = (...rows: number[]) => new Set(rows.map(String));

test('what came waits to be shown, and then stands newest first', () => {
  const tail = tailOf();
  tail.add([1, 2]);
  assert.deepEqual([tail.shown, tail.waiting], [[], 2]);
  assert.equal(tail.show(), true);
  tail.add([3]);
  tail.add([4, 5]);
  assert.deepEqual([tail.shown, tail.waiting], [[2, 1], 3]);
  assert.equal(tail.show(), true);
  assert.deepEqual([tail.shown, tail.waiting], [[5, 4, 3, 2, 1], 0]);
});

test('nothing new is nothing new', () => {
  const tail = tailOf();
  tail.add([1]);
  tail.show();
  const { shown } = tail;
  assert.equal(tail.show(), true);
  assert.equal(tail.shown, shown);
});

test('what happened between the list and the stream is put in, once', () => {
  const tail = tailOf();
  tail.open();
  tail.add([13, 14]);
  assert.equal(tail.join([15, 14, 13, 12, 11, 10, 9], false, ids(10, 9, 8)), true);
  tail.add([15, 16]);
  tail.show();
  assert.deepEqual(tail.shown, [16, 15, 14, 13, 12, 11]);
});

test('what a page has and the stream tells later stands there once', () => {
  const tail = tailOf();
  tail.open();
  tail.join([12, 11, 10], false, ids(10));
  tail.add([11, 12, 13]);
  tail.show();
  assert.deepEqual(tail.shown, [13, 12, 11]);
});

test('what was missed while the stream was cut is put between what came before and after', () => {
  const tail = tailOf();
  tail.add([1, 2]);
  tail.show();
  tail.add([3]);
  tail.open();
  tail.add([6]);
  assert.equal(tail.join([6, 5, 4, 3, 2], false, ids(0)), true);
  tail.show();
  assert.deepEqual(tail.shown, [6, 5, 4, 3, 2, 1]);
});

test('a page that does not reach what is known leaves a gap, unless it looked deep enough', () => {
  const tail = tailOf();
  assert.equal(tail.join([99, 98], false, ids(1)), false);
  assert.equal(tail.join([99, 98], true, ids(1)), true);
  tail.show();
  assert.deepEqual(tail.shown, [99, 98]);
});

test('more than can be kept is counted, and asks for a new list', () => {
  const tail = tailOf(3);
  tail.add([1, 2, 3, 4, 5]);
  assert.equal(tail.waiting, 5);
  assert.equal(tail.show(), false);
  tail.restart([4, 3, 2]);
  assert.deepEqual([tail.shown, tail.waiting], [[5], 0]);
  tail.add([6]);
  assert.equal(tail.show(), true);
  tail.add([7, 8]);
  assert.equal(tail.show(), false);
});

test('a new list that is ahead of the stream takes the place of everything', () => {
  const tail = tailOf();
  tail.add([1, 2]);
  tail.show();
  tail.restart([9, 8, 7]);
  assert.deepEqual(tail.shown, []);
  tail.add([7, 8, 9, 10]);
  tail.show();
  assert.deepEqual(tail.shown, [10]);
});
