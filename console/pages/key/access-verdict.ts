import type { AccessAdvice } from '../../types.ts';

export interface ScopeUse {
  readonly name: string;
  readonly requests: number;
  readonly lastUsedAt: string | null;
  /** The used scope that brings it along, so that it cannot be left out. */
  readonly broughtBy: string | null;
}

export interface AccessVerdict {
  /** Those used last first. */
  readonly used: readonly ScopeUse[];
  /** Never called for, but part of a used one. */
  readonly brought: readonly ScopeUse[];
  readonly unused: readonly ScopeUse[];
  /**
   * `silent`: no request, so nothing can be said. `tight`: everything is used. `unclear`: requests needed no
   * scope, or several at once, which are not counted apart. `narrower`: there is a replacement with less.
   */
  readonly kind: 'silent' | 'tight' | 'unclear' | 'narrower';
}

/** What the advice comes down to. `impliesOf` tells which scopes come with one. */
export function verdictOf(
  advice: Pick<AccessAdvice, 'scopes' | 'replaceWith' | 'replay'>,
  impliesOf: (scope: string) => readonly string[],
): AccessVerdict {
  const used = advice.scopes.filter(({ requests }) => requests > 0);
  const bringerOf = (name: string) =>
    used.find((other) => other.name !== name && impliesOf(other.name).includes(name))?.name ?? null;
  const rest = advice.scopes
    .filter(({ requests }) => requests === 0)
    .map((use) => ({ ...use, broughtBy: bringerOf(use.name) }));
  const unused = rest.filter(({ broughtBy }) => broughtBy === null);
  return {
    used: used
      .map((use) => ({ ...use, broughtBy: null }))
      .sort((a, b) => (b.lastUsedAt ?? '').localeCompare(a.lastUsedAt ?? '')),
    brought: rest.filter(({ broughtBy }) => broughtBy !== null),
    unused,
    kind: kindOf(advice, unused.length),
  };
}

function kindOf(
  { replay, replaceWith }: Pick<AccessAdvice, 'replaceWith' | 'replay'>,
  unused: number,
): AccessVerdict['kind'] {
  if (replaceWith !== null) return 'narrower';
  if (replay.requests === 0) return 'silent';
  return unused === 0 ? 'tight' : 'unclear';
}
