import { type RetentionDays, settingsOf } from '../../core/tenant-settings.ts';
import type { Db } from '../../store/database.ts';
import { getTenant } from '../../store/people.ts';
import { settingsInUse } from '../../store/tenants.ts';
import type { App } from '../app.ts';

const dayMs = 86_400_000;

/** Epoch ms: what is older is past its retention, and shown to nobody. */
export interface KeptSince {
  readonly logs: number;
  readonly minutes: number;
  readonly hours: number;
  readonly jobs: number;
}

export function cutoffsOf(days: RetentionDays, now: number): KeptSince {
  return {
    logs: now - days.logDays * dayMs,
    minutes: now - days.minuteUsageDays * dayMs,
    hours: now - days.hourUsageDays * dayMs,
    jobs: now - days.jobDays * dayMs,
  };
}

export async function retentionOf(db: Db, tenantId: string): Promise<RetentionDays> {
  const row = await getTenant(db, tenantId);
  return settingsOf(row === undefined ? {} : JSON.parse(row.settings)).retention;
}

export async function keptSince(app: App, db: Db, tenantId: string): Promise<KeptSince> {
  return cutoffsOf(await retentionOf(db, tenantId), app.clock.wallMs());
}

/** Of each kind what the tenant that keeps it longest does: the log's blocks are shared. */
export async function longestKeptSince(app: App): Promise<KeptSince> {
  const all = (await settingsInUse(app.database.read)).map(
    (settings) => settingsOf(JSON.parse(settings)).retention,
  );
  const longest = (name: keyof RetentionDays) => Math.max(...all.map((days) => days[name]));
  const days = {
    logDays: longest('logDays'),
    minuteUsageDays: longest('minuteUsageDays'),
    hourUsageDays: longest('hourUsageDays'),
    jobDays: longest('jobDays'),
  };
  return cutoffsOf(days, app.clock.wallMs());
}
