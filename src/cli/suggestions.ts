import type { Option } from 'commander';

const suggestions = new WeakMap<Option, readonly string[]>();

/** Values that completion offers although others are allowed too, unlike `choices`. */
export function suggest(option: Option, values: readonly string[]): Option {
  suggestions.set(option, values);
  return option;
}

export function valuesOf(option: Option): readonly string[] {
  return option.argChoices ?? suggestions.get(option) ?? [];
}
