import { useCallback, useSyncExternalStore } from 'react';

const listeners = new Set<() => void>();

function read(name: string): string | null {
  try {
    return localStorage.getItem(`keyward.${name}`);
  } catch {
    return null;
  }
}

/** Something small about how this browser shows the console: theme, hidden columns. Never data. null: the default. */
export function usePreference(name: string): [string | null, (value: string | null) => void] {
  const value = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      addEventListener('storage', listener);
      return () => {
        listeners.delete(listener);
        removeEventListener('storage', listener);
      };
    },
    () => read(name),
  );
  const write = useCallback(
    (next: string | null) => {
      try {
        if (next === null) localStorage.removeItem(`keyward.${name}`);
        else localStorage.setItem(`keyward.${name}`, next);
      } catch {
        // A browser that keeps nothing shows the default.
      }
      for (const listener of listeners) listener();
    },
    [name],
  );
  return [value, write];
}
