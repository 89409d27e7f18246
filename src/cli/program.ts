import { Command, CommanderError } from 'commander';
import { maskSecrets } from '../core/secret.ts';
import { version } from '../version.ts';
import { auditCommand } from './commands/audit.ts';
import { backupCommand } from './commands/backup.ts';
import { completionCommand } from './commands/completion.ts';
import { configCommand } from './commands/config.ts';
import { doctorCommand } from './commands/doctor.ts';
import { initCommand } from './commands/init.ts';
import { kbCommand } from './commands/kb.ts';
import { keysCommand } from './commands/keys.ts';
import { meCommand } from './commands/me.ts';
import { migrateCommand } from './commands/migrate.ts';
import { restoreCommand } from './commands/restore.ts';
import { serveCommand } from './commands/serve.ts';
import { tenantsCommand } from './commands/tenants.ts';
import { usersCommand } from './commands/users.ts';
import { exitCodeMeanings, exitCodes, explainFailure } from './exit.ts';
import { Output, printable, type Streams } from './output.ts';

/** Every command of `keyward`, in the order in which help shows them. */
function commands(output: Output): Command[] {
  return [
    serveCommand(),
    initCommand(output),
    doctorCommand(output),
    configCommand(output),
    migrateCommand(output),
    backupCommand(output),
    restoreCommand(output),
    tenantsCommand(output),
    usersCommand(output),
    keysCommand(output),
    auditCommand(output),
    meCommand(output),
    kbCommand(output),
    completionCommand(output),
  ];
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
function configure(command: Command, { stdout, stderr }: Streams, path: string): void {
  command.exitOverride().showHelpAfterError(`(${path} --help shows what there is)`);
  command.configureOutput({
    writeOut: (text) => void stdout.write(text),
    writeErr: (text) => void stderr.write(`${sayable(text.trimEnd())}\n`),
    getOutHelpWidth: () => stdout.columns ?? 100,
  });
  for (const child of command.commands) configure(child, { stdout, stderr }, `${path} ${child.name()}`);
}

/** Sentences without secrets and without anything that steers a terminal. */
function sayable(text: string): string {
  return maskSecrets(text).split('\n').map(printable).join('\n');
}

function exitCodeHelp(): string {
  const lines = Object.entries(exitCodes).map(
    ([name, code]) => `  ${code}  ${exitCodeMeanings[name as keyof typeof exitCodes]}`,
  );
  return ['', 'Exit codes:', ...lines].join('\n');
}

export function createProgram(output: Output = new Output()): Program {
  const command = new Command('keyward')
    .description('Self-hosted platform for API keys.')
    .version(version)
    .addHelpText('after', exitCodeHelp);
  for (const child of commands(output)) command.addCommand(child);
  configure(command, output.streams, 'keyward');
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
      output.note(sayable(failure.message));
    }
  };
  return { command, run };
}
