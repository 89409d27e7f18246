import { z } from 'zod';
import { parseCidr } from '../core/cidr.ts';
import { environments } from '../core/environments.ts';
import { isId } from '../core/id.ts';
import { keySorts } from '../core/key-sorts.ts';
import { containsSecret } from '../core/secret.ts';
import { rateLimitBounds, tierNames } from '../core/tiers.ts';
import {
  environmentField,
  label,
  moment,
  notANumber,
  page,
  pageQuery,
  propagation,
  text,
  timestamp,
} from './common.ts';

export const noSecret = [
  (value: string) => !containsSecret(value),
  'contains the text of a key: a secret is never stored. Treat that key as leaked and rotate it',
] as const;

const name = label(100).refine(...noSecret);
const description = text(0, 1_000).refine(...noSecret);

const rateLimitFields = z.strictObject({
  perMinute: z.int().min(1).max(rateLimitBounds.perMinute),
  burst: z.int().min(0).max(rateLimitBounds.perMinute),
  perDay: z.int().min(1).max(rateLimitBounds.perDay),
});
const rateLimitInput = rateLimitFields.refine((limit) => limit.burst <= limit.perMinute, {
  path: ['burst'],
  message: 'must not be more than perMinute',
});

const tierInput = z.enum(['starter', 'professional', 'enterprise'], {
  error: 'must be starter, professional or enterprise; for a custom limit send rateLimit instead',
});

export const scopeList = z.array(text(1, 100).refine(...noSecret)).max(200);
const cidr = text(1, 64).refine(
  (value) => parseCidr(value) !== null,
  'must be an address or a network in CIDR form, such as 203.0.113.0/24',
);
const ipAllowlist = z.array(cidr).max(200);
const customerIds = z
  .array(z.string().refine((value) => isId('cus', value), 'must be the id of a customer'))
  .max(1_000)
  .meta({ description: 'The key sees and changes only the data of these customers.' });

const notBoth = (a: string, b: string) =>
  [
    (value: object) => !(a in value && b in value),
    { path: [b], message: `send ${a} or ${b}, not both` },
  ] satisfies [unknown, { path: string[]; message: string }];

const settableFields = {
  description: description.nullable().optional(),
  tier: tierInput.optional(),
  rateLimit: rateLimitInput.optional(),
  ipAllowlist: ipAllowlist.nullable().optional(),
  customerIds: customerIds.nullable().optional(),
  expiresAt: moment.nullable().optional(),
};

const createFields = {
  name,
  ...settableFields,
  environment: environmentField.optional(),
  scopes: scopeList.optional(),
  bundle: text(1, 50).optional(),
};

export const createKeyBody = z
  .strictObject({
    ...createFields,
    owner: z.enum(['tenant', 'user']).optional().meta({
      description: '`user`: a personal key of the person who makes it. A key cannot make one: 400.',
    }),
  })
  .refine(...notBoth('scopes', 'bundle'))
  .refine(...notBoth('tier', 'rateLimit'));
export const createPersonalKeyBody = z
  .strictObject(createFields)
  .refine(...notBoth('scopes', 'bundle'))
  .refine(...notBoth('tier', 'rateLimit'));
export type CreateKeyInput = z.output<typeof createKeyBody>;

export const patchKeyBody = z
  .strictObject({
    name: name.optional(),
    ...settableFields,
    rateLimit: rateLimitFields
      .partial()
      .optional()
      .meta({ description: 'Merged with the present limits; the tier becomes `custom`.' }),
    scopes: z.unknown().meta({ description: 'Never accepted: 400 `scopes_immutable`.' }).optional(),
    bundle: z.unknown().meta({ description: 'Never accepted: 400 `scopes_immutable`.' }).optional(),
    environment: z.unknown().meta({ description: 'Never accepted: 400 `environment_immutable`.' }).optional(),
  })
  .refine(...notBoth('tier', 'rateLimit'));
export type PatchKeyInput = z.output<typeof patchKeyBody>;

const grace = z
  .int()
  .min(0)
  .max(30 * 86_400);

export const revokeBody = z.strictObject({
  reason: text(1, 200)
    .refine(...noSecret)
    .optional(),
});
export const rotateBody = z.strictObject({
  gracePeriodSeconds: grace.default(86_400),
  endRetiring: z.boolean().default(false),
});
export const replaceBody = z
  .strictObject({
    name: name.optional(),
    scopes: scopeList.optional(),
    bundle: text(1, 50).optional(),
    gracePeriodSeconds: grace.default(86_400),
  })
  .refine((value) => (value.scopes === undefined) !== (value.bundle === undefined), {
    path: ['scopes'],
    message: 'send scopes or bundle: a replacement is about its scopes',
  });
export type ReplaceKeyInput = z.output<typeof replaceBody>;

const listFields = {
  ...pageQuery,
  environment: z.enum(environments).optional(),
  status: z.enum(['active', 'inactive', 'expired']).optional(),
  scope: text(1, 100).optional(),
  tier: z.enum(tierNames).optional(),
  q: text(1, 200).optional(),
  unusedForDays: z.coerce.number(notANumber).int().min(1).max(3_650).optional(),
  sort: z.enum(keySorts).default('-created').meta({
    description:
      '`-` is the other way round. By `name` in any case, 50 characters of it; by `lastUsed` to the minute, and never used are the oldest. Keys that are alike in it are by creation.',
  }),
};
export const listKeysQuery = z.object({ ...listFields, owner: z.enum(['tenant', 'user']).optional() });
export const listPersonalKeysQuery = z.object(listFields);
export type ListKeysQuery = z.output<typeof listKeysQuery>;

export const bulkRevokeBody = z
  .strictObject({
    ids: z.array(text(1, 100)).min(1).max(1_000).optional(),
    createdBy: text(1, 100).optional(),
    customerId: text(1, 100).optional().meta({ description: 'Keys that are for this customer.' }),
    environment: environmentField.optional(),
    reason: text(1, 200)
      .refine(...noSecret)
      .optional(),
  })
  .refine(
    (value) =>
      [value.ids, value.createdBy, value.customerId, value.environment].filter((v) => v !== undefined)
        .length === 1,
    {
      message: 'send exactly one of ids, createdBy, customerId and environment',
    },
  );
export type BulkRevokeInput = z.output<typeof bulkRevokeBody>;

const importedKey = z
  .strictObject({
    name,
    sha256: z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 as 64 lower-case hexadecimal digits'),
    hint: text(1, 40)
      .refine(...noSecret)
      .optional(),
    ...settableFields,
    environment: environmentField.optional(),
    scopes: scopeList.optional(),
    bundle: text(1, 50).optional(),
  })
  .refine(...notBoth('scopes', 'bundle'))
  .refine(...notBoth('tier', 'rateLimit'));
export const importKeysBody = z.strictObject({ keys: z.array(importedKey).min(1).max(1_000) });
export type ImportKeysInput = z.output<typeof importKeysBody>;

export const testKeyBody = z.strictObject({ secret: text(1, 20_000) });

const secretView = z
  .object({
    id: z.string(),
    hint: z.string(),
    status: z.enum(['current', 'retiring', 'retired']),
    createdAt: timestamp,
    expiresAt: timestamp
      .nullable()
      .meta({ description: 'When a retiring secret ends, or any by the maximum age of the key policy.' }),
    lastUsedAt: timestamp.nullable(),
  })
  .meta({ id: 'Secret' });

export const keyRateLimit = z.object({
  tier: z.enum(tierNames),
  perMinute: z.int(),
  perDay: z.int(),
  burst: z.int(),
});

const keyFields = {
  id: z.string(),
  name: z.string(),
  description: z.string().nullable(),
  environment: environmentField,
  owner: z.enum(['tenant', 'user']),
  ownerUser: z.object({ id: z.string(), name: z.string().nullable() }).nullable().meta({
    description: 'Of a personal key: whose it is. The name is null once they are no member any more.',
  }),
  createdBy: z.string(),
  hint: z.string(),
  scopes: z.array(z.string()),
  inheritsAllScopes: z.boolean(),
  rateLimit: keyRateLimit,
  ipAllowlist: z.array(z.string()),
  customerIds: z.array(z.string()),
  status: z.enum(['active', 'inactive', 'expired']),
  revokedAt: timestamp.nullable(),
  revokedReason: z.string().nullable(),
  expiresAt: timestamp.nullable(),
  createdAt: timestamp,
  updatedAt: timestamp,
  lastUsedAt: timestamp.nullable(),
  lastUsedIp: z.string().nullable(),
  rotationDueAt: timestamp,
  endsAt: timestamp.nullable().meta({ description: 'When a replacement takes over and this key stops.' }),
  replaces: z.string().nullable(),
  replacedBy: z.string().nullable(),
  secrets: z.array(secretView),
  warnings: z.array(z.object({ code: z.string(), message: z.string() })),
};

const shownOnce = {
  secret: z
    .string()
    .nullable()
    .meta({ description: 'Shown this once; null when an idempotent request is repeated.' }),
  secretAlreadyShown: z.literal(true).optional(),
};

export const keyView = z.object(keyFields).meta({ id: 'Key' });
export const createdKeyView = z.object({ ...keyFields, ...shownOnce }).meta({ id: 'CreatedKey' });
export const changedKeyView = z.object({ ...keyFields, propagation }).meta({ id: 'ChangedKey' });
export const reissuedKeyView = z
  .object({ ...keyFields, ...shownOnce, propagation })
  .meta({ id: 'ReissuedKey' });
export const deletedKeyView = z.object({ id: z.string(), deleted: z.literal(true), propagation });
export const keyPage = page(keyView);
export const bulkRevokedView = z.object({ revoked: z.array(z.string()), propagation });
export const importedView = z.object({ data: z.array(keyView) });
export const testKeyView = z.object({ status: z.int(), body: z.unknown() });

export const meView = z
  .object({
    ...keyFields,
    effectiveScopes: z
      .array(z.string())
      .meta({ description: 'Everything the key may do now: implied and inherited scopes included.' }),
    secret: z.object({
      id: z.string(),
      status: z.enum(['current', 'retiring']),
      expiresAt: timestamp.nullable(),
    }),
    rateLimit: keyRateLimit.extend({ remaining: z.int(), remainingToday: z.int() }),
  })
  .meta({ id: 'Me', description: 'What the calling key is and what remains of its limits.' });

export const keyParams = z.object({ id: text(1, 100) });
export const secretParams = z.object({ id: text(1, 100), secretId: text(1, 100) });
