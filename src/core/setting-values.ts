import { z } from 'zod';
import { parseCidr } from './cidr.ts';
import { builtInSurfaces } from './scopes.ts';

export interface Setting<T> {
  readonly schema: z.ZodType<T>;
  readonly help: string;
  readonly isSecret?: true;
}

export function setting<T>(schema: z.ZodType<T>, help: string, isSecret?: true): Setting<T> {
  return { schema, help, isSecret };
}

/** A text that `parse` understands; what it throws is said of the setting. */
export function checked<T>(parse: (text: string) => T): z.ZodType<T> {
  return z.string().transform((text, context) => {
    try {
      return parse(text);
    } catch (error) {
      context.addIssue({ code: 'custom', message: (error as Error).message });
      return z.NEVER;
    }
  }) as unknown as z.ZodType<T>;
}

export function cidrList(text: string): readonly string[] {
  const items = listOf(text);
  for (const item of items) {
    if (!parseCidr(item)) throw new Error(`"${item}" is not a network in CIDR form, such as 10.0.0.0/8`);
  }
  return items;
}

export function listOf(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

export function httpOrigin(text: string): string {
  const url = URL.parse(text);
  if (!url || !['http:', 'https:'].includes(url.protocol) || url.pathname !== '/' || url.search || url.hash) {
    throw new Error(`"${text}" is not an origin such as https://keys.example.com`);
  }
  return url.origin;
}

export function surfaceList(text: string): readonly string[] {
  const items = listOf(text);
  for (const item of items) {
    if (!/^[a-z][a-z0-9_]{1,30}$/.test(item))
      throw new Error(`"${item}" is not a surface name: a-z, 0-9 and _`);
    if (builtInSurfaces.has(item)) throw new Error(`"${item}" is a surface that Keyward has itself`);
  }
  return items;
}

function whole(min: number, max: number) {
  const error = `must be a whole number from ${min} to ${max}`;
  return z.coerce.number({ error }).int({ error }).min(min, { error }).max(max, { error });
}

export const port = whole(0, 65_535);
export const count = whole(1, 1_000_000);
