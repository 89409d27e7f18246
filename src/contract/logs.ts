import { z } from 'zod';
import { bodyNotes } from '../core/body-mask.ts';
import { errorTable } from '../errors.ts';
import { environmentField, moment, page, pageQuery, text, timestamp } from './common.ts';

const codes = Object.keys(errorTable) as [string, ...string[]];
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;
/** What can be asked of the request log, in lists, streams and exports alike. */
export const logFilters = {
  keyId: text(1, 100).optional(),
  secretId: text(1, 100).optional(),
  status: z.coerce.number({ error: 'must be a number' }).int().min(100).max(599).optional(),
  statusClass: z.enum(['2xx', '3xx', '4xx', '5xx']).optional(),
  code: z
    .enum(codes, { error: 'must be one of the codes under /docs/errors' })
    .optional()
    .meta({ description: 'The code of the refusal.' }),
  method: z.enum(methods).optional(),
  route: text(1, 500).optional().meta({ description: 'The template, such as /api/v1/kb/articles/{id}.' }),
  ip: text(1, 64).optional(),
  from: moment.optional().meta({ description: 'Inclusive.' }),
  to: moment.optional().meta({ description: 'Exclusive.' }),
  clientRequestId: text(1, 128).optional(),
  q: text(1, 500).optional().meta({
    description:
      'A request id, or the beginning of the path; where `from` and `to` are an hour apart or less, any part of it.',
  }),
};

export const listLogsQuery = z.object({ ...logFilters, ...pageQuery });
export type LogQuery = z.output<z.ZodObject<typeof logFilters>>;
export type ListLogsQuery = z.output<typeof listLogsQuery>;

export const streamLogsQuery = z.object(logFilters);

export const logEvents = z.string().meta({
  mediaType: 'text/event-stream',
  description: 'Server-sent events: `id`, `event: request`, `data`.',
});

export const logParams = z.object({ requestId: text(1, 100) });

const keptBody = (description: string) =>
  z
    .string()
    .optional()
    .meta({ description: `${description} In the answer for one request only, and where bodies are kept.` });

const bodyNote = z
  .object({
    code: z.enum(bodyNotes),
    message: z.string(),
  })
  .optional()
  .meta({ description: 'Why the body is not there, or not all of it.' });

export const logEntry = z
  .object({
    requestId: z.string(),
    clientRequestId: z.string().nullable(),
    at: timestamp,
    keyId: z.string().nullable(),
    keyName: z.string().nullable().meta({ description: 'As it was then.' }),
    secretId: z.string().nullable(),
    hint: z.string().nullable(),
    environment: environmentField,
    method: z.string(),
    path: z.string().meta({ description: 'Without the query.' }),
    route: z.string().nullable().meta({ description: 'The template; null where there is no such route.' }),
    status: z.int(),
    code: z.string().nullable().meta({ description: 'null below 400.' }),
    durationMs: z.number(),
    ip: z.string(),
    userAgent: z.string(),
    requestBytes: z.int(),
    responseBytes: z.int(),
    requiredScopes: z.array(z.string()),
    requestBody: keptBody('The beginning of what was sent, masked.'),
    requestBodyNote: bodyNote,
    responseBody: keptBody('The beginning of the answer, masked.'),
    responseBodyNote: bodyNote,
  })
  .meta({ id: 'LogEntry' });

export const logPage = page(logEntry);

const check = z.object({
  name: z.string(),
  passed: z.boolean().nullable().meta({ description: 'null: not reached, or nothing is known to look at.' }),
  input: z.record(z.string(), z.unknown()),
});

export const explanation = z
  .object({
    requestId: z.string(),
    at: timestamp,
    status: z.int(),
    code: z.string().nullable().meta({ description: 'null: it was admitted.' }),
    detail: z.string().nullable(),
    policyVersion: z.int().nullable().meta({ description: 'Of the key, when the request was judged.' }),
    checks: z.array(check).meta({ description: 'In their order, with what each looked at then.' }),
    refusedBy: z.string().nullable(),
    now: z
      .object({
        admitted: z.boolean(),
        code: z.string().nullable(),
        detail: z.string().nullable(),
        policyVersion: z.int().nullable(),
        checks: z.array(check),
      })
      .meta({ description: 'What the same request would meet at this moment.' }),
    change: z
      .object({
        action: z.string(),
        detail: z.string(),
        request: z
          .object({
            method: z.string(),
            path: z.string(),
            body: z.record(z.string(), z.unknown()).nullable(),
          })
          .nullable()
          .meta({ description: 'The call that makes the change; null where the caller has to.' }),
      })
      .nullable()
      .meta({ description: 'What would admit it now; null where nothing has to change.' }),
  })
  .meta({ id: 'Explanation' });
