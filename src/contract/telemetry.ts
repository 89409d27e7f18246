import { z } from 'zod';
import { telemetryTypes } from '../core/telemetry-record.ts';
import { moment, page, pageQuery, text, timestamp } from './common.ts';

const whatever = (description: string) => z.unknown().optional().meta({ description });

/** Nothing in it is refused but members with other names: a machine cannot mend what it sends. */
export const telemetryBody = z.strictObject({
  group: whatever('What belongs together: a text of 1 to 200 characters.'),
  type: whatever('`value` (a number), `points` (a list of numbers, or of `{at, value}`) or `text`.'),
  name: whatever('What was measured: a text of 1 to 200 characters.'),
  value: whatever('As the type says.'),
  customerId: whatever('Whose it is.'),
  licenseId: whatever('Which licence it is about; its customer is the record’s where none is named.'),
});

const reference = text(1, 100);
const flagged = z.stringbool({
  truthy: ['true', '1'],
  falsy: ['false', '0'],
  error: 'must be true or false',
});

export const listTelemetryQuery = z.object({
  ...pageQuery,
  group: text(1, 200).optional(),
  type: z.enum(telemetryTypes).optional(),
  name: text(1, 200).optional(),
  customerId: reference.optional(),
  licenseId: reference.optional(),
  flagged: flagged.optional(),
  from: moment.optional().meta({ description: 'Inclusive.' }),
  to: moment.optional().meta({ description: 'Exclusive.' }),
});

export const telemetryView = z
  .object({
    id: z.string(),
    group: z.string().nullable(),
    type: z.enum(telemetryTypes).nullable(),
    name: z.string().nullable(),
    value: z.unknown(),
    customerId: z.string().nullable(),
    licenseId: z.string().nullable(),
    flagged: z.boolean(),
    flagReason: z.string().nullable(),
    createdAt: timestamp,
  })
  .meta({ id: 'TelemetryRecord' });
export const telemetryPage = page(telemetryView);

export const telemetryTotalsQuery = z.object({
  from: moment
    .optional()
    .meta({ description: 'Its day in UTC is the first; 30 days unless set, 400 at most.' }),
  to: moment.optional().meta({ description: 'Its day in UTC is the last.' }),
  group: text(1, 200).optional(),
  customerId: reference.optional(),
});

const counts = { total: z.int(), flagged: z.int() };
const share = z.number().meta({ description: 'From 0 to 1.' });

export const telemetryTotalsView = z
  .object({
    ...counts,
    flaggedShare: share,
    byDay: z.array(z.object({ day: z.iso.date(), ...counts })),
    byGroup: z
      .array(z.object({ group: z.string().nullable(), ...counts, flaggedShare: share }))
      .meta({ description: 'The 200 with most records.' }),
  })
  .meta({ id: 'TelemetryTotals' });
