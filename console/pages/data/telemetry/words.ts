import { plural } from '@/lib/format.ts';
import type { TelemetryRecord } from '@/types.ts';

export const typeWords: Readonly<Record<NonNullable<TelemetryRecord['type']>, string>> = {
  value: 'Value',
  points: 'Points',
  text: 'Text',
};

/** A line holds no more. */
const shownCharacters = 200;

/** What was measured, in a line. */
export function valueWords({ type, value }: Pick<TelemetryRecord, 'type' | 'value'>): string {
  if (type === 'points' && Array.isArray(value)) return plural(value.length, 'point');
  const text = typeof value === 'string' ? value : JSON.stringify(value ?? null);
  return text.slice(0, shownCharacters);
}
