import { isObject } from './merge-patch.ts';

export const telemetryTypes = ['value', 'points', 'text'] as const;
export type TelemetryType = (typeof telemetryTypes)[number];

/** UTF-16 units. */
const maxName = 200;
const maxText = 10_000;
const maxPoints = 1_000;
/** Of a malformed value, so that what was sent can be looked at. */
const maxKept = 2_000;

export interface TelemetryRecord {
  readonly group: string | null;
  readonly type: TelemetryType | null;
  readonly name: string | null;
  /** As it was sent; of a malformed one the beginning of its JSON. */
  readonly value: unknown;
  /** What is wrong with it; null where nothing is. */
  readonly flagReason: string | null;
}

function nameOf(given: unknown): string | null {
  if (typeof given !== 'string') return null;
  const text = given.trim();
  return text === '' || text.length > maxName ? null : text;
}

const isNumber = (value: unknown) => typeof value === 'number' && Number.isFinite(value);

/** A number, or a number with its time before it. */
function isPoint(point: unknown): boolean {
  if (isNumber(point)) return true;
  if (!isObject(point)) return false;
  const { at, value } = point as { at?: unknown; value?: unknown };
  return isNumber(value) && typeof at === 'string' && Number.isFinite(Date.parse(at));
}

function valueProblem(type: TelemetryType, value: unknown): string | null {
  if (type === 'value') return isNumber(value) ? null : 'value is not a number';
  if (type === 'text') {
    if (typeof value !== 'string') return 'value is not a text';
    return value.length <= maxText ? null : `value is longer than ${maxText} characters`;
  }
  if (!Array.isArray(value) || value.length === 0) return 'value is not a list of points';
  if (value.length > maxPoints) return `value has more than ${maxPoints} points`;
  const index = value.findIndex((point) => !isPoint(point));
  return index === -1 ? null : `value.${index} is no number and no {at, value}`;
}

function typeOf(given: unknown): TelemetryType | null {
  return telemetryTypes.find((type) => type === given) ?? null;
}

/** Reads a record as a machine sent it. Whatever it is, something comes out: what is malformed is kept, and flagged. */
export function readTelemetry(given: Readonly<Record<string, unknown>>): TelemetryRecord {
  const group = nameOf(given.group);
  const name = nameOf(given.name);
  const type = typeOf(given.type);
  const problems = [
    group === null ? `group is not a text of 1 to ${maxName} characters` : null,
    name === null ? `name is not a text of 1 to ${maxName} characters` : null,
    type === null ? `type is none of ${telemetryTypes.join(', ')}` : valueProblem(type, given.value),
  ].filter((problem) => problem !== null);
  if (problems.length === 0) return { group, type, name, value: given.value, flagReason: null };
  return { group, type, name, value: keptValue(given.value), flagReason: problems.join('; ') };
}

function keptValue(value: unknown): unknown {
  const text = JSON.stringify(value ?? null);
  return text.length <= maxKept ? (value ?? null) : text.slice(0, maxKept).toWellFormed();
}
