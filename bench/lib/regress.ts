import { formatted, type Results } from './results.ts';
import type { Figure } from './scenario.ts';

/** What may be lost against the committed result before it counts. */
const tolerance = 0.2;

export interface Comparison {
  readonly lines: readonly string[];
  readonly hasFallen: boolean;
}

/** 1: as before; 0.8: a fifth worse, in whichever direction worse is. */
function standing(now: Figure, before: Figure): number {
  return now.isHigherBetter ? now.median / before.median : before.median / now.median;
}

/** Compares ratios within a run, not speeds: those of another machine say nothing. */
export function compareToBaseline(now: Results, before: Results): Comparison {
  const known = new Map(before.scenarios.flatMap(({ figures }) => figures).map((f) => [f.id, f]));
  const lines: string[] = [];
  let hasFallen = false;
  for (const figure of now.scenarios.flatMap(({ figures }) => figures)) {
    const committed = known.get(figure.id);
    if (!figure.isComparable || committed === undefined) continue;
    const share = standing(figure, committed);
    const isFallen = share < 1 - tolerance;
    hasFallen ||= isFallen;
    const change = `${share >= 1 ? '+' : ''}${Math.round((share - 1) * 100)} %`;
    const verdict = isFallen ? `  FELL by more than ${tolerance * 100} %` : '';
    lines.push(
      `  ${figure.label}: ${formatted(figure.median)}, committed ${formatted(committed.median)} (${change})${verdict}`,
    );
  }
  return { lines, hasFallen };
}
