import { Command, CommanderError } from 'commander';
import { maskSecrets } from '../core/secret.ts';
import { version } from '../version.ts';
import { initCommand } from './commands/init.ts';
import { serveCommand } from './commands/serve.ts';
import { exitCodes, explainFailure } from './exit.ts';
import { Output } from './output.ts';

/** Every command of `keyward`, in the order in which help shows them. */
function commands(output: Output): Command[] {
  return [serveCommand(), initCommand(output)];
}

export interface Program {
  readonly command: Command;
  /** Carries out a command line and sets the exit code. */
  run(args: readonly string[]): Promise<void>;
}

function wantsJson(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  return args.slice(0, end < 0 ? args.length : end).includes('--json');
}

/** A wrong option must not print what may be a secret given in the wrong place. */
function configure(command: Command): void {
  command.exitOverride();
  command.configureOutput({
    writeErr: (text) => void process.stderr.write(maskSecrets(text)),
  });
  for (const child of command.commands) configure(child);
}

export function createProgram(output: Output = new Output()): Program {
  const command = new Command('keyward')
    .description('Self-hosted platform for API keys.')
    .version(version)
    .showHelpAfterError('(keyward --help shows what there is)');
  for (const child of commands(output)) command.addCommand(child);
  configure(command);
  const run = async (args: readonly string[]) => {
    try {
      await command.parseAsync([...args], { from: 'user' });
    } catch (error) {
      if (error instanceof CommanderError) {
        process.exitCode = error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
        return;
      }
      const failure = explainFailure(error);
      if (!failure) throw error;
      process.exitCode = failure.exitCode;
      if (wantsJson(args) && failure.problem) output.json(failure.problem);
      output.note(maskSecrets(failure.message));
    }
  };
  return { command, run };
}
