/** One measured number: the median of its rounds, with all of them. */
export interface Figure {
  /** `scenario.what`, for good: results of different days are compared by it. */
  readonly id: string;
  readonly label: string;
  readonly unit: string;
  readonly median: number;
  readonly low: number;
  readonly high: number;
  readonly rounds: readonly number[];
  readonly isHigherBetter: boolean;
  /** Made of two things of the same run, and steady: what may be compared between machines. */
  readonly isComparable: boolean;
  readonly goal?: { readonly atLeast: number } | { readonly atMost: number };
  readonly note?: string;
}

/** What could not be measured here, and why. */
export interface Skipped {
  readonly what: string;
  readonly why: string;
}

export interface Findings {
  readonly figures: readonly Figure[];
  readonly skipped: readonly Skipped[];
}

/** What a scenario gets: how long it may take, and where it may work. */
export interface Bench {
  readonly isQuick: boolean;
  /** Rounds of each contender; they alternate. */
  readonly rounds: number;
  /** How long one contender is measured in one round. */
  readonly roundMs: number;
  /** How many keys the scenario `million` works with, one size after the other. */
  /** Rows that `log-history` makes. */
  readonly logRows: number;
  readonly keyCounts: readonly number[];
  /** A directory of this scenario's own, removed after it. */
  readonly directory: string;
  /** Where the keys of `million` are kept from run to run; null: made anew, in `directory`. */
  readonly kept: string | null;
  say(line: string): void;
}

export interface Scenario {
  readonly name: string;
  readonly title: string;
  /** Whether the short form has it too. */
  readonly isInQuick: boolean;
  run(bench: Bench): Promise<Findings>;
}
