import * as contract from '../../contract/keys.ts';
import { createKey } from '../../services/keys/create.ts';
import { created, type Route, type RouteDefinition, route } from '../route.ts';
import { createdKey, keyRoutes, tagOf } from './keys.ts';

const tag = 'Personal keys';
const root = '/api/v1/me/api-keys';
const read = { people: ['personal_keys', 'read'] } as const;
const write = { people: ['personal_keys', 'write'] } as const;

const create = route({
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
    const key = await createKey(app, { ...ctx, isPersonal: true }, { ...body, owner: 'user' });
    const location = `${root}/${key.key.id}`;
    return created(createdKey(app, key), { etag: tagOf(key.key), location });
  },
});

type Own = Pick<RouteDefinition, 'operationId' | 'summary'> &
  Partial<Pick<RouteDefinition, 'description' | 'query' | 'refusals'>>;

/** The operation of all keys, for the keys of the person who asks alone. */
function mine(operationId: string, own: Own): Route {
  const shared = keyRoutes.find((one) => one.operationId === operationId) as RouteDefinition;
  const access = shared.method === 'GET' ? read : write;
  const path = shared.path.replace('/api/v1/api-keys', root);
  const personal: RouteDefinition = {
    ...shared,
    ...own,
    path,
    tag,
    access,
    handler: (app, ctx, input) => shared.handler(app, { ...ctx, isPersonal: true }, input),
  };
  return personal;
}

export const personalKeyRoutes: readonly Route[] = [
  create,
  mine('listKeys', {
    operationId: 'listPersonalKeys',
    summary: 'List your personal keys',
    description: 'Of the environment that is asked for.',
    query: contract.listPersonalKeysQuery,
  }),
  mine('getKey', { operationId: 'getPersonalKey', summary: 'Get one of your personal keys' }),
  mine('updateKey', {
    operationId: 'updatePersonalKey',
    summary: 'Change one of your personal keys',
    description: 'A merge patch; null clears. Scopes and environment never change.',
  }),
  mine('deleteKey', {
    operationId: 'deletePersonalKey',
    summary: 'Delete one of your personal keys for ever',
    description:
      'Read the key first: `lastUsedAt` and `lastUsedIp` say when and from where it was last used, and by that what would break.',
    refusals: ['not_found', 'precondition_failed', 'reauthentication_required'],
  }),
  mine('revokeKey', { operationId: 'revokePersonalKey', summary: 'Revoke one of your personal keys' }),
  mine('activateKey', {
    operationId: 'activatePersonalKey',
    summary: 'Activate one of your personal keys that was revoked',
    refusals: ['not_found', 'conflict', 'policy_violation'],
  }),
  mine('regenerateKey', {
    operationId: 'regeneratePersonalKey',
    summary: 'Give your key a new secret, and end every older one at once',
    refusals: ['not_found', 'reauthentication_required'],
  }),
  mine('rotateKey', {
    operationId: 'rotatePersonalKey',
    summary: 'Give your key a new secret, and let the old one retire',
    refusals: ['not_found', 'conflict'],
  }),
  mine('endSecret', {
    operationId: 'endPersonalSecret',
    summary: 'End a retiring secret of your key now',
    refusals: ['not_found', 'conflict'],
  }),
];
