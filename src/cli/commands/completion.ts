import { Argument, Command } from 'commander';
import { bashScript } from '../completion/bash.ts';
import { fishScript } from '../completion/fish.ts';
import { treeOf } from '../completion/tree.ts';
import { zshScript } from '../completion/zsh.ts';
import type { Output } from '../output.ts';

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;
type Shell = keyof typeof scripts;

const help = `
Examples:
  $ eval "$(keyward completion bash)"                                   # in ~/.bashrc
  $ keyward completion zsh > "\${fpath[1]}/_keyward"                      # then start a new shell
  $ keyward completion fish > ~/.config/fish/completions/keyward.fish`;

export function completionCommand(output: Output): Command {
  return new Command('completion')
    .description('print a script that completes commands, options and values in a shell')
    .addArgument(new Argument('<shell>', 'for which shell').choices(Object.keys(scripts)))
    .addHelpText('after', help)
    .action((shell: Shell, _options: unknown, command: Command) => {
      output.streams.stdout.write(scripts[shell](treeOf(command.parent!)));
    });
}
