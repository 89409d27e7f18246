import { useQuery } from '@tanstack/react-query';
import { cn } from '@/lib/cn.ts';
import { formatCount } from '@/lib/format.ts';
import { tiersQuery } from '@/queries/catalogue.ts';
import { type RateLimit, type TierName, tierNamed } from '../../src/core/tiers.ts';
import {
  isAbove,
  type LimitChoice,
  type LimitField,
  limitFields,
  limitOf,
  limitProblems,
  limitSentences,
} from './limit-picker/limits.ts';
import { Field, Input } from './ui/field.tsx';
import { Skeleton } from './ui/skeleton.tsx';

interface LimitPickerProps {
  readonly value: LimitChoice;
  onChange(value: LimitChoice): void;
  /** What the person may give; left out: everything. */
  readonly allowed?: readonly TierName[];
  readonly ceiling?: RateLimit | null;
  readonly error?: string | null;
  /** What the server said of a number of its own. */
  readonly errors?: Partial<Record<LimitField, string>>;
}

const fieldLabels: Readonly<Record<LimitField, string>> = {
  perMinute: 'Requests a minute',
  burst: 'More in a burst',
  perDay: 'Requests a day',
};

/** A tier, or numbers of one's own, with what they mean in sentences. */
export function LimitPicker({
  value,
  onChange,
  allowed,
  ceiling = null,
  error,
  errors = {},
}: LimitPickerProps) {
  const { data: tiers } = useQuery(tiersQuery);
  const problems = limitProblems(value, ceiling);
  const limit = limitOf(value);
  if (!tiers) return <Skeleton className="h-32 w-full" />;
  const whyNot = (tier: TierName): string | null => {
    if (allowed && !allowed.includes(tier)) return 'The key policy does not let your role give it.';
    const its = tierNamed(tier);
    return its && isAbove(its, ceiling) ? 'Is above the ceiling of this environment.' : null;
  };
  return (
    <div className="flex flex-col gap-3">
      <fieldset className="grid gap-2 sm:grid-cols-2 xl:grid-cols-4">
        <legend className="sr-only">Tier</legend>
        {tiers.map((tier) => (
          <TierCard
            key={tier.name}
            label={tier.label}
            numbers={
              tier.perMinute === null
                ? ['Numbers of your own']
                : [`${formatCount(tier.perMinute)} a minute`, `${formatCount(tier.perDay!)} a day`]
            }
            advice={tier.name === 'custom' ? 'Where no tier fits.' : tier.advice}
            reason={whyNot(tier.name)}
            isChosen={value.tier === tier.name}
            onChoose={() => onChange({ ...value, tier: tier.name })}
          />
        ))}
      </fieldset>
      {value.tier === 'custom' && (
        <div className="grid gap-3 sm:grid-cols-3">
          {limitFields.map((field) => (
            <Field key={field} label={fieldLabels[field]} error={problems[field] ?? errors[field]}>
              <Input
                inputMode="numeric"
                value={value[field]}
                onChange={(event) => onChange({ ...value, [field]: event.target.value })}
              />
            </Field>
          ))}
        </div>
      )}
      {error && <p className="text-red-ink text-sm">{error}</p>}
      <p className="text-muted text-sm" aria-live="polite">
        {limit ? limitSentences(limit).join(' ') : 'Fill in three numbers that go together.'}
      </p>
    </div>
  );
}

interface TierCardProps {
  readonly label: string;
  readonly numbers: readonly string[];
  readonly advice: string;
  readonly reason: string | null;
  readonly isChosen: boolean;
  onChoose(): void;
}

function TierCard({ label, numbers, advice, reason, isChosen, onChoose }: TierCardProps) {
  return (
    <label
      className={cn(
        'flex cursor-pointer flex-col rounded-lg border border-line-strong px-3 py-2.5 hover:border-muted has-checked:border-accent has-checked:bg-accent-soft has-focus-visible:outline-2 has-focus-visible:outline-accent has-focus-visible:outline-offset-2',
        reason && 'cursor-not-allowed border-line bg-sunken hover:border-line',
      )}
    >
      <span className="flex items-center gap-2 font-medium">
        <input
          type="radio"
          name="tier"
          className="size-4 shrink-0 accent-(--accent)"
          checked={isChosen}
          disabled={reason !== null}
          onChange={onChoose}
        />
        {label}
      </span>
      <span className="mt-1 text-sm">
        {numbers.map((line) => (
          <span key={line} className="block">
            {line}
          </span>
        ))}
      </span>
      <span className="text-muted text-sm">{reason ?? advice}</span>
    </label>
  );
}
