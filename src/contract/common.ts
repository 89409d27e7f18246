import { z } from 'zod';
import { isCleanText } from '../core/text.ts';

export { toTimestamp } from '../core/timestamp.ts';

/** ISO 8601 in UTC with milliseconds, as every time in an answer. */
export const timestamp = z.iso.datetime({ precision: 3 }).meta({ examples: ['2026-11-21T09:30:00.000Z'] });

/** A time in a request, with or without seconds' fractions, in UTC or with an offset; epoch ms come out. */
export const moment = z.iso
  .datetime({ offset: true, error: 'must be an ISO 8601 time, such as 2026-11-21T09:30:00Z' })
  .transform((value) => Date.parse(value))
  .refine((value) => Number.isFinite(value), 'must be an ISO 8601 time');

/** A text without U+0000 and lone surrogates; lengths count UTF-16 units. */
export function text(min: number, max: number) {
  return z
    .string()
    .min(min, min === 1 ? 'must not be empty' : `must have at least ${min} characters`)
    .max(max, `must have at most ${max} characters`)
    .refine(isCleanText, 'must not contain U+0000 or half of a surrogate pair');
}

/** A text that is not blank once the white space around it is gone; the answer has it trimmed. */
export function label(max: number) {
  return text(1, max)
    .transform((value) => value.trim())
    .refine((value) => value !== '', 'must not be blank');
}

/** For numbers in a query: as a plain message, Zod would say it of a number that is out of bounds, too. */
export const notANumber = {
  error: (issue: { readonly code?: string }) =>
    issue.code === 'invalid_type' ? 'must be a number' : undefined,
};

export const pageQuery = {
  limit: z.coerce.number(notANumber).int().min(1).max(200).default(50).meta({ description: 'Items a page.' }),
  cursor: text(1, 500).optional().meta({ description: '`nextCursor` of the page before.' }),
};

export function page<T extends z.ZodType>(item: T) {
  return z.object({
    data: z.array(item),
    nextCursor: z
      .string()
      .nullable()
      .meta({ description: 'Ask for the next page with it; null on the last one.' }),
  });
}

export const problem = z
  .object({
    type: z.url(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string(),
    requestId: z.string(),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  })
  .loose()
  .meta({ id: 'Problem', description: 'An RFC 9457 problem document.' });

export const propagation = z
  .object({
    nodes: z.int(),
    acknowledged: z.int(),
    pending: z.array(z.object({ nodeId: z.string(), mayAcceptUntil: timestamp })),
    tookMs: z.int(),
  })
  .meta({
    id: 'Propagation',
    description: 'Which nodes act on the change already; those in `pending` may not until the time given.',
  });

export const environmentField = z.enum(['production', 'staging', 'development', 'sandbox']);
