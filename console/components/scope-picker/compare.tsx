import { Minus, Plus } from 'lucide-react';
import type { Scope, ScopeBundle } from '@/types.ts';
import { Field, Select } from '../ui/field.tsx';
import { closestBundle, differenceFrom } from './choice.ts';

interface CompareProps {
  readonly bundles: readonly ScopeBundle[];
  readonly catalogue: readonly Scope[];
  readonly ticks: readonly string[];
  /** null: the closest. */
  readonly chosen: string | null;
  onChoose(bundle: string | null): void;
}

/** How what is ticked differs from a bundle. */
export function CompareWithBundle({ bundles, catalogue, ticks, chosen, onChoose }: CompareProps) {
  const closest = closestBundle(bundles, ticks, catalogue);
  const bundle = bundles.find(({ name }) => name === chosen) ?? closest;
  if (bundle === null) return null;
  const { added, missing } = differenceFrom(bundle, ticks, catalogue);
  const labelsOf = (scopes: readonly string[]) =>
    scopes.map((scope) => catalogue.find(({ name }) => name === scope)?.label ?? scope);
  const isSame = added.length + missing.length === 0;
  return (
    <div className="rounded-lg border border-line bg-sunken px-3 py-2.5">
      <Field label="Compare with the bundle" className="flex-row flex-wrap items-center gap-x-3">
        <Select
          className="w-52"
          value={chosen ?? ''}
          onChange={(event) => onChoose(event.target.value || null)}
        >
          <option value="">{closest ? `The closest: ${closest.label}` : 'The closest'}</option>
          {bundles.map(({ name, label }) => (
            <option key={name} value={name}>
              {label}
            </option>
          ))}
        </Select>
      </Field>
      <div className="mt-2 text-sm" role="status">
        {isSame ? (
          <p>This is what {bundle.label} holds.</p>
        ) : (
          <>
            <Words icon="plus" lead={`More than ${bundle.label}:`} labels={labelsOf(added)} />
            <Words icon="minus" lead={`In ${bundle.label}, and not ticked:`} labels={labelsOf(missing)} />
          </>
        )}
      </div>
    </div>
  );
}

const icons = { plus: Plus, minus: Minus };

function Words({
  icon,
  lead,
  labels,
}: {
  readonly icon: keyof typeof icons;
  readonly lead: string;
  readonly labels: readonly string[];
}) {
  if (labels.length === 0) return null;
  const Icon = icons[icon];
  return (
    <p className="flex gap-1.5 py-0.5">
      <Icon className="mt-0.5 size-4 shrink-0 text-muted" aria-hidden />
      <span>
        <span className="text-muted">{lead}</span> {labels.join(', ')}
      </span>
    </p>
  );
}
