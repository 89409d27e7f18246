/** The part of a type before its dot: `key` of `key.revoked`. */
export const groupOf = (type: string) => type.split('.')[0]!;

const isOfGroup = (pattern: string, group: string) => groupOf(pattern) === group;

/** Whether the patterns take in the whole group, also what may be added to it some day. */
export function coversGroup(patterns: readonly string[], group: string): boolean {
  return patterns.includes('*') || patterns.includes(`${group}.*`);
}

export function coversType(patterns: readonly string[], type: string): boolean {
  return patterns.includes(type) || coversGroup(patterns, groupOf(type));
}

/** With a group as a whole, or without any of it. */
export function toggleGroup(patterns: readonly string[], group: string, isWanted: boolean): string[] {
  const others = patterns.filter((pattern) => !isOfGroup(pattern, group));
  return isWanted ? [...others, `${group}.*`] : others;
}

/** With one type more or less. A whole group becomes its other types when one of them is left out. */
export function toggleType(
  patterns: readonly string[],
  type: string,
  isWanted: boolean,
  known: readonly string[],
): string[] {
  if (isWanted) return [...patterns, type];
  const group = groupOf(type);
  if (!patterns.includes(`${group}.*`)) return patterns.filter((pattern) => pattern !== type);
  const rest = known.filter((other) => isOfGroup(other, group) && other !== type);
  return [...patterns.filter((pattern) => !isOfGroup(pattern, group)), ...rest];
}
