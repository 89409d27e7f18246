import { Field, Input, Select } from '@/components/ui/field.tsx';
import { formatExact, formatRelative, plural } from '@/lib/format.ts';
import { useNow } from '@/lib/now.ts';
import type { OwnKeyPolicy } from '@/types.ts';
import { type ExpiryChoice, endOf, expiryOptions, expiryProblem, localField } from './expiry.ts';

interface ExpiryFieldProps {
  readonly value: ExpiryChoice;
  readonly policy: OwnKeyPolicy;
  readonly error?: string | null;
  onChange(value: ExpiryChoice): void;
}

/** When the key ends by itself. */
export function ExpiryField({ value, policy, error, onChange }: ExpiryFieldProps) {
  const now = useNow();
  const options = expiryOptions(policy);
  const kind = options.some((option) => option.value === value.kind) ? value.kind : 'default';
  const end = endOf({ ...value, kind }, policy, now);
  const problem = value.kind === 'date' && value.date === '' ? null : expiryProblem(value, policy, now);
  return (
    <div className="grid gap-3 sm:grid-cols-2">
      <Field
        label="It ends"
        error={kind === 'date' ? null : (error ?? problem)}
        hint={
          end !== null && Number.isFinite(end) && end > now
            ? `${formatExact(end)}, ${formatRelative(end, now)}`
            : ruleOf(policy)
        }
      >
        <Select
          value={kind}
          onChange={(event) => onChange({ ...value, kind: event.target.value as ExpiryChoice['kind'] })}
        >
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </Select>
      </Field>
      {kind === 'date' && (
        <Field label="Moment" hint="In the time zone of this browser." error={error ?? problem}>
          <Input
            type="datetime-local"
            value={value.date}
            min={localField(now)}
            onChange={(event) => onChange({ kind: 'date', date: event.target.value })}
          />
        </Field>
      )}
    </div>
  );
}

function ruleOf({ maxAgeDays, maxAgeAction }: OwnKeyPolicy): string {
  if (maxAgeDays === null) return 'It can be given an end later, too.';
  return maxAgeAction === 'enforce'
    ? `Its secret has to be rotated within ${plural(maxAgeDays, 'day')} all the same: an older one is refused.`
    : `Its secret is due for rotation after ${plural(maxAgeDays, 'day')} all the same.`;
}
