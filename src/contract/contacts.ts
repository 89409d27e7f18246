import { z } from 'zod';
import { containsSecret } from '../core/secret.ts';
import { label, page, pageQuery, text, timestamp } from './common.ts';
import { emailField, metadataField } from './customers.ts';

const reference = text(1, 100);

/** Kept as digits, with a `+` before them where there was one, so that one number has one spelling. */
const phone = text(1, 40)
  .refine((value) => /^\+?[\d\s().\-/]+$/.test(value), 'must be a phone number, such as +49 30 1234567')
  .transform((value) => (value.trim().startsWith('+') ? '+' : '') + value.replaceAll(/\D/g, ''))
  .refine((value) => /^\+?\d{3,15}$/.test(value), 'must have 3 to 15 digits')
  .meta({ examples: ['+49301234567'] });

const name = label(200).refine(
  (value) => !containsSecret(value),
  'contains the text of a key. Treat that key as leaked and rotate it',
);

export const contactBody = z.strictObject({
  email: emailField.nullable().optional(),
  phone: phone.nullable().optional(),
  name: name.nullable().optional(),
  customerId: reference.nullable().optional(),
  customFields: metadataField
    .optional()
    .meta({ description: 'Merged at every depth where the contact is known; a member that is null goes.' }),
});

export const listContactsQuery = z.object({
  ...pageQuery,
  email: emailField.optional(),
  phone: phone.optional(),
  customerId: reference.optional(),
  q: text(1, 200).optional().meta({ description: 'Part of the name, the e-mail address or the number.' }),
});

export const contactView = z
  .object({
    id: z.string(),
    customerId: z.string().nullable(),
    email: z.string().nullable(),
    phone: z.string().nullable(),
    name: z.string().nullable(),
    customFields: z.record(z.string(), z.unknown()),
    createdAt: timestamp,
    updatedAt: timestamp,
  })
  .meta({ id: 'Contact' });

export const contactPage = page(contactView);
