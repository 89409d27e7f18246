import type { Argument, Command, Option } from 'commander';
import { valuesOf } from '../suggestions.ts';

export interface OptionWord {
  readonly flag: string;
  readonly description: string;
  readonly takesValue: boolean;
  readonly values: readonly string[];
}

/** A command as a shell sees it: what may follow its words. */
export interface CommandWords {
  /** From the program's name on: `keyward keys list`. */
  readonly path: string;
  readonly children: readonly { readonly name: string; readonly description: string }[];
  readonly options: readonly OptionWord[];
  /** What the arguments may be, where that is a closed set. */
  readonly values: readonly string[];
  /** Whether some argument is a file or folder. */
  readonly takesFiles: boolean;
}

/** The command and all below it, parents first. */
export function treeOf(command: Command, above = ''): CommandWords[] {
  const path = above === '' ? command.name() : `${above} ${command.name()}`;
  const shown = command
    .createHelp()
    .visibleCommands(command)
    .filter((child) => child.name() !== 'help');
  const own: CommandWords = {
    path,
    children: shown.map((child) => ({ name: child.name(), description: child.description() })),
    options: command.createHelp().visibleOptions(command).flatMap(optionWords),
    values: command.registeredArguments.flatMap((argument) => argument.argChoices ?? []),
    takesFiles: command.registeredArguments.some(isFile),
  };
  return [own, ...shown.flatMap((child) => treeOf(child, path))];
}

function optionWords(option: Option): OptionWord[] {
  const { long, description } = option;
  if (!long) return [];
  const takesValue = option.required || option.optional;
  return [{ flag: long, description, takesValue, values: takesValue ? valuesOf(option) : [] }];
}

function isFile(argument: Argument): boolean {
  return /^(files?|folders?|dir(ectory|ectories)?|paths?)$/.test(argument.name());
}

/** A text as one word of bash, zsh or fish, none of which reads anything inside single quotes (but fish `\`). */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
