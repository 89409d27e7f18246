import { useMemo, useState } from 'react';

/** A copy of what is saved, to be changed and then saved or thrown away. */
export function useDraft<T extends object>(saved: T) {
  const [changes, setChanges] = useState<Partial<T>>({});
  const value = useMemo(() => ({ ...saved, ...changes }), [saved, changes]);
  const isChanged = JSON.stringify(value) !== JSON.stringify(saved);
  return {
    value,
    isChanged,
    set: (change: Partial<T>) => setChanges((before) => ({ ...before, ...change })),
    reset: () => setChanges({}),
  };
}

/** A whole number that was typed; null for anything else. */
export function wholeNumber(text: string): number | null {
  const trimmed = text.replaceAll(/[\s,_]/g, '');
  return /^\d{1,12}$/.test(trimmed) ? Number(trimmed) : null;
}
