import { lazy, type ReactNode, Suspense, useRef, useSyncExternalStore } from 'react';

interface ToastText {
  readonly title: string;
  readonly text?: ReactNode;
  readonly tone?: 'plain' | 'red';
  /** "Undo", "Show": closes the notice, too. */
  readonly action?: { readonly label: string; run(): void };
}

export interface Shown extends ToastText {
  readonly id: number;
}

let shown: readonly Shown[] = [];
let lastId = 0;
const listeners = new Set<() => void>();

function set(next: readonly Shown[]): void {
  shown = next;
  for (const listener of listeners) listener();
}

/** Says something that happened, in a corner. It goes by itself, so nothing important may stand only here. */
export function toast(text: ToastText): void {
  lastId++;
  set([...shown.slice(-2), { ...text, id: lastId }]);
}

export function dismiss({ id }: Shown): void {
  set(shown.filter((other) => other.id !== id));
}

const Toasts = lazy(() => import('./toasts.tsx'));

/** Loads what shows them when there is a first one. */
export function Toaster() {
  const list = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => shown,
  );
  const isNeeded = useRef(false);
  isNeeded.current ||= list.length > 0;
  if (!isNeeded.current) return null;
  return (
    <Suspense>
      <Toasts list={list} />
    </Suspense>
  );
}
