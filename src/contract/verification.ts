import { z } from 'zod';
import { rateLimitBounds } from '../core/tiers.ts';
import { environmentField, text, timestamp } from './common.ts';
import { noSecret, scopeList } from './keys.ts';

export const verifyBody = z.strictObject({
  key: text(1, 20_000),
  scopes: scopeList.optional(),
  environment: environmentField.optional(),
  // Checks and refusals repeat these.
  ip: text(1, 64)
    .refine(...noSecret)
    .optional(),
  customerId: text(1, 100)
    .refine(...noSecret)
    .optional(),
  cost: z
    .int()
    .min(1)
    .max(2 * rateLimitBounds.perMinute)
    .default(1),
  dryRun: z.boolean().default(false),
});
export type VerifyInput = z.output<typeof verifyBody>;

const limitState = z.object({
  limit: z.int(),
  remaining: z.int(),
  resetAt: timestamp,
  policies: z.array(z.object({ name: z.string(), limit: z.int(), remaining: z.int(), resetAt: timestamp })),
});

export const verifyView = z
  .object({
    valid: z.boolean(),
    code: z.string(),
    detail: z.string().nullable(),
    keyId: z.string().nullable(),
    name: z.string().nullable(),
    environment: environmentField.nullable(),
    scopes: z.array(z.string()).nullable(),
    missingScopes: z.array(z.string()),
    rateLimit: limitState.nullable(),
    retryAfterSeconds: z.int().nullable(),
    expiresAt: timestamp.nullable(),
    customerIds: z.array(z.string()).nullable(),
    hint: z.string().optional(),
    keyEnvironment: environmentField.optional(),
    requestEnvironment: environmentField.optional(),
    secretStatus: z.string().optional(),
    checks: z
      .array(
        z.object({
          name: z.string(),
          passed: z.boolean().nullable(),
          input: z.record(z.string(), z.unknown()),
        }),
      )
      .optional(),
  })
  .meta({ id: 'Verification' });
