import { csvLine } from '../core/csv.ts';
import { type App, type Context, change } from './app.ts';
import { enqueueJob, type Job } from './jobs/jobs.ts';
import { jobKind, type Step, type StepAsk, type StepContext } from './jobs/kind.ts';
import { createLicense, type License, type LicenseInput, requireLicense } from './licenses.ts';

export type LicenseListFormat = 'ndjson' | 'csv';

export interface LicenseBatchInput extends LicenseInput {
  readonly count: number;
  /** Of the list of keys. */
  readonly format: LicenseListFormat;
}

const forms = {
  ndjson: {
    mediaType: 'application/x-ndjson',
    head: '',
    line: ({ id, licenseKey }: License) => `${JSON.stringify({ id, key: licenseKey })}\n`,
  },
  csv: {
    mediaType: 'text/csv; charset=utf-8; header=present',
    head: csvLine(['id', 'key']),
    line: ({ id, licenseKey }: License) => csvLine([id, licenseKey]),
  },
} as const;

const kind = 'licenses.create';

async function step(
  app: App,
  ctx: StepContext,
  { payload, done: before, hasTime }: StepAsk<LicenseBatchInput, true>,
): Promise<Step<true>> {
  const { count, format, ...input } = payload;
  const { head, line } = forms[format];
  let output = before === 0 ? head : '';
  let done = before;
  do {
    output += line(await createLicense(app, ctx, input));
    done++;
  } while (done < count && hasTime());
  return { next: done < count ? true : null, done, output, result: { created: done } };
}

/** Makes many licences that differ in their keys alone, and leaves the list of these. */
export const createLicenses = jobKind<LicenseBatchInput, true>({
  name: kind,
  scopes: ['licenses:write', 'bulk:write'],
  output: ({ format }, id) => ({
    scope: 'licenses:read',
    mediaType: forms[format].mediaType,
    fileName: `licenses-${id}.${format}`,
  }),
  step,
});

/** What would be refused of the first licence is refused now. */
export function startLicenseBatch(app: App, ctx: Context, input: LicenseBatchInput): Promise<Job> {
  return change(app, ctx, async (unit) => {
    const inUnit = { ...ctx, unit };
    const customerId = await requireLicense(app, inUnit, input);
    const { metadata: _metadata, ...audited } = { ...input, customerId };
    const payload = { ...input, customerId };
    return enqueueJob(app, inUnit, { kind, payload, audited, total: input.count });
  });
}
