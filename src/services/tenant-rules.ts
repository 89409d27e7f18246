import { type Environment, environments } from '../core/environments.ts';
import type { KeyPolicy } from '../core/key-policy.ts';
import type { CaptureRules } from '../core/policy.ts';
import type { Role } from '../core/roles.ts';
import { settingsOf } from '../core/tenant-settings.ts';

/** What a tenant's settings mean for its keys. */
export interface TenantRules {
  readonly captures: Readonly<Record<Environment, CaptureRules | null>>;
  readonly keyPolicy: KeyPolicy;
  /** The same text for the same scopes that a role may put into keys. */
  readonly grantsOf: (role: Role) => string;
  readonly rotationReminderDays: number;
}

/** By the text of the settings. */
const known = new Map<string, TenantRules>();
const maxKnown = 1_000;

/** Every key of a tenant comes with the text of its settings: it is read once. */
export function rulesIn(settings: string): TenantRules {
  const found = known.get(settings);
  if (found) return found;
  if (known.size >= maxKnown) known.clear();
  const { capture, keyPolicy, rotationReminderDays } = settingsOf(JSON.parse(settings));
  const rules: CaptureRules = { maskFields: capture.maskFields };
  const captures = environments.map((name) => [name, capture.environments[name] ? rules : null]);
  const compiled: TenantRules = {
    captures: Object.fromEntries(captures) as TenantRules['captures'],
    keyPolicy,
    grantsOf: (role) => JSON.stringify(keyPolicy.grants[role].scopes),
    rotationReminderDays,
  };
  known.set(settings, compiled);
  return compiled;
}
