import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { Usage } from './usage.ts';

const anyRequests = fc.array(
  fc.record({
    route: fc.integer({ min: 0, max: 5 }),
    status: fc.constantFrom(200, 201, 204, 304, 400, 401, 403, 404, 429, 500, 503),
    durationUs: fc.integer({ min: 0, max: 10_000_000 }),
    count: fc.integer({ min: 1, max: 1_000 }),
  }),
  { maxLength: 60 },
);

type Requests = typeof anyRequests extends fc.Arbitrary<infer T> ? T : never;

function usageOf(requests: Requests): Usage {
  const usage = new Usage();
  for (const { route, status, durationUs, count } of requests) usage.add(route, status, durationUs, count);
  return usage;
}

const sumOf = (requests: Requests, isCounted: (status: number) => boolean) =>
  requests.reduce((sum, { status, count }) => (isCounted(status) ? sum + count : sum), 0);

test('every request is in exactly one class, and 429 in a class of its own', () => {
  fc.assert(
    fc.property(anyRequests, (requests) => {
      const { total, ok, clientError, rateLimited, serverError } = usageOf(requests);
      assert.equal(
        total,
        sumOf(requests, () => true),
      );
      assert.equal(
        ok,
        sumOf(requests, (status) => status < 400),
      );
      assert.equal(
        clientError,
        sumOf(requests, (status) => status >= 400 && status < 500 && status !== 429),
      );
      assert.equal(
        rateLimited,
        sumOf(requests, (status) => status === 429),
      );
      assert.equal(
        serverError,
        sumOf(requests, (status) => status >= 500),
      );
      assert.equal(total, ok + clientError + rateLimited + serverError);
    }),
  );
});

test('parts merged, and written and read back, are the whole', () => {
  fc.assert(
    fc.property(anyRequests, anyRequests, (some, others) => {
      const merged = usageOf(some);
      const part = usageOf(others);
      merged.merge(Usage.decode(part.encodeRoutes(), part.latency.encode()));
      const whole = usageOf([...some, ...others]);
      assert.deepEqual(JSON.parse(merged.encodeRoutes()), JSON.parse(whole.encodeRoutes()));
      assert.equal(merged.latency.encode(), whole.latency.encode());
      assert.equal(merged.total, whole.total);
    }),
  );
});
