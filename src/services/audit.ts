import { appendAudit } from '../store/audit.ts';
import type { App, Context, Unit } from './app.ts';

export interface Change {
  /** Past tense, dotted: `key.revoked`. */
  readonly action: string;
  readonly targetId?: string;
  /** Never a secret or a hash of one. */
  readonly before?: unknown;
  readonly after?: unknown;
}

/** Writes who did what into the tenant's hash chain, in the transaction of the change. */
export async function recordChange(app: App, ctx: Context, unit: Unit, change: Change): Promise<void> {
  await appendAudit(unit.tx, app.database.dialect, app.settings.auditKey, {
    id: app.newId('aud'),
    tenantId: ctx.tenantId,
    at: app.clock.wallMs(),
    actorType: ctx.caller.kind,
    actorId: ctx.caller.id,
    action: change.action,
    targetId: change.targetId ?? null,
    before: change.before,
    after: change.after,
    requestId: ctx.requestId,
    ip: ctx.ip,
    environment: ctx.environment,
  });
}
