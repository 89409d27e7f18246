import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { z } from 'zod';
import { openapi } from '../src/http/openapi.ts';
import { operationsOf } from '../src/http/pages/operations.ts';
import { routes } from '../src/http/routes/index.ts';
import { version } from '../src/version.ts';
import { type Harness, openHarness, password, type TestAnswer, type TestRequest } from './harness.ts';

const operations = operationsOf(openapi(routes, { version }));
/** Those that some answers have and others do not. */
const checkedHeaders = ['ETag', 'Location', 'Set-Cookie', 'RateLimit', 'WWW-Authenticate'];

/** Holds an answer against what the document says of it. */
function assertAsDocumented(operationId: string, answer: TestAnswer): void {
  const found = operations.find(({ operation }) => operation.operationId === operationId);
  const route = routes.find((candidate) => candidate.operationId === operationId);
  assert.ok(found && route, operationId);
  const where = `${operationId} ${answer.status} ${answer.body?.code ?? ''}`;
  if (answer.status >= 400) {
    const codes = found.refusals.find(({ status }) => status === String(answer.status))?.codes ?? [];
    assert.ok(codes.includes(answer.body.code), `${where} is not documented`);
    return;
  }
  const documented = found.answers.find(([status]) => status === String(answer.status))?.[1];
  assert.ok(documented, `${where} is not documented`);
  const sent = checkedHeaders.filter((name) => answer.headers[name.toLowerCase()] !== undefined);
  assert.deepEqual(
    sent,
    checkedHeaders.filter((name) => name in documented.headers),
    where,
  );
  const schema = route.answers[answer.status];
  if (schema && answer.body !== undefined) {
    assert.deepEqual((schema as z.ZodType).parse(answer.body), answer.body, where);
  }
}

describe('answers have the status, the headers and the body that the document says', () => {
  let t: Harness;
  let key: string;
  before(async () => {
    t = await openHarness('sqlite');
    const rateLimit = { perMinute: 1_000, burst: 100, perDay: 100_000 };
    key = (await t.createKey({ scopes: [...t.app.catalogue.all], rateLimit })).secret;
  });
  after(() => t.close());
  const keys = '/api/v1/api-keys';
  const check = async (operationId: string, request: TestRequest): Promise<TestAnswer> => {
    const answer = await t.send(request);
    assertAsDocumented(operationId, answer);
    return answer;
  };
  const makeKey = () =>
    check('createKey', { url: keys, key, body: { name: 'Docs — Test', scopes: ['knowledge:read'] } });

  test('keys', async () => {
    const made = await makeKey();
    const { id } = made.body;
    await check('listKeys', { url: keys, key });
    await check('getKey', { url: `${keys}/${id}`, key });
    await check('getKey', { url: `${keys}/key_none`, key });
    await check('getKey', { url: `${keys}/${id}`, key: made.body.secret });
    await check('updateKey', { method: 'PATCH', url: `${keys}/${id}`, key, body: { description: 'x' } });
    await check('updateKey', { method: 'PATCH', url: `${keys}/${id}`, key, body: { scopes: [] } });
    await check('updateKey', {
      method: 'PATCH',
      url: `${keys}/${id}`,
      key,
      body: {},
      headers: { 'if-match': '"old"' },
    });
    await check('deleteKey', { method: 'DELETE', url: `${keys}/${id}`, key });
  });

  test('secrets', async () => {
    const { id } = (await makeKey()).body;
    const rotated = await check('rotateKey', { method: 'POST', url: `${keys}/${id}/rotate`, key });
    await check('rotateKey', { method: 'POST', url: `${keys}/${id}/rotate`, key });
    const retiring = rotated.body.secrets.find((secret: { status: string }) => secret.status === 'retiring');
    await check('endSecret', { method: 'DELETE', url: `${keys}/${id}/secrets/${retiring.id}`, key });
    await check('regenerateKey', { method: 'POST', url: `${keys}/${id}/regenerate`, key });
    await check('revokeKey', { method: 'POST', url: `${keys}/${id}/revoke`, key });
    await check('activateKey', { method: 'POST', url: `${keys}/${id}/activate`, key });
  });

  test('replacement, verification and self-knowledge', async () => {
    const { id } = (await makeKey()).body;
    const replaced = await check('replaceKey', {
      url: `${keys}/${id}/replace`,
      key,
      body: { scopes: ['contacts:read'] },
    });
    await check('verifyKey', { url: `${keys}/verify`, key, body: { key: replaced.body.secret } });
    await check('getMe', { url: '/api/v1/me', key: replaced.body.secret });
    await check('getMe', { url: '/api/v1/me', cookie: t.owner.cookie });
    await check('testKey', {
      url: `${keys}/test`,
      cookie: t.owner.cookie,
      body: { secret: replaced.body.secret },
    });
    await check('testKey', { url: `${keys}/test`, key, body: { secret: 'x' } });
    await check('revokeMe', { method: 'POST', url: '/api/v1/me/revoke', key: replaced.body.secret });
    await check('bulkRevokeKeys', { url: `${keys}/bulk-revoke`, key, body: { ids: [id] } });
    await check('importKeys', {
      url: `${keys}/import`,
      key,
      body: { keys: [{ name: 'Old — Test', sha256: 'ab'.repeat(32) }] },
    });
  });

  test('catalogues', async () => {
    await check('listScopes', { url: '/api/v1/scopes', key });
    await check('listScopeBundles', { url: '/api/v1/scope-bundles', key });
    await check('listRateLimitTiers', { url: '/api/v1/rate-limit-tiers', key });
    await check('listEnvironments', { url: '/api/v1/environments', key });
  });

  test('knowledge base', async () => {
    const kb = '/api/v1/kb';
    const category = await check('createCategory', {
      url: `${kb}/categories`,
      key,
      body: { title: 'Billing' },
    });
    await check('createCategory', { url: `${kb}/categories`, key, body: { title: 'Billing' } });
    await check('listCategories', { url: `${kb}/categories`, key });
    await check('getCategory', { url: `${kb}/categories/${category.body.id}`, key });
    const article = await check('createArticle', {
      url: `${kb}/articles`,
      key,
      body: { title: 'Refunds', content: 'Slowly.' },
    });
    await check('createArticle', { url: `${kb}/articles`, key, body: { title: 'Refunds' } });
    await check('publishArticle', { method: 'POST', url: `${kb}/articles/${article.body.id}/publish`, key });
    await check('getArticle', { url: `${kb}/articles/${article.body.id}`, key });
    await check('updateArticle', {
      method: 'PATCH',
      url: `${kb}/articles/${article.body.id}`,
      key,
      body: { summary: 'x' },
    });
    await check('listArticles', { url: `${kb}/articles`, key });
    await check('searchArticles', { url: `${kb}/search?q=refunds`, key });
    await check('deleteArticle', { method: 'DELETE', url: `${kb}/articles/${article.body.id}`, key });
  });

  test('jobs', async () => {
    const started = await check('importArticles', {
      url: '/api/v1/kb/import',
      key,
      body: [{ title: 'Imported' }],
    });
    const url = started.headers.location!;
    await check('importArticles', { url: '/api/v1/kb/import', key, body: {} });
    await check('listJobs', { url: '/api/v1/jobs', key });
    await check('getJob', { url, key });
    await check('downloadJob', { url: `${url}/download`, key });
    await check('deleteJob', { method: 'DELETE', url, key });
    await check('cancelJob', { method: 'POST', url: `${url}/cancel`, key });
    await check('cancelJob', { method: 'POST', url: `${url}/cancel`, key });
    await check('retryJob', { method: 'POST', url: `${url}/retry`, key });
  });

  test('people', async () => {
    const { cookie, userId } = t.owner;
    await check('signIn', { url: '/api/auth/sign-in/email', body: { email: 'owner@example.com', password } });
    await check('signIn', {
      url: '/api/auth/sign-in/email',
      body: { email: 'owner@example.com', password: 'wrong' },
    });
    await check('listSessions', { url: '/api/auth/list-sessions', cookie });
    await check('reauthenticate', { url: '/api/auth/reauthenticate', cookie, body: { password } });
    await check('getTenant', { url: '/api/v1/tenant', cookie });
    await check('updateTenant', { method: 'PATCH', url: '/api/v1/tenant', cookie, body: { name: 'Acme 2' } });
    await check('getSettings', { url: '/api/v1/settings', cookie });
    await check('updateSettings', {
      method: 'PATCH',
      url: '/api/v1/settings',
      cookie,
      body: { rotationReminderDays: 30 },
    });
    await check('inviteMember', {
      url: '/api/v1/invitations',
      cookie,
      body: { email: 'ada@example.com', role: 'viewer' },
    });
    await check('listInvitations', { url: '/api/v1/invitations', cookie });
    await check('listMembers', { url: '/api/v1/members', cookie });
    await check('getMember', { url: `/api/v1/members/${userId}`, cookie });
    await check('changeRole', {
      method: 'PATCH',
      url: `/api/v1/members/${userId}`,
      cookie,
      body: { role: 'viewer' },
    });
    await check('signOut', { method: 'POST', url: '/api/auth/sign-out', cookie });
  });

  test('the service itself', async () => {
    await check('getOpenApi', { url: '/api/openapi.json' });
    await check('getReference', { url: '/docs/api' });
    await check('getErrorPage', { url: '/docs/errors/nothing' });
    await check('getHealth', { url: '/healthz' });
    await check('getReadiness', { url: '/readyz' });
  });
});
