import { importContacts } from '../contacts-import.ts';
import { logExport } from '../exports.ts';
import { importArticles } from '../kb/import.ts';
import { createLicenses } from '../license-batch.ts';
import { applyRetention } from '../retention/run.ts';
import { repairUsage } from '../usage-repair.ts';
import type { JobKind } from './kind.ts';

/** Every kind of job there is. */
export const jobKinds: readonly JobKind[] = [
  importArticles,
  importContacts,
  createLicenses,
  logExport(),
  applyRetention,
  repairUsage,
];
