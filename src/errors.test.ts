import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError, type ErrorCode, errorTable } from './errors.ts';

const frame = /\n\s+at /;

test('only an error of our own making knows where it was made; no other error loses its stack', () => {
  const { stackTraceLimit } = Error;
  for (const code of Object.keys(errorTable) as ErrorCode[]) {
    const { stack } = new AppError(code);
    assert.equal(frame.test(stack!), code === 'internal_error', code);
    assert.match(new Error('another').stack!, frame);
  }
  assert.equal(Error.stackTraceLimit, stackTraceLimit);
  assert.throws(() => new AppError('no such code' as ErrorCode), TypeError);
  assert.equal(Error.stackTraceLimit, stackTraceLimit);
});
