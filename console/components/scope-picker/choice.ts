import type { Scope, ScopeBundle } from '@/types.ts';
import { expandScopes } from '../../../src/core/scopes.ts';

/** What stands in the form. */
export interface ScopeChoice {
  readonly mode: 'bundle' | 'list';
  /** Of `bundle`: the chosen one. Of `list`: the one to compare with; null: whichever is closest. */
  readonly bundle: string | null;
  /** Of `list`. */
  readonly ticks: readonly string[];
}

export const noScopes: ScopeChoice = { mode: 'list', bundle: null, ticks: [] };

/** The ticks without what others of them bring along: that is how a key keeps them. */
export function namedScopes(ticks: readonly string[], catalogue: readonly Scope[]): string[] {
  const brought = new Set(
    catalogue.filter(({ name }) => ticks.includes(name)).flatMap(({ implies }) => implies),
  );
  return ticks.filter((name) => !brought.has(name)).sort();
}

/** The scopes that a choice names, bundle or not; empty: everything is inherited. */
export function scopesOf(
  choice: ScopeChoice,
  catalogue: readonly Scope[],
  bundles: readonly ScopeBundle[],
): string[] {
  if (choice.mode === 'list') return namedScopes(choice.ticks, catalogue);
  return [...(bundles.find(({ name }) => name === choice.bundle)?.scopes ?? [])];
}

/** Nothing is named: the key would inherit. A bundle that is still to be chosen is no such choice. */
export function inheritsAll(choice: ScopeChoice): boolean {
  return choice.mode === 'list' && choice.ticks.length === 0;
}

/** Whether somebody may make a key that inherits: what they must not give is not in what it would get. */
export function mayInherit(
  catalogue: readonly Scope[],
  refusalOf: (scope: string) => string | null,
): boolean {
  return catalogue.every(({ name, inheritable }) => !inheritable || refusalOf(name) === null);
}

export const isUnfinished = (choice: ScopeChoice): boolean =>
  choice.mode === 'bundle' && choice.bundle === null;

/** The choice as the API takes it. */
export function scopeBody(
  choice: ScopeChoice,
  catalogue: readonly Scope[],
): { readonly bundle?: string; readonly scopes?: readonly string[] } {
  if (choice.mode === 'bundle') return choice.bundle === null ? {} : { bundle: choice.bundle };
  return { scopes: namedScopes(choice.ticks, catalogue) };
}

export interface Difference {
  readonly added: readonly string[];
  readonly missing: readonly string[];
}

const allOf = (catalogue: readonly Scope[]) => new Set(catalogue.map(({ name }) => name));

/** How ticks differ from a bundle in what they allow. */
export function differenceFrom(
  bundle: ScopeBundle,
  ticks: readonly string[],
  catalogue: readonly Scope[],
): Difference {
  const all = allOf(catalogue);
  const [own, its] = [expandScopes(ticks, all), expandScopes(bundle.scopes, all)];
  const without = (from: ReadonlySet<string>, other: ReadonlySet<string>) =>
    namedScopes(
      [...from].filter((name) => !other.has(name)),
      catalogue,
    );
  return { added: without(own, its), missing: without(its, own) };
}

/** The bundle that ticks are nearest to. */
export function closestBundle(
  bundles: readonly ScopeBundle[],
  ticks: readonly string[],
  catalogue: readonly Scope[],
): ScopeBundle | null {
  const distance = (bundle: ScopeBundle) => {
    const { added, missing } = differenceFrom(bundle, ticks, catalogue);
    return added.length + missing.length;
  };
  return bundles.reduce<ScopeBundle | null>(
    (best, one) => (best === null || distance(one) < distance(best) ? one : best),
    null,
  );
}
