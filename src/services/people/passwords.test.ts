import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '../../errors.ts';
import { Passwords } from './passwords.ts';

test('a hash is salted, and right for its password alone', async () => {
  const passwords = new Passwords();
  const [first, second] = await Promise.all([
    passwords.hash('correct horse battery'),
    passwords.hash('correct horse battery'),
  ]);
  assert.notEqual(first, second);
  assert.equal(await passwords.verify(first, 'correct horse battery'), true);
  assert.equal(await passwords.verify(first, 'correct horse batterY'), false);
});

test('checking nobody’s password takes the work of checking somebody’s', async () => {
  const passwords = new Passwords();
  const hash = await passwords.hash('correct horse battery');
  const cpuOf = async (check: () => Promise<boolean>) => {
    const before = process.cpuUsage();
    assert.equal(await check(), false);
    const { user, system } = process.cpuUsage(before);
    return user + system;
  };
  await cpuOf(() => passwords.verify(hash, 'wrong'));
  const somebody = Math.min(...(await series(3, () => cpuOf(() => passwords.verify(hash, 'wrong')))));
  const nobody = Math.min(...(await series(3, () => cpuOf(() => passwords.verify(null, 'wrong')))));
  assert.ok(nobody > somebody / 2 && nobody < somebody * 2, `${nobody} µs against ${somebody} µs`);
});

test('who waits for a hash is bounded: the rest hears 503, and the queue then goes on', async () => {
  const passwords = new Passwords({ maxWaiting: 4 });
  await passwords.hash('loads the module');
  const results = await Promise.allSettled(
    Array.from({ length: 10 }, () => passwords.hash('correct horse battery')),
  );
  const refused = results.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[];
  assert.equal(refused.length, 4);
  assert.ok(refused.every(({ reason }) => reason instanceof AppError && reason.code === 'overloaded'));
  assert.equal(typeof (await passwords.hash('correct horse battery')), 'string');
});

async function series<T>(times: number, work: () => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let i = 0; i < times; i++) results.push(await work());
  return results;
}
