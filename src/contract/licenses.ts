import { z } from 'zod';
import { licenseReasons, licenseStates } from '../core/license-states.ts';
import { containsSecret } from '../core/secret.ts';
import { label, moment, page, pageQuery, text, timestamp } from './common.ts';
import { metadataField } from './customers.ts';

const noSecret = [
  (value: string) => !containsSecret(value),
  'contains the text of a key. Treat that key as leaked and rotate it',
] as const;

const name = label(200).refine(...noSecret);
const description = text(0, 2_000).refine(...noSecret);
const reference = text(1, 100);
const times = { createdAt: timestamp, updatedAt: timestamp };

export const createProductBody = z.strictObject({
  name,
  description: description.nullable().default(null),
  metadata: metadataField.default({}),
});
export const patchProductBody = z.strictObject({
  name: name.optional(),
  description: description.nullable().optional(),
  metadata: metadataField.optional(),
});
export const listProductsQuery = z.object({
  ...pageQuery,
  q: text(1, 200).optional().meta({ description: 'Part of the name or the description.' }),
});
export const productView = z
  .object({
    id: z.string(),
    name: z.string(),
    description: z.string().nullable(),
    metadata: z.record(z.string(), z.unknown()),
    ...times,
  })
  .meta({ id: 'Product' });
export const productPage = page(productView);

const activationLimit = z
  .int()
  .min(1)
  .max(1_000_000)
  .meta({ description: 'Machines on which it may be activated at the same time.' });
const licenseKey = text(1, 100).meta({ examples: ['7K2QF-9ZC4M-XH31T-0VJ8R-D6WBE'] });
const state = z.enum(licenseStates);

export const createLicenseBody = z.strictObject({
  productId: reference,
  customerId: reference.nullable().optional(),
  activationLimit: activationLimit.default(1),
  expiresAt: moment.nullable().default(null),
  metadata: metadataField.default({}),
});
export const createLicensesBody = createLicenseBody.extend({
  count: z.int().min(1).max(100_000),
  format: z.enum(['ndjson', 'csv']).default('ndjson').meta({ description: 'Of the list of keys.' }),
});
export const patchLicenseBody = z.strictObject({
  activationLimit: activationLimit.optional(),
  expiresAt: moment
    .nullable()
    .optional()
    .meta({ description: 'In the future, it renews a licence that has expired.' }),
  metadata: metadataField.optional(),
});
export const listLicensesQuery = z.object({
  ...pageQuery,
  productId: reference.optional(),
  customerId: reference.optional(),
  state: state.optional(),
  key: licenseKey.optional(),
});
export const licenseView = z
  .object({
    id: z.string(),
    productId: z.string(),
    customerId: z.string().nullable(),
    key: z.string(),
    state,
    activationLimit: z.int(),
    activations: z.int().meta({ description: 'Machines on which it is activated.' }),
    expiresAt: timestamp.nullable(),
    revokedAt: timestamp.nullable(),
    metadata: z.record(z.string(), z.unknown()),
    ...times,
  })
  .meta({ id: 'License' });
export const licensePage = page(licenseView);

export const assignLicenseBody = z.strictObject({ customerId: reference });
export const machineBody = z.strictObject({
  machineId: text(1, 255)
    .refine(...noSecret)
    .meta({ description: 'What the machine calls itself, always the same.' }),
});
export const activationsView = z.object({
  data: z.array(z.object({ id: z.string(), machineId: z.string(), createdAt: timestamp })),
});

export const verifyLicenseBody = z.strictObject({
  key: licenseKey,
  machineId: text(1, 255).optional().meta({ description: 'Must be activated, where it is named.' }),
});
export const licenseVerdictView = z
  .object({
    valid: z.boolean(),
    reason: z.enum(licenseReasons).nullable(),
    license: licenseView.nullable(),
  })
  .meta({ id: 'LicenseVerdict' });
