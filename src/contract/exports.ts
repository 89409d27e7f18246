import { z } from 'zod';
import { logFilters } from './logs.ts';

export const logExportBody = z.strictObject({
  ...logFilters,
  status: z.int().min(100).max(599).optional(),
  format: z.enum(['ndjson', 'csv']).default('ndjson'),
});
