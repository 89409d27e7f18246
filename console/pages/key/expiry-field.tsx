import { Field, Input, Select } from '@/components/ui/field.tsx';
import { formatRelative } from '@/lib/format.ts';
import { toLocalInput } from '@/lib/local-time.ts';
import { useNow } from '@/lib/now.ts';

interface ExpiryFieldProps {
  /** A time here, such as `2026-11-22T13:45`; '' is never. */
  readonly value: string;
  onChange(value: string): void;
  readonly error?: string;
  readonly autoFocus?: boolean;
}

const dayMs = 86_400_000;

/** When a key stops by itself. */
export function ExpiryField({ value, onChange, error, autoFocus }: ExpiryFieldProps) {
  const now = useNow();
  const at = value === '' ? Number.NaN : new Date(value).getTime();
  const isPast = at <= now;
  return (
    <div className="flex flex-wrap items-start gap-2">
      <Field label="Expires" className="min-w-36 flex-1">
        <Select
          value={value === '' ? 'never' : 'at'}
          autoFocus={autoFocus}
          onChange={(event) =>
            onChange(
              event.target.value === 'never' ? '' : toLocalInput(new Date(now + 90 * dayMs).toISOString()),
            )
          }
        >
          <option value="never">Never</option>
          <option value="at">At a time</option>
        </Select>
      </Field>
      {value !== '' && (
        <Field
          label="Time"
          className="min-w-52 flex-1"
          error={error ?? (isPast ? 'This time is over: choose a later one.' : null)}
          hint={isPast || Number.isNaN(at) ? undefined : `Expires ${formatRelative(at, now)}.`}
        >
          <Input
            type="datetime-local"
            required
            value={value}
            onChange={(event) => onChange(event.target.value)}
          />
        </Field>
      )}
    </div>
  );
}
