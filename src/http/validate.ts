import type { z } from 'zod';
import { type FieldError, invalid } from '../errors.ts';

const maxErrors = 50;
const maxPathLength = 200;

/** Names of unknown fields are the caller's own text: an answer repeats the beginning of them only. */
function pathOf(path: readonly PropertyKey[]): string {
  return shortPath(path.map(String).join('.'));
}

export function shortPath(path: string): string {
  const start = path.length > maxPathLength ? `${path.slice(0, maxPathLength)}…` : path;
  return start.toWellFormed();
}

function errorsOf(issue: z.core.$ZodIssue): FieldError[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: pathOf([...issue.path, key]), message: 'is not a known field' }));
  }
  return [{ path: pathOf(issue.path), message: messageOf(issue) }];
}

const units: Record<string, string> = { string: ' characters', array: ' items', set: ' items' };

function boundOf(issue: z.core.$ZodIssue): string | null {
  if (!/^Too (small|big)/.test(issue.message)) return null;
  if (issue.code === 'too_small')
    return `must ${units[issue.origin] ? 'have' : 'be'} at least ${issue.minimum}${units[issue.origin] ?? ''}`;
  if (issue.code === 'too_big')
    return `must ${units[issue.origin] ? 'have' : 'be'} at most ${issue.maximum}${units[issue.origin] ?? ''}`;
  return null;
}

/** Longer lists are in the OpenAPI document; the schema has a sentence of its own. */
const maxListed = 12;

function messageOf(issue: z.core.$ZodIssue): string {
  const bound = boundOf(issue);
  if (bound) return bound;
  if (issue.code === 'invalid_type' && issue.input === undefined) return 'is required';
  if (issue.code === 'invalid_value' && issue.values.length <= maxListed)
    return `must be one of ${issue.values.map((value) => JSON.stringify(value)).join(', ')}`;
  return issue.message.replace(
    /^Invalid input: expected (\w+), received (\w+)$/,
    'must be of type $1, not $2',
  );
}

/** The parsed value, or a 400 that names every field that is wrong. */
export function validate<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return result.data;
  throw invalid(...result.error.issues.flatMap(errorsOf).slice(0, maxErrors));
}
