import { mergeDifference } from '@/lib/merge-difference.ts';
import { isObject, type JsonObject } from '../../../src/core/merge-patch.ts';
import type { FormField } from './form-control.tsx';
import { type FormValues, fieldProblem } from './form-dialog.tsx';

/** Of these fields those that are filled in. */
export function filledTexts(values: FormValues, names: readonly string[]) {
  const filled = names.filter((name) => values[name]?.trim());
  return Object.fromEntries(filled.map((name) => [name, values[name]!.trim()]));
}

/** Of these fields those that were changed, so that what somebody else changed meanwhile stays. Empty ones are null. */
export function changedTexts(values: FormValues, initial: FormValues, names: readonly string[]) {
  const changed = names.filter((name) => (values[name] ?? '') !== (initial[name] ?? ''));
  return Object.fromEntries(changed.map((name) => [name, values[name]?.trim() || null]));
}

/** What other systems know of a record, in a form: a JSON object. */
export function metadataField(name: string, label: string, hint: string): FormField {
  return { kind: 'json', name, label, hint, isOptional: true };
}

export const metadataText = (value: object): string =>
  Object.keys(value).length === 0 ? '' : JSON.stringify(value, null, 2);

export function readMetadata(values: FormValues, name: string): JsonObject {
  const text = values[name]?.trim() ?? '';
  if (text === '') return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw fieldProblem(name, 'must be JSON, such as {"plan": "gold"}');
  }
  if (!isObject(value)) throw fieldProblem(name, 'must be a JSON object, such as {"plan": "gold"}');
  return value;
}

/** What to send of it, as a merge patch; nothing where it is as it was. */
export function metadataChange(values: FormValues, initial: FormValues, name: string): JsonObject {
  const patch = mergeDifference(readMetadata(initial, name), readMetadata(values, name));
  return Object.keys(patch).length === 0 ? {} : { [name]: patch };
}
