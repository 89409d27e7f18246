import { usePreference } from '@/lib/preference.ts';

export type Theme = 'system' | 'light' | 'dark';

function set(value: string | null): void {
  const { dataset } = document.documentElement;
  if (value === 'light' || value === 'dark') dataset.theme = value;
  else delete dataset.theme;
}

/** Before the first paint of React. */
export function applyTheme(): void {
  try {
    set(localStorage.getItem('keyward.theme'));
  } catch {
    // The theme of the system, then.
  }
}

export function useTheme(): readonly [Theme, (theme: Theme) => void] {
  const [value, setValue] = usePreference('theme');
  const theme: Theme = value === 'light' || value === 'dark' ? value : 'system';
  return [
    theme,
    (next) => {
      setValue(next === 'system' ? null : next);
      set(next);
    },
  ];
}
