import { importArticles } from '../kb/import.ts';
import type { JobKind } from './kind.ts';

/** Every kind of job there is. */
export const jobKinds: readonly JobKind[] = [importArticles];
