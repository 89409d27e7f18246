import { createIdFactory } from '../../src/core/id.ts';
import type { LoggedKey, LoggedRoute, RequestRecord } from '../../src/telemetry/record.ts';
import { Usage } from '../../src/telemetry/usage.ts';

/** Requests as a busy installation has them: made here, since sending millions of them would measure the sender. */

export const loggedRoutes: readonly LoggedRoute[] = [
  { method: 'GET', template: '/api/v1/kb/articles/{id}', scopes: ['knowledge:read'] },
  { method: 'GET', template: '/api/v1/kb/search', scopes: ['knowledge:read'] },
  { method: 'POST', template: '/api/v1/kb/articles', scopes: ['knowledge:write'] },
].map((route) => ({ ...route, secretFields: [] }));

const paths = [
  '/api/v1/kb/articles/art_01k5gkzz7cq0v3v4x8yqq1h2m',
  '/api/v1/kb/search',
  '/api/v1/kb/articles',
];
const agents = [
  'integration/2.1',
  'Mozilla/5.0 (X11; Linux x86_64) sync/7',
  'python-requests/2.32',
  'curl/8.9',
];

export interface KeyNames {
  readonly tenantId: string;
  readonly keyId: string;
  readonly secretId: string;
}

export function loggedKey({ tenantId, keyId, secretId }: KeyNames): LoggedKey {
  return {
    tenantId,
    environment: 'production',
    keyId,
    keyName: `Key ${keyId.slice(-6)}`,
    version: 1,
    secretId,
    hint: 'sa_live_0000000000',
    policy: null,
    maskFields: [],
  };
}

/** One in 40 was not found, one in 500 met its limit, one in 5,000 failed. */
function outcomeOf(n: number): { status: number; code: string | null } {
  if (n % 5_000 === 17) return { status: 500, code: 'internal_error' };
  if (n % 500 === 23) return { status: 429, code: 'rate_limited' };
  if (n % 40 === 3) return { status: 404, code: 'not_found' };
  return { status: 200, code: null };
}

/** The same `n` makes the same request, but for its id. `at` is epoch ms. */
export function requestMaker(): (n: number, at: number) => RequestRecord {
  let now = 0;
  const newId = createIdFactory({ now: () => now });
  return (n, at) => {
    now = at;
    const route = n % 7 === 0 ? 1 : n % 31 === 0 ? 2 : 0;
    return {
      at,
      durationUs: 150 + ((n * 7_919) % 9_000),
      requestId: newId('req'),
      clientRequestId: n % 10 === 0 ? `order-${n}` : null,
      environment: 'production',
      method: route === 2 ? 'POST' : 'GET',
      path: route === 0 ? `${paths[0]}${n % 10}` : paths[route]!,
      route,
      ...outcomeOf(n),
      ip: `203.0.${n % 4}.${(n >> 2) % 250}`,
      userAgent: agents[n % agents.length]!,
      requestBytes: route === 2 ? 1_240 : 0,
      responseBytes: 812,
      details: null,
      requestBody: null,
      responseBody: null,
    };
  };
}

/** `count` requests that were counted and have no record. */
export function countedUsage(n: number, count: number): Usage {
  const usage = new Usage();
  const { status } = outcomeOf(n);
  usage.add(n % 7 === 0 ? 1 : 0, status, 150 + ((n * 7_919) % 9_000), count);
  return usage;
}
