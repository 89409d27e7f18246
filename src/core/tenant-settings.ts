/** What a tenant may set; stored are only the members that differ from `defaultSettings`. */
export interface TenantSettings {
  readonly rotationReminderDays: number;
}

export const defaultSettings: TenantSettings = { rotationReminderDays: 90 };

type Json = { readonly [name: string]: unknown };

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Members of a merge patch (RFC 7396) at every depth: null takes a member away, a list is replaced as a whole. */
export function mergePatch(current: Json, patch: Json): Json {
  const result: Record<string, unknown> = { ...current };
  for (const [name, value] of Object.entries(patch)) {
    if (value === undefined) continue;
    if (value === null) delete result[name];
    else if (!isObject(value)) result[name] = value;
    else {
      const before = current[name];
      result[name] = mergePatch(isObject(before) ? before : {}, value);
    }
  }
  return result;
}

/** The settings in force, from what is stored; a member that this version does not know is left out. */
export function settingsOf(stored: Json): TenantSettings {
  return withDefaults(defaultSettings as unknown as Json, stored) as unknown as TenantSettings;
}

function withDefaults(defaults: Json, stored: Json): Json {
  const entries = Object.entries(defaults).map(([name, value]) => {
    const own = stored[name];
    if (own === undefined) return [name, value];
    return [name, isObject(value) && isObject(own) ? withDefaults(value, own) : own];
  });
  return Object.fromEntries(entries) as Json;
}
