import { findFact, writeFact } from '../../store/installation.ts';
import { lockInstallation } from '../../store/people.ts';
import { tenantIdsAfter } from '../../store/tenants.ts';
import { type App, atomically, type Context } from '../app.ts';
import { enqueueOwnJob } from '../jobs/jobs.ts';

export const retentionKind = 'retention';

const dayMs = 86_400_000;
const tenantsAtOnce = 50;
const factName = 'retention_scheduled';

interface Scheduled {
  readonly day: number;
  /** Tenants up to this one have their job of the day; null: all have. */
  readonly after: string | null;
}

/** Gives some of the tenants their job of the day; false when all have it. */
export function scheduleRetention(app: App, now: number): Promise<boolean> {
  const day = Math.floor(now / dayMs) * dayMs;
  return atomically(app, async (unit) => {
    const { tx } = unit;
    await lockInstallation(tx, app.database.dialect);
    const fact = await findFact(tx, factName);
    const last: Scheduled = fact === null ? { day: 0, after: null } : JSON.parse(fact);
    if (last.day === day && last.after === null) return false;
    const ids = await tenantIdsAfter(tx, last.day === day ? last.after! : '', tenantsAtOnce);
    for (const tenantId of ids)
      await enqueueOwnJob(app, contextOf(tenantId), unit, { kind: retentionKind, payload: {} });
    const isAll = ids.length < tenantsAtOnce;
    const next: Scheduled = { day, after: isAll ? null : ids.at(-1)! };
    // Without a tenant yet, the first one should not have to wait for a day.
    if (ids.length > 0 || last.day === day) await writeFact(tx, factName, JSON.stringify(next));
    return !isAll;
  });
}

/** Settings are the tenant's: the job stands in one of its environments. */
function contextOf(tenantId: string): Context {
  const caller = { kind: 'system', id: 'retention' } as const;
  return { tenantId, environment: 'production', requestId: null, ip: null, caller };
}
