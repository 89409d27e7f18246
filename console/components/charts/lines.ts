import type { Interval } from '@/lib/ranges.ts';
import type { ColorName } from './colors.ts';

/** One value for each point in time. */
export interface Line {
  /** Stands at its end, or at the end of what it fills. */
  readonly label: string;
  /** In its place where there is little room. */
  readonly short: string;
  readonly values: readonly (number | null)[];
  readonly color: ColorName;
  readonly dash?: readonly number[];
  /** It is no line: what is below it is filled. */
  readonly fill?: ColorName;
}

/** What lies between two lines, by their places in the list; it is hatched. */
export interface Area {
  readonly label: string;
  readonly short: string;
  readonly upper: number;
  readonly lower: number;
  readonly color: ColorName;
}

/** Points in time that lie beside each other, in epoch ms. */
export interface TimeSpan {
  readonly starts: readonly number[];
  readonly interval: Interval;
  /** What comes after is not known yet, and not drawn. */
  readonly until: number;
  readonly to: number;
}
