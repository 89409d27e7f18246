import { Command } from 'commander';
import type { RestoreCommandOptions } from '../installation/restore.ts';
import type { Output } from '../output.ts';

export function restoreCommand(output: Output): Command {
  return new Command('restore')
    .description('put a back-up in place of the data; the server must be stopped')
    .argument('<backup>', 'directory of the back-up')
    .option('--force', 'set aside a database that is there, as replaced-<time>', false)
    .option('--json', 'print JSON', false)
    .action(async (backup: string, options: RestoreCommandOptions) => {
      const { restore } = await import('../installation/restore.ts');
      await restore(output, backup, options);
    });
}
