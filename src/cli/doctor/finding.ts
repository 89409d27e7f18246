import type { Config } from '../../config.ts';

export interface Finding {
  readonly level: 'ok' | 'warning' | 'error';
  /** What was looked at, such as `secret`. */
  readonly check: string;
  readonly message: string;
  /** What to do; null where nothing needs to be done. */
  readonly action: string | null;
}

/** Looks and changes nothing. What it throws becomes an error that says so. */
export type Check = (config: Config) => Promise<readonly Finding[]> | readonly Finding[];

export function fine(check: string, message: string): Finding {
  return { level: 'ok', check, message, action: null };
}

export function warn(check: string, message: string, action: string): Finding {
  return { level: 'warning', check, message, action };
}

export function wrong(check: string, message: string, action: string): Finding {
  return { level: 'error', check, message, action };
}
