import { type ClassValue, clsx } from 'clsx';
import { extendTailwindMerge } from 'tailwind-merge';

const merge = extendTailwindMerge({});

/** Class names, of which later ones win over earlier ones that say the same. */
export function cn(...classes: ClassValue[]): string {
  return merge(clsx(classes));
}
