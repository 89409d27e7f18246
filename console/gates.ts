/**
 * What stands between a request and its answer: `sign-in` when the session has ended, `confirm` when the last
 * confirmation of the password is too old. One dialog serves all requests that wait for it.
 */
export type Gate = 'sign-in' | 'confirm';

export interface OpenGate {
  readonly gate: Gate;
  /** `true`: try again. `false`: the person gave up, and the refusal stands. */
  settle(hasPassed: boolean): void;
}

let open: (OpenGate & { readonly passed: Promise<boolean> }) | null = null;
/** Who has closed the sign-in is not asked again by what the page fetches by itself. */
let isDeclined = false;
const listeners = new Set<() => void>();

function publish(): void {
  for (const listener of listeners) listener();
}

/** `isBackground`: nobody has asked for it just now. */
export function passGate(gate: Gate, isBackground: boolean): Promise<boolean> {
  if (open?.gate === gate) return open.passed;
  if (isBackground && isDeclined) return Promise.resolve(false);
  // A session that ended swallows the question for the password: who signs in has just given it.
  open?.settle(false);
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const settle = (hasPassed: boolean) => {
    if (open?.passed === promise) open = null;
    if (gate === 'sign-in') isDeclined = !hasPassed;
    resolve(hasPassed);
    publish();
  };
  open = { gate, settle, passed: promise };
  publish();
  return promise;
}

/** For a new page: what it needs may ask once more. */
export function forgetDeclined(): void {
  isDeclined = false;
}

export function subscribeToGates(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function openGate(): OpenGate | null {
  return open;
}
