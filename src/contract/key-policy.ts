import { z } from 'zod';
import { environments } from '../core/environments.ts';
import { namePatternProblem } from '../core/name-pattern.ts';
import { type Role, roleNames } from '../core/roles.ts';
import { containsSecret } from '../core/secret.ts';
import { tierNames } from '../core/tiers.ts';
import { environmentField, text, timestamp } from './common.ts';

const days = (description: string) => z.int().min(1).max(3_650).nullable().meta({ description });

const namePattern = text(1, 200)
  .refine(
    (value) => !containsSecret(value),
    'contains the text of a key: a secret is never stored. Treat that key as leaked and rotate it',
  )
  .superRefine((value, context) => {
    const problem = namePatternProblem(value);
    if (problem) context.addIssue({ code: 'custom', message: problem });
  })
  .nullable();

const maxAgeAction = z.enum(['remind', 'enforce']).meta({
  description:
    '`enforce`: a secret that is older is refused as `expired_key` until the key is rotated or regenerated.',
});

const ofEnvironment = z.object({
  maxAgeDays: days('Of a secret.'),
  maxAgeAction,
  defaultExpiryDays: days('When a key ends whose creator does not say.'),
  maxExpiryDays: days(
    'How far away the end of a key may be. A key that is there keeps its end, until it is changed.',
  ),
});

const tierList = z.array(z.enum(tierNames)).max(tierNames.length);
const scopeNames = z.array(text(1, 100)).max(200);

const ofRole = z.object({
  tiers: tierList.nullable().meta({ description: 'null: every tier.' }),
  scopes: scopeNames.nullable().meta({ description: 'null: every scope that the role may grant.' }),
});

function each<K extends string, V extends z.ZodType>(
  names: readonly K[],
  value: V,
): z.ZodObject<Record<K, V>> {
  return z.object(Object.fromEntries(names.map((name) => [name, value])) as Record<K, V>);
}

/** The group in a tenant's settings. */
export const keyPolicySettings = z
  .object({
    namePattern: namePattern.meta({
      description:
        'The form of names, with parts to fill in: `<Integration> — <Environment>`. `<Environment>` is the name of the key’s own, `<dd_mm_yyyy>` and `<hh_mm>` are a date and a time, every other part is any text.',
      examples: ['<Integration> — <Environment>'],
    }),
    personalNamePattern: namePattern.meta({ description: 'The same for personal keys.' }),
    environments: each(environments, ofEnvironment),
    grants: each<Role, typeof ofRole>(roleNames, ofRole).meta({
      description: 'What people of a role may put into keys, within what the role may at all.',
    }),
  })
  .meta({ id: 'KeyPolicy', description: 'What the tenant demands of its keys. null: no such rule.' });

export const keyPolicyQuery = z.object({
  environment: environmentField.optional().meta({ description: 'A key has its own only.' }),
  owner: z.enum(['tenant', 'user']).default('tenant'),
  serviceName: text(1, 60)
    .optional()
    .meta({ description: 'For a suggested name: `<service_name>-<dd_mm_yyyy>-<hh_mm>`, in UTC.' }),
});

export const keyPolicyView = z
  .object({
    environment: environmentField,
    owner: z.enum(['tenant', 'user']),
    mayCreate: z.boolean().meta({ description: 'Whether you may create such a key here at all.' }),
    namePattern: z.string().nullable(),
    suggestedName: z.string().nullable(),
    ...ofEnvironment.shape,
    defaultExpiresAt: timestamp
      .nullable()
      .meta({ description: 'The end of a key that is created now without one.' }),
    latestExpiresAt: timestamp.nullable().meta({ description: 'null: a key need not end.' }),
    tiers: tierList.meta({ description: 'Those that you may give.' }),
    scopes: z.array(z.string()).meta({ description: 'Those that you may put into a key.' }),
    ceiling: z
      .object({ perMinute: z.int(), burst: z.int(), perDay: z.int() })
      .nullable()
      .meta({ description: 'Over all keys of the environment together; no key goes beyond it.' }),
  })
  .meta({ id: 'MyKeyPolicy' });
