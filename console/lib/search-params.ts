import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback } from 'react';

export type SearchParams = Readonly<Record<string, string | undefined>>;

/** Plain `?status=active&env=sandbox`: every value is a text, and what is empty is left out. */
export function parseSearch(search: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(search));
}

export function stringifySearch(search: Record<string, unknown>): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(search)) {
    if (value !== undefined && value !== null && value !== '') params.set(name, String(value));
  }
  return params.size > 0 ? `?${params}` : '';
}

type Change = (changes: SearchParams, how?: 'step') => void;

/**
 * The filters of a page, which live in its address. A change replaces the entry of the history; a `step` is one that
 * people go back from: something that was opened.
 */
export function useFilters(): readonly [SearchParams, Change] {
  const search = useSearch({ strict: false }) as SearchParams;
  const navigate = useNavigate();
  const change = useCallback(
    (changes: SearchParams, how?: 'step') =>
      void navigate({
        to: '.',
        search: (before: SearchParams) => ({ ...before, ...changes }),
        replace: how !== 'step',
        resetScroll: false,
      }),
    [navigate],
  );
  return [search, change];
}
