import { toTimestamp } from '../../contract/common.ts';
import { keyPolicyQuery, keyPolicyView } from '../../contract/key-policy.ts';
import { readOwnPolicy } from '../../services/keys/policy-view.ts';
import { ok, type Route, route } from '../route.ts';

export const keyPolicyRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/v1/key-policy',
    operationId: 'getKeyPolicy',
    tag: 'Keys',
    summary: 'What your tenant demands of a key that you would create',
    description:
      'For checking a form before it is sent: the policy of the tenant, cut to what you may do. `PATCH /settings` changes it, in the group `keyPolicy`.',
    access: { scopes: [] },
    query: keyPolicyQuery,
    answers: { 200: keyPolicyView },
    handler: async (app, ctx, { query }) => {
      const policy = await readOwnPolicy(app, ctx, query);
      return ok({
        ...policy,
        defaultExpiresAt: toTimestamp(policy.defaultExpiresAt),
        latestExpiresAt: toTimestamp(policy.latestExpiresAt),
      });
    },
  }),
];
