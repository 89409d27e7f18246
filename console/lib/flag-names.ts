import type { AlertCode } from '../../src/core/alerts.ts';

/** What flags and alerts are called where a person chooses among them. */
export const alertNames: Readonly<Record<AlertCode, string>> = {
  day_limit_near: 'Near the limit of the day',
  limit_reached: 'A limit is reached',
  unused_30_days: 'Unused',
  never_used: 'Never used',
  spike: 'Spike',
  dip: 'Dip',
  silent: 'Silent',
  error_rate: 'Errors',
  rotation_due: 'Rotation due',
  expires_soon: 'Expires soon',
  inherits_all_scopes: 'Inherits everything',
};
