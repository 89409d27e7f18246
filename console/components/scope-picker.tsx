import { useQuery } from '@tanstack/react-query';
import { useId } from 'react';
import { bundlesQuery, scopesQuery } from '@/queries/catalogue.ts';
import type { Scope } from '@/types.ts';
import { BundleCards } from './scope-picker/bundles.tsx';
import { inheritsAll, mayInherit, type ScopeChoice } from './scope-picker/choice.ts';
import { CompareWithBundle } from './scope-picker/compare.tsx';
import { ScopeList } from './scope-picker/list.tsx';
import { Alert } from './ui/alert.tsx';
import { Badge } from './ui/badge.tsx';
import { Skeleton } from './ui/skeleton.tsx';

export { noScopes, type ScopeChoice } from './scope-picker/choice.ts';

interface ScopePickerProps {
  readonly value: ScopeChoice;
  onChange(value: ScopeChoice): void;
  /** Why a scope cannot be given, as a sentence; null: it can. */
  refusalOf?(scope: string): string | null;
  readonly error?: string | null;
}

const givesAll = () => null;

/** What a key may do: by a bundle, or scope by scope. */
export function ScopePicker({ value, onChange, refusalOf = givesAll, error }: ScopePickerProps) {
  const { data: catalogue } = useQuery(scopesQuery);
  const { data: bundles } = useQuery(bundlesQuery);
  if (!catalogue || !bundles) return <Skeleton className="h-64 w-full" />;
  const adjust = (name: string) => {
    const scopes = bundles.find((bundle) => bundle.name === name)?.scopes ?? [];
    onChange({ mode: 'list', bundle: name, ticks: scopes.filter((scope) => refusalOf(scope) === null) });
  };
  return (
    <div className="flex flex-col gap-3">
      <ModeSwitch mode={value.mode} onChange={(mode) => onChange({ ...value, mode })} />
      {error && <p className="text-red-ink text-sm">{error}</p>}
      {value.mode === 'bundle' ? (
        <BundleCards
          bundles={bundles}
          catalogue={catalogue}
          chosen={value.bundle}
          refusalOf={refusalOf}
          onChoose={(bundle) => onChange({ ...value, bundle })}
          onAdjust={adjust}
        />
      ) : (
        <>
          {inheritsAll(value) && (
            <NothingTicked catalogue={catalogue} mayInherit={mayInherit(catalogue, refusalOf)} />
          )}
          <ScopeList
            catalogue={catalogue}
            ticks={value.ticks}
            refusalOf={refusalOf}
            onChange={(ticks) => onChange({ ...value, ticks })}
          />
          {value.ticks.length > 0 && (
            <CompareWithBundle
              bundles={bundles}
              catalogue={catalogue}
              ticks={value.ticks}
              chosen={value.bundle}
              onChoose={(bundle) => onChange({ ...value, bundle })}
            />
          )}
        </>
      )}
    </div>
  );
}

function NothingTicked({
  catalogue,
  mayInherit: isAllowed,
}: {
  readonly catalogue: readonly Scope[];
  readonly mayInherit: boolean;
}) {
  if (!isAllowed) {
    return (
      <Alert tone="amber" role="status" title="Nothing is ticked">
        A key without scopes would inherit everything, which is more than you may give it here. Tick what the
        program needs.
      </Alert>
    );
  }
  const count = catalogue.filter(({ inheritable }) => inheritable).length;
  return (
    <Alert tone="amber" role="status" title="Nothing is ticked: the key inherits everything">
      It gets every scope that may be inherited, {count} of them now, and those that later versions bring.
      Tick what the program needs instead.
    </Alert>
  );
}

function ModeSwitch({
  mode,
  onChange,
}: {
  readonly mode: ScopeChoice['mode'];
  onChange(mode: ScopeChoice['mode']): void;
}) {
  const name = useId();
  const choices = [
    ['list', 'One by one'],
    ['bundle', 'By bundle'],
  ] as const;
  return (
    <fieldset className="flex flex-wrap items-center gap-x-5 gap-y-2">
      <legend className="sr-only">How to choose scopes</legend>
      {choices.map(([value, label]) => (
        <label key={value} className="inline-flex items-center gap-2">
          <input
            type="radio"
            name={name}
            className="size-4 accent-(--accent)"
            checked={mode === value}
            onChange={() => onChange(value)}
          />
          <span className="whitespace-nowrap">{label}</span>
          {value === 'list' && <Badge tone="green">Recommended for production</Badge>}
        </label>
      ))}
    </fieldset>
  );
}
