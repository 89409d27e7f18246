import { AppError } from '../errors.ts';

/** Honours If-Match (RFC 9110, 13.1.1) by strong comparison: a weak tag never matches, `*` always does. */
export function checkPrecondition(ifMatch: string | undefined, current: string): void {
  if (ifMatch === undefined || ifMatch.trim() === '*') return;
  const isCurrent = ifMatch.split(',').some((tag) => tag.trim() === current);
  if (!isCurrent) throw new AppError('precondition_failed');
}
