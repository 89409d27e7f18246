import { z } from 'zod';

/** What `GET /settings` answers; the body of a change is made from it. */
const settings = z.object({
  rotationReminderDays: z
    .int()
    .min(1)
    .max(3_650)
    .meta({ description: 'Age of a secret at which its rotation is due.' }),
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

export const settingsView = settings.meta({ id: 'Settings' });
export const patchSettingsBody = patchOf(settings) as unknown as z.ZodType<Patch<z.output<typeof settings>>>;
