import { z } from 'zod';
import { type Environment, environments } from '../core/environments.ts';
import { segmentsOf } from '../core/sensitive-names.ts';
import { text } from './common.ts';
import { keyPolicySettings } from './key-policy.ts';
import { flagSettings } from './overview.ts';

const isField = (field: string) => field.split('.').every((step) => segmentsOf(step)[0] !== '');

const capture = z.object({
  environments: z
    .object(
      Object.fromEntries(environments.map((name) => [name, z.boolean()])) as Record<
        Environment,
        z.ZodBoolean
      >,
    )
    .meta({ description: 'Where the request log keeps bodies; off in production unless it is switched on.' }),
  maskFields: z
    .array(text(1, 100).refine(isField, 'must be a name, or names with dots between them'))
    .max(50)
    .meta({
      description:
        'JSON members to hide in kept bodies, at any depth: a name, or a dotted path. Upper and lower case, `_` and `-` are alike.',
    }),
});

const days = (min: number, max: number, description: string) =>
  z.int().min(min).max(max).meta({ description });

const retention = z
  .object({
    logDays: days(1, 3_650, 'Requests of the log.'),
    minuteUsageDays: days(2, 30, 'Usage by minute.'),
    hourUsageDays: days(31, 3_650, 'Usage by hour, and the callers of a day.'),
    jobDays: days(1, 3_650, 'Jobs that have ended, with what they made.'),
  })
  .meta({
    id: 'Retention',
    description:
      'How long what is kept, in days. What is older is not shown from the next request on, and deleted within a day. The audit log is kept for ever.',
  });

/** What `GET /settings` answers; the body of a change is made from it. */
const settings = z.object({
  rotationReminderDays: z
    .int()
    .min(1)
    .max(3_650)
    .meta({ description: 'Age of a secret at which its rotation is due.' }),
  capture,
  retention,
  flags: flagSettings,
  keyPolicy: keyPolicySettings,
});

/** The same members, each optional at every depth, and null for its default; a member that does not exist is an error. */
function patchOf(schema: z.ZodObject): z.ZodObject {
  const entries = Object.entries(schema.shape).map(([name, member]) => {
    const part = member instanceof z.ZodObject ? patchOf(member) : (member as z.ZodType);
    return [name, part.nullable().optional()];
  });
  return z.strictObject(Object.fromEntries(entries));
}

type Patch<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { readonly [K in keyof T]?: Patch<T[K]> | null | undefined }
    : T;

/** The group alone, for looking at what other settings would do. */
export const retentionView = retention;
export const patchRetentionBody = patchOf(retention) as unknown as z.ZodType<
  Patch<z.output<typeof retention>>
>;

export const settingsView = settings.meta({ id: 'Settings' });
export const patchSettingsBody = patchOf(settings) as unknown as z.ZodType<Patch<z.output<typeof settings>>>;
