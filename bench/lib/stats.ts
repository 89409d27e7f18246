import type { Figure } from './scenario.ts';

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
}

type About = Pick<Figure, 'id' | 'label' | 'unit'> &
  Partial<Pick<Figure, 'goal' | 'note' | 'isHigherBetter' | 'isComparable'>>;

/** The figure of a contender's rounds. Higher is better unless told otherwise. */
export function figure(about: About, rounds: readonly number[]): Figure {
  return {
    isHigherBetter: true,
    isComparable: false,
    ...about,
    median: median(rounds),
    low: Math.min(...rounds),
    high: Math.max(...rounds),
    rounds,
  };
}

/** Compares round by round, so that a machine that slows down during the run slows down both sides. */
export function ratio(
  about: Omit<About, 'unit'>,
  ours: readonly number[],
  theirs: readonly number[],
): Figure {
  const rounds = ours.map((value, i) => value / theirs[i]!);
  return figure({ ...about, unit: '×' }, rounds);
}

/** A ratio of processor times, theirs to ours, which is what may be compared with that of another day or machine. */
export function cpuRatio(
  about: Omit<About, 'unit'>,
  theirs: readonly number[],
  ours: readonly number[],
): Figure {
  return ratio({ isComparable: true, ...about }, theirs, ours);
}

export function differences(ours: readonly number[], theirs: readonly number[]): number[] {
  return ours.map((value, i) => value - theirs[i]!);
}

export function meetsGoal({ median: value, goal }: Figure): boolean | null {
  if (goal === undefined) return null;
  return 'atLeast' in goal ? value >= goal.atLeast : value <= goal.atMost;
}
