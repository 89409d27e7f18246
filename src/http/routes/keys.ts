import * as contract from '../../contract/keys.ts';
import type { App } from '../../services/app.ts';
import { activateKey, deleteKey, patchKey, revokeKey } from '../../services/keys/change.ts';
import { type CreatedKey, createKey } from '../../services/keys/create.ts';
import { readKey } from '../../services/keys/details.ts';
import { listKeys } from '../../services/keys/list.ts';
import {
  endRetiringSecret,
  type Reissued,
  regenerateKey,
  replaceKey,
  rotateKey,
} from '../../services/keys/secrets.ts';
import { created, etag, noContent, ok, type Route, route } from '../route.ts';
import { presentChanged, presentKey, presentPropagation } from '../views/keys.ts';

const tag = 'Keys';
const read = { scopes: ['api_keys:read'] };
const write = { scopes: ['api_keys:write'] };
export const tagOf = (key: { id: string; version: number }) => etag(key.id, key.version);

function reissued(app: App, result: Reissued) {
  return { ...presentChanged(result, app.clock.wallMs()), secret: result.secret };
}

export function createdKey(app: App, result: CreatedKey) {
  return { ...presentKey(result, app.clock.wallMs()), secret: result.secret };
}

const lifecycle: Route[] = [
  route({
    method: 'POST',
    path: '/api/v1/api-keys',
    operationId: 'createKey',
    tag,
    summary: 'Create a key',
    description:
      'The answer holds the secret, the only time it is shown. Without scopes and bundle the key inherits every scope it may have. With `owner` `user` it is a personal key.',
    access: { ...write, namesEnvironment: true },
    body: contract.createKeyBody,
    answers: { 201: contract.createdKeyView },
    refusals: ['scope_escalation', 'policy_violation'],
    isIdempotent: true,
    secretFields: ['secret'],
    handler: async (app, ctx, { body }) => {
      const key = await createKey(app, ctx, body);
      return created(createdKey(app, key), {
        etag: tagOf(key.key),
        location: `/api/v1/api-keys/${key.key.id}`,
      });
    },
  }),
  route({
    method: 'GET',
    path: '/api/v1/api-keys',
    operationId: 'listKeys',
    tag,
    summary: 'List keys',
    description:
      '`q` finds names and descriptions by substring, hints by their beginning, and whole ids. Personal keys of others are there for administrators and for keys. Uses of the last five seconds are shown, but may not count for `sort` and `unusedForDays` yet.',
    access: read,
    query: contract.listKeysQuery,
    answers: { 200: contract.keyPage },
    handler: async (app, ctx, { query }) => {
      const { items, nextCursor } = await listKeys(app, ctx, query);
      const now = app.clock.wallMs();
      return ok({ data: items.map((item) => presentKey(item, now)), nextCursor });
    },
  }),
  route({
    method: 'GET',
    path: '/api/v1/api-keys/{id}',
    operationId: 'getKey',
    tag,
    summary: 'Get a key',
    access: read,
    params: contract.keyParams,
    answers: { 200: contract.keyView },
    refusals: ['not_found'],
    handler: async (app, ctx, { params }) => {
      const details = await readKey(app, ctx, params.id);
      return ok(presentKey(details, app.clock.wallMs()), { etag: tagOf(details.key) });
    },
  }),
  route({
    method: 'PATCH',
    path: '/api/v1/api-keys/{id}',
    operationId: 'updateKey',
    tag,
    summary: 'Change a key',
    description:
      'A merge patch; null clears. Limits take effect on the next request. Scopes and environment never change.',
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
      const result = await patchKey(app, ctx, params.id, body, { ifMatch, tagOf });
      return ok(presentChanged(result, app.clock.wallMs()), { etag: tagOf(result.key) });
    },
  }),
  route({
    method: 'DELETE',
    path: '/api/v1/api-keys/{id}',
    operationId: 'deleteKey',
    tag,
    summary: 'Delete a key for ever',
    description: 'Its history stays. To end a key for now, revoke it.',
    access: write,
    params: contract.keyParams,
    answers: { 200: contract.deletedKeyView },
    refusals: [
      'not_found',
      'scope_escalation',
      'policy_violation',
      'precondition_failed',
      'reauthentication_required',
    ],
    needsFreshLogin: true,
    handler: async (app, ctx, { params, ifMatch }) => {
      const propagation = await deleteKey(app, ctx, params.id, { ifMatch, tagOf });
      return ok({ id: params.id, deleted: true, propagation: presentPropagation(propagation) });
    },
  }),
  route({
    method: 'POST',
    path: '/api/v1/api-keys/{id}/revoke',
    operationId: 'revokeKey',
    tag,
    summary: 'Revoke a key',
    description:
      'At once and reversible. After the reason `compromised` it can only be activated once it was regenerated.',
    access: write,
    params: contract.keyParams,
    body: contract.revokeBody,
    isBodyOptional: true,
    answers: { 200: contract.changedKeyView },
    refusals: ['not_found'],
    handler: async (app, ctx, { params, body }) => {
      const result = await revokeKey(app, ctx, params.id, body.reason ?? null);
      return ok(presentChanged(result, app.clock.wallMs()), { etag: tagOf(result.key) });
    },
  }),
  route({
    method: 'POST',
    path: '/api/v1/api-keys/{id}/activate',
    operationId: 'activateKey',
    tag,
    summary: 'Activate a revoked key',
    access: write,
    params: contract.keyParams,
    answers: { 200: contract.changedKeyView },
    refusals: ['not_found', 'conflict', 'scope_escalation', 'policy_violation'],
    handler: async (app, ctx, { params }) => {
      const result = await activateKey(app, ctx, params.id);
      return ok(presentChanged(result, app.clock.wallMs()), { etag: tagOf(result.key) });
    },
  }),
];

const secrets: Route[] = [
  route({
    method: 'POST',
    path: '/api/v1/api-keys/{id}/regenerate',
    operationId: 'regenerateKey',
    tag,
    summary: 'Give a key a new secret, and end every older one at once',
    access: write,
    params: contract.keyParams,
    answers: { 200: contract.reissuedKeyView },
    refusals: ['not_found', 'scope_escalation', 'policy_violation', 'reauthentication_required'],
    isIdempotent: true,
    secretFields: ['secret'],
    needsFreshLogin: true,
    handler: async (app, ctx, { params }) => {
      const result = await regenerateKey(app, ctx, params.id);
      return ok(reissued(app, result), { etag: tagOf(result.key) });
    },
  }),
  route({
    method: 'POST',
    path: '/api/v1/api-keys/{id}/rotate',
    operationId: 'rotateKey',
    tag,
    summary: 'Give a key a new secret, and let the old one retire',
    access: write,
    params: contract.keyParams,
    body: contract.rotateBody,
    isBodyOptional: true,
    answers: { 200: contract.reissuedKeyView },
    refusals: ['not_found', 'conflict', 'scope_escalation', 'policy_violation'],
    isIdempotent: true,
    secretFields: ['secret'],
    handler: async (app, ctx, { params, body }) => {
      const result = await rotateKey(app, ctx, params.id, body);
      return ok(reissued(app, result), { etag: tagOf(result.key) });
    },
  }),
  route({
    method: 'DELETE',
    path: '/api/v1/api-keys/{id}/secrets/{secretId}',
    operationId: 'endSecret',
    tag,
    summary: 'End a retiring secret now',
    access: write,
    params: contract.secretParams,
    answers: { 204: null },
    refusals: ['not_found', 'conflict', 'scope_escalation', 'policy_violation'],
    handler: async (app, ctx, { params }) => {
      await endRetiringSecret(app, ctx, params.id, params.secretId);
      return noContent;
    },
  }),
  route({
    method: 'POST',
    path: '/api/v1/api-keys/{id}/replace',
    operationId: 'replaceKey',
    tag,
    summary: 'Replace a key by one with other scopes',
    description: 'The new key goes on with the limits of the old one, which is revoked when the grace ends.',
    access: write,
    params: contract.keyParams,
    body: contract.replaceBody,
    answers: { 201: contract.reissuedKeyView },
    refusals: ['not_found', 'conflict', 'scope_escalation', 'policy_violation'],
    isIdempotent: true,
    secretFields: ['secret'],
    handler: async (app, ctx, { params, body }) => {
      const result = await replaceKey(app, ctx, params.id, body);
      return created(reissued(app, result), {
        etag: tagOf(result.key),
        location: `/api/v1/api-keys/${result.key.id}`,
      });
    },
  }),
];

export const keyRoutes: Route[] = [...lifecycle, ...secrets];
