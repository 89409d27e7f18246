import { z } from 'zod';
import { isEmail, maxEmailLength, normalizeEmail } from '../core/people.ts';
import { containsSecret } from '../core/secret.ts';
import { label, page, pageQuery, text, timestamp } from './common.ts';

const noSecret = [
  (value: string) => !containsSecret(value),
  'contains the text of a key. Treat that key as leaked and rotate it',
] as const;

export const emailField = text(1, maxEmailLength)
  .transform(normalizeEmail)
  .refine(isEmail, 'must be an e-mail address, such as ada@example.com')
  .meta({ description: 'Upper and lower case are the same.', examples: ['ada@example.com'] });

const maxMetadataBytes = 16_384;

/** A JSON object for whatever the tenant's own systems know; bounded, and no place for secrets. */
export const metadataField = z
  .record(text(1, 100), z.unknown())
  .refine((value) => Buffer.byteLength(JSON.stringify(value)) <= maxMetadataBytes, {
    error: `must have at most ${maxMetadataBytes} bytes as JSON`,
  })
  .refine((value) => !containsSecret(JSON.stringify(value)), noSecret[1]);

const name = label(200).refine(...noSecret);

export const createCustomerBody = z.strictObject({
  name,
  email: emailField,
  metadata: metadataField.default({}),
});

export const patchCustomerBody = z.strictObject({
  name: name.optional(),
  email: emailField.optional(),
  metadata: metadataField
    .optional()
    .meta({ description: 'Merged at every depth; a member that is null goes.' }),
});

export const listCustomersQuery = z.object({
  ...pageQuery,
  email: emailField.optional(),
  q: text(1, 200).optional().meta({ description: 'Part of the name or the e-mail address.' }),
});

export const customerView = z
  .object({
    id: z.string(),
    name: z.string(),
    email: z.string().nullable().meta({ description: 'null once the customer is anonymised.' }),
    metadata: z.record(z.string(), z.unknown()),
    anonymizedAt: timestamp.nullable(),
    createdAt: timestamp,
    updatedAt: timestamp,
  })
  .meta({ id: 'Customer' });

export const customerPage = page(customerView);
