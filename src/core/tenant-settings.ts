import type { Environment } from './environments.ts';
import { defaultFlagSettings, type FlagSettings } from './flags.ts';
import { defaultKeyPolicy, type KeyPolicy } from './key-policy.ts';
import { isObject, type JsonObject } from './merge-patch.ts';

/** How long what is kept, in days. The audit log is kept for ever. */
export interface RetentionDays {
  readonly logDays: number;
  readonly minuteUsageDays: number;
  readonly hourUsageDays: number;
  readonly jobDays: number;
}

/** Whether the request log keeps bodies, and which members it hides besides those that are always hidden. */
export interface CaptureSettings {
  readonly environments: Readonly<Record<Environment, boolean>>;
  /** Names, or dotted paths. */
  readonly maskFields: readonly string[];
}

/** What a tenant may set; stored are only the members that differ from `defaultSettings`. */
export interface TenantSettings {
  readonly rotationReminderDays: number;
  readonly capture: CaptureSettings;
  readonly retention: RetentionDays;
  readonly flags: FlagSettings;
  readonly keyPolicy: KeyPolicy;
}

export const defaultSettings: TenantSettings = {
  rotationReminderDays: 90,
  capture: {
    environments: { production: false, staging: true, development: true, sandbox: true },
    maskFields: [],
  },
  retention: { logDays: 90, minuteUsageDays: 14, hourUsageDays: 395, jobDays: 30 },
  flags: defaultFlagSettings,
  keyPolicy: defaultKeyPolicy,
};

/** The settings in force, from what is stored; a member that this version does not know is left out. */
export function settingsOf(stored: JsonObject): TenantSettings {
  return withDefaults(defaultSettings as unknown as JsonObject, stored) as unknown as TenantSettings;
}

function withDefaults(defaults: JsonObject, stored: JsonObject): JsonObject {
  const entries = Object.entries(defaults).map(([name, value]) => {
    const own = stored[name];
    if (own === undefined) return [name, value];
    return [name, isObject(value) && isObject(own) ? withDefaults(value, own) : own];
  });
  return Object.fromEntries(entries) as JsonObject;
}
