import * as contract from '../../contract/keys.ts';
import { verifyBody, verifyView } from '../../contract/verification.ts';
import { bulkRevoke } from '../../services/keys/bulk-revoke.ts';
import { revokeKey } from '../../services/keys/change.ts';
import { importKeys } from '../../services/keys/import.ts';
import { describeSelf, tryKey, type Verification, verifyKey } from '../../services/keys/verify.ts';
import { created, ok, type Route, route } from '../route.ts';
import { presentChanged, presentKey, presentPropagation, presentSelf } from '../views/keys.ts';
import { verificationJson } from '../views/verification.ts';

const tag = 'Keys';
const write = { scopes: ['api_keys:write'] };
const verifyHeaders = { 'cache-control': 'no-store', 'content-type': 'application/json; charset=utf-8' };

const many: Route[] = [
  route({
    method: 'POST',
    path: '/api/v1/api-keys/bulk-revoke',
    operationId: 'bulkRevokeKeys',
    tag,
    summary: 'Revoke many keys at once',
    description:
      'By ids, by who created them, or a whole environment; within one environment, all or nothing.',
    access: { ...write, namesEnvironment: true },
    body: contract.bulkRevokeBody,
    answers: { 200: contract.bulkRevokedView },
    handler: async (app, ctx, { body }) => {
      const { revoked, propagation } = await bulkRevoke(app, ctx, body);
      return ok({ revoked, propagation: presentPropagation(propagation) });
    },
  }),
  route({
    method: 'POST',
    path: '/api/v1/api-keys/import',
    operationId: 'importKeys',
    tag,
    summary: 'Import keys of another system by their SHA-256',
    description: 'Secrets of any form go on working; none is ever shown. All of them are imported, or none.',
    access: { ...write, namesEnvironment: true },
    body: contract.importKeysBody,
    answers: { 201: contract.importedView },
    refusals: ['conflict', 'scope_escalation', 'policy_violation'],
    isIdempotent: true,
    handler: async (app, ctx, { body }) => {
      const items = await importKeys(app, ctx, body.keys);
      const now = app.clock.wallMs();
      return created({ data: items.map((item) => presentKey(item, now)) });
    },
  }),
];

const self: Route[] = [
  route({
    method: 'POST',
    path: '/api/v1/api-keys/verify',
    operationId: 'verifyKey',
    tag,
    summary: 'Verify a key for another service',
    description:
      'The same verdict the guard gives, for keys of the caller’s tenant and environment. `dryRun` takes nothing and reports every check.',
    access: { scopes: ['api_keys:verify'] },
    body: verifyBody,
    answers: { 200: verifyView },
    handler: (app, ctx, { body }) => {
      const tell = (verification: Verification) =>
        ok(verificationJson(verification, app.clock.wallMs()), verifyHeaders);
      const verification = verifyKey(app, ctx, body);
      return verification instanceof Promise ? verification.then(tell) : tell(verification);
    },
  }),
  route({
    method: 'POST',
    path: '/api/v1/api-keys/test',
    operationId: 'testKey',
    tag,
    summary: 'Try a key as the guard would, in its own environment',
    access: { people: 'any' },
    body: contract.testKeyBody,
    answers: { 200: contract.testKeyView },
    handler: async (app, ctx, { body }) => {
      const trial = await tryKey(app, ctx, body.secret);
      const answer = 'self' in trial ? presentSelf(trial.self, app.clock.wallMs()) : trial.problem;
      return ok({ status: trial.status, body: answer }, { 'cache-control': 'no-store' });
    },
  }),
  route({
    method: 'GET',
    path: '/api/v1/me',
    operationId: 'getMe',
    tag,
    summary: 'What this key is and what remains of its limits',
    access: { scopes: [], keyOnly: true },
    answers: { 200: contract.meView },
    handler: async (app, ctx) => {
      if (ctx.caller.kind !== 'key') throw new Error('the guard let someone else in');
      return ok(presentSelf(await describeSelf(app, ctx, ctx.caller.secret), app.clock.wallMs()));
    },
  }),
  route({
    method: 'POST',
    path: '/api/v1/me/revoke',
    operationId: 'revokeMe',
    tag,
    summary: 'End this key',
    access: { scopes: [], keyOnly: true },
    body: contract.revokeBody,
    isBodyOptional: true,
    answers: { 200: contract.changedKeyView },
    handler: async (app, ctx, { body }) =>
      ok(presentChanged(await revokeKey(app, ctx, ctx.caller.id, body.reason ?? null), app.clock.wallMs())),
  }),
];

export const keyToolRoutes: Route[] = [...self, ...many];
