import * as contract from '../../contract/keys.ts';
import type { Context } from '../../services/app.ts';
import { activateKey, deleteKey, listKeys, patchKey, revokeKey } from '../../services/keys/change.ts';
import { createKey } from '../../services/keys/create.ts';
import { readKey } from '../../services/keys/details.ts';
import { endRetiringSecret, regenerateKey, rotateKey } from '../../services/keys/secrets.ts';
import { created, noContent, ok, type Route, route } from '../route.ts';
import { presentChanged, presentKey, presentPropagation } from '../views/keys.ts';
import { createdKey, reissued, tagOf } from './keys.ts';

const tag = 'Personal keys';
const root = '/api/v1/me/api-keys';
const read = { people: ['personal_keys', 'read'] } as const;
const write = { people: ['personal_keys', 'write'] } as const;

/** The services of all keys, for the keys of the person who asks alone. */
const mine = (ctx: Context): Context => ({ ...ctx, isPersonal: true });

const lifecycle: Route[] = [
  route({
    method: 'POST',
    path: root,
    operationId: 'createPersonalKey',
    tag,
    summary: 'Generate a personal key',
    description:
      '`id` is the Credential ID, `secret` the Credential Secret, which is shown this once. The key never has more than your role, at any moment. Use one for each application.',
    access: write,
    body: contract.createPersonalKeyBody,
    answers: { 201: contract.createdKeyView },
    refusals: ['scope_escalation', 'policy_violation'],
    isIdempotent: true,
    secretFields: ['secret'],
    handler: async (app, ctx, { body }) => {
      const key = await createKey(app, mine(ctx), { ...body, owner: 'user' });
      const location = `${root}/${key.key.id}`;
      return created(createdKey(app, key), { etag: tagOf(key.key), location });
    },
  }),
  route({
    method: 'GET',
    path: root,
    operationId: 'listPersonalKeys',
    tag,
    summary: 'List your personal keys',
    description: 'Of the environment that is asked for, newest first.',
    access: read,
    query: contract.listPersonalKeysQuery,
    answers: { 200: contract.keyPage },
    handler: async (app, ctx, { query }) => {
      const { items, nextCursor } = await listKeys(app, mine(ctx), query);
      const now = app.clock.wallMs();
      return ok({ data: items.map((item) => presentKey(item, now)), nextCursor });
    },
  }),
  route({
    method: 'GET',
    path: `${root}/{id}`,
    operationId: 'getPersonalKey',
    tag,
    summary: 'Get one of your personal keys',
    access: read,
    params: contract.keyParams,
    answers: { 200: contract.keyView },
    refusals: ['not_found'],
    handler: async (app, ctx, { params }) => {
      const details = await readKey(app, mine(ctx), params.id);
      return ok(presentKey(details, app.clock.wallMs()), { etag: tagOf(details.key) });
    },
  }),
  route({
    method: 'PATCH',
    path: `${root}/{id}`,
    operationId: 'updatePersonalKey',
    tag,
    summary: 'Change one of your personal keys',
    description: 'A merge patch; null clears. Scopes and environment never change.',
    access: write,
    params: contract.keyParams,
    body: contract.patchKeyBody,
    answers: { 200: contract.changedKeyView },
    refusals: [
      'not_found',
      'scopes_immutable',
      'environment_immutable',
      'scope_escalation',
      'policy_violation',
      'precondition_failed',
    ],
    handler: async (app, ctx, { params, body, ifMatch }) => {
      const result = await patchKey(app, mine(ctx), params.id, body, { ifMatch, tagOf });
      return ok(presentChanged(result, app.clock.wallMs()), { etag: tagOf(result.key) });
    },
  }),
  route({
    method: 'DELETE',
    path: `${root}/{id}`,
    operationId: 'deletePersonalKey',
    tag,
    summary: 'Delete one of your personal keys for ever',
    description:
      'Read the key first: `lastUsedAt` and `lastUsedIp` say when and from where it was last used, and by that what would break.',
    access: write,
    params: contract.keyParams,
    answers: { 200: contract.deletedKeyView },
    refusals: ['not_found', 'precondition_failed', 'reauthentication_required'],
    needsFreshLogin: true,
    handler: async (app, ctx, { params, ifMatch }) => {
      const propagation = await deleteKey(app, mine(ctx), params.id, { ifMatch, tagOf });
      return ok({ id: params.id, deleted: true, propagation: presentPropagation(propagation) });
    },
  }),
  route({
    method: 'POST',
    path: `${root}/{id}/revoke`,
    operationId: 'revokePersonalKey',
    tag,
    summary: 'Revoke one of your personal keys',
    description:
      'At once and reversible. After the reason `compromised` it can only be activated once it was regenerated.',
    access: write,
    params: contract.keyParams,
    body: contract.revokeBody,
    isBodyOptional: true,
    answers: { 200: contract.changedKeyView },
    refusals: ['not_found'],
    handler: async (app, ctx, { params, body }) => {
      const result = await revokeKey(app, mine(ctx), params.id, body.reason ?? null);
      return ok(presentChanged(result, app.clock.wallMs()), { etag: tagOf(result.key) });
    },
  }),
  route({
    method: 'POST',
    path: `${root}/{id}/activate`,
    operationId: 'activatePersonalKey',
    tag,
    summary: 'Activate one of your personal keys that was revoked',
    access: write,
    params: contract.keyParams,
    answers: { 200: contract.changedKeyView },
    refusals: ['not_found', 'conflict', 'policy_violation'],
    handler: async (app, ctx, { params }) => {
      const result = await activateKey(app, mine(ctx), params.id);
      return ok(presentChanged(result, app.clock.wallMs()), { etag: tagOf(result.key) });
    },
  }),
];

const secrets: Route[] = [
  route({
    method: 'POST',
    path: `${root}/{id}/regenerate`,
    operationId: 'regeneratePersonalKey',
    tag,
    summary: 'Give your key a new secret, and end every older one at once',
    access: write,
    params: contract.keyParams,
    answers: { 200: contract.reissuedKeyView },
    refusals: ['not_found', 'reauthentication_required'],
    isIdempotent: true,
    secretFields: ['secret'],
    needsFreshLogin: true,
    handler: async (app, ctx, { params }) => {
      const result = await regenerateKey(app, mine(ctx), params.id);
      return ok(reissued(app, result), { etag: tagOf(result.key) });
    },
  }),
  route({
    method: 'POST',
    path: `${root}/{id}/rotate`,
    operationId: 'rotatePersonalKey',
    tag,
    summary: 'Give your key a new secret, and let the old one retire',
    access: write,
    params: contract.keyParams,
    body: contract.rotateBody,
    isBodyOptional: true,
    answers: { 200: contract.reissuedKeyView },
    refusals: ['not_found', 'conflict'],
    isIdempotent: true,
    secretFields: ['secret'],
    handler: async (app, ctx, { params, body }) => {
      const result = await rotateKey(app, mine(ctx), params.id, body);
      return ok(reissued(app, result), { etag: tagOf(result.key) });
    },
  }),
  route({
    method: 'DELETE',
    path: `${root}/{id}/secrets/{secretId}`,
    operationId: 'endPersonalSecret',
    tag,
    summary: 'End a retiring secret of your key now',
    access: write,
    params: contract.secretParams,
    answers: { 204: null },
    refusals: ['not_found', 'conflict'],
    handler: async (app, ctx, { params }) => {
      await endRetiringSecret(app, mine(ctx), params.id, params.secretId);
      return noContent;
    },
  }),
];

export const personalKeyRoutes: readonly Route[] = [...lifecycle, ...secrets];
