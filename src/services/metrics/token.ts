import { createHash, timingSafeEqual } from 'node:crypto';
import type { App } from '../app.ts';

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Whether an Authorization header holds the operator's token, which is no key: it opens metrics and details of checks. */
export function isOperator(app: App, authorization: string | undefined): boolean {
  const { metricsToken } = app.settings;
  const given = /^bearer (.+)$/i.exec(authorization ?? '')?.[1];
  if (metricsToken === null || given === undefined) return false;
  return timingSafeEqual(digest(given), digest(metricsToken));
}
