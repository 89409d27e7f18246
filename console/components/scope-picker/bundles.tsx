import { SlidersHorizontal } from 'lucide-react';
import { cn } from '@/lib/cn.ts';
import { plural } from '@/lib/format.ts';
import type { Scope, ScopeBundle } from '@/types.ts';
import { Button } from '../ui/button.tsx';

interface BundleCardsProps {
  readonly bundles: readonly ScopeBundle[];
  readonly catalogue: readonly Scope[];
  readonly chosen: string | null;
  refusalOf(scope: string): string | null;
  onChoose(name: string): void;
  /** Goes on one by one, with the bundle's scopes ticked. */
  onAdjust(name: string): void;
}

/** Ready-made choices. What is in the chosen one is listed below the cards. */
export function BundleCards(props: BundleCardsProps) {
  const { bundles, catalogue, chosen, refusalOf, onChoose, onAdjust } = props;
  const labelOf = (scope: string) => catalogue.find(({ name }) => name === scope)?.label ?? scope;
  const shown = bundles.find(({ name }) => name === chosen);
  return (
    <>
      <fieldset className="grid gap-2 sm:grid-cols-2">
        <legend className="sr-only">Bundle</legend>
        {bundles.map((bundle) => {
          const refused = bundle.scopes.filter((scope) => refusalOf(scope) !== null);
          return (
            <BundleCard
              key={bundle.name}
              bundle={bundle}
              isChosen={bundle.name === chosen}
              refused={refused.map(labelOf)}
              reason={refused[0] ? refusalOf(refused[0]) : null}
              onChoose={() => onChoose(bundle.name)}
              onAdjust={() => onAdjust(bundle.name)}
            />
          );
        })}
      </fieldset>
      {shown && (
        <div className="rounded-lg border border-line px-3 py-2.5">
          <div className="flex flex-wrap items-center justify-between gap-2">
            <h3 className="font-medium">What {shown.label} holds</h3>
            <Button size="sm" onClick={() => onAdjust(shown.name)}>
              <SlidersHorizontal aria-hidden />
              Adjust one by one
            </Button>
          </div>
          <ul className="mt-2 grid gap-x-6 gap-y-0.5 sm:grid-cols-2">
            {shown.scopes.map((scope) => (
              <li key={scope} className="flex min-w-0 items-baseline justify-between gap-2">
                <span className="truncate">{labelOf(scope)}</span>
                <code className="shrink-0 font-mono text-muted text-xs">{scope}</code>
              </li>
            ))}
          </ul>
        </div>
      )}
    </>
  );
}

interface BundleCardProps {
  readonly bundle: ScopeBundle;
  readonly isChosen: boolean;
  /** Labels of what it holds and may not be given. */
  readonly refused: readonly string[];
  readonly reason: string | null;
  onChoose(): void;
  onAdjust(): void;
}

function BundleCard({ bundle, isChosen, refused, reason, onChoose, onAdjust }: BundleCardProps) {
  const isRefused = refused.length > 0;
  const more = refused.length > 3 ? ` and ${refused.length - 3} more` : '';
  return (
    <div
      className={cn(
        'flex flex-col rounded-lg border border-line-strong',
        isChosen && 'border-accent bg-accent-soft',
        isRefused && 'border-line bg-sunken',
      )}
    >
      <label
        className={cn(
          'flex-1 cursor-pointer rounded-lg px-3 py-2.5 has-focus-visible:outline-2 has-focus-visible:outline-accent has-focus-visible:outline-offset-2',
          isRefused && 'cursor-not-allowed',
        )}
      >
        <span className="flex items-center gap-2">
          <input
            type="radio"
            name="bundle"
            className="size-4 shrink-0 accent-(--accent)"
            checked={isChosen}
            disabled={isRefused}
            onChange={onChoose}
          />
          <span className="font-medium">{bundle.label}</span>
          <span className="ml-auto text-muted text-sm">{plural(bundle.scopes.length, 'scope')}</span>
        </span>
        <span className="mt-1 block text-muted text-sm">{bundle.description}</span>
        {isRefused && (
          <span className="mt-1 block text-amber-ink text-sm">
            Holds {refused.slice(0, 3).join(', ')}
            {more}. {reason}
          </span>
        )}
      </label>
      {isRefused && refused.length < bundle.scopes.length && (
        <div className="px-3 pb-2.5">
          <Button size="sm" onClick={onAdjust}>
            Take the rest of it
          </Button>
        </div>
      )}
    </div>
  );
}
