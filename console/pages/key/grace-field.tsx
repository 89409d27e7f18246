import { Field, Input, Select } from '@/components/ui/field.tsx';
import { formatExact, formatRelative } from '@/lib/format.ts';
import { useNow } from '@/lib/now.ts';
import {
  endOfGrace,
  type Grace,
  type GraceUnit,
  graceChoices,
  graceSeconds,
  graceUnits,
} from '@/lib/rotation.ts';
import type { Key } from '@/types.ts';

interface GraceFieldProps {
  readonly apiKey: Key;
  readonly value: Grace;
  onChange(value: Grace): void;
  readonly error?: string;
  /** What goes on until then: "The old secret". */
  readonly what: string;
}

/** How long something old goes on beside the new. Says when it ends. */
export function GraceField({ apiKey, value, onChange, error, what }: GraceFieldProps) {
  const now = useNow();
  const seconds = graceSeconds(value);
  const isWrong = seconds === null;
  return (
    <div className="flex flex-col gap-2">
      <div className="flex flex-wrap items-end gap-2">
        <Field label="Grace period" error={error} className="min-w-48 flex-1">
          <Select
            value={value.choice}
            onChange={(event) => onChange({ ...value, choice: event.target.value as Grace['choice'] })}
          >
            {graceChoices.map(({ value: choice, label }) => (
              <option key={choice} value={choice}>
                {label}
              </option>
            ))}
          </Select>
        </Field>
        {value.choice === 'custom' && (
          <>
            <Field label="Time" className="w-24">
              <Input
                type="number"
                inputMode="decimal"
                min={0}
                step="any"
                required
                value={value.amount}
                aria-invalid={isWrong || undefined}
                onChange={(event) => onChange({ ...value, amount: event.target.value })}
              />
            </Field>
            <Field label="Unit" className="w-28">
              <Select
                value={value.unit}
                onChange={(event) => onChange({ ...value, unit: event.target.value as GraceUnit })}
              >
                {Object.keys(graceUnits).map((unit) => (
                  <option key={unit}>{unit}</option>
                ))}
              </Select>
            </Field>
          </>
        )}
      </div>
      <p role="status" className={seconds === null ? 'text-red-ink text-sm' : 'text-muted text-sm'}>
        {sentence(seconds, apiKey, now, what)}
      </p>
    </div>
  );
}

function sentence(seconds: number | null, key: Key, now: number, what: string): string {
  if (seconds === null) return 'Choose a time of at most 30 days.';
  if (seconds === 0) return `${what} stops at once: whatever still sends it is refused with 401.`;
  const endsAt = endOfGrace(seconds, key, now);
  const isCut = endsAt < now + seconds * 1_000;
  const until = `${what} works until ${formatExact(endsAt)} (${formatRelative(endsAt, now)})`;
  return isCut ? `${until}, when the key itself ends.` : `${until}.`;
}
