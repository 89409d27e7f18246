import { setImmediate as nextTurn } from 'node:timers/promises';

const maxBusyMs = 5;

interface Sizes {
  readonly first: number;
  readonly largest: number;
  /** Looked at in all, where another way is better then. */
  readonly most?: number | undefined;
}

/**
 * Looks at keys, more with each step, until a step says that it was the last: answers true; or until `most` were
 * looked at. Whatever is looked for and however rare, nobody waits long for their turn.
 */
export async function inSteps(
  { first, largest, most = Number.POSITIVE_INFINITY }: Sizes,
  step: (size: number) => Promise<boolean>,
): Promise<boolean> {
  let busySince = performance.now();
  for (let seen = 0, size = first; seen < most; size = Math.min(size * 2, largest)) {
    if (await step(size)) return true;
    seen += size;
    if (performance.now() - busySince < maxBusyMs) continue;
    await nextTurn();
    busySince = performance.now();
  }
  return false;
}
