import type { Environment } from '../../core/environments.ts';
import { isEventType } from '../../core/webhook-events.ts';
import type { JobRow } from '../../store/jobs.ts';
import type { App, Unit } from '../app.ts';
import { publishEvent } from '../events.ts';
import { jobOf, presentJob } from './view.ts';

/** Tells how a job ended. */
export async function publishJobEnd(app: App, unit: Unit, row: JobRow): Promise<void> {
  const type = `job.${row.state}`;
  if (!isEventType(type)) return;
  const place = { tenantId: row.tenant_id, environment: row.environment as Environment };
  await publishEvent(app, place, unit, type, () => presentJob(jobOf(app, row)));
}
