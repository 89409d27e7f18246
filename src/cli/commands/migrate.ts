import { Command } from 'commander';
import type { MigrateOptions } from '../installation/migrate.ts';
import type { Output } from '../output.ts';

export function migrateCommand(output: Output): Command {
  return new Command('migrate')
    .description('bring the database up to date, as the next start would')
    .option('--check', 'only say what is pending; exit code 1 if something is', false)
    .option('--json', 'print JSON', false)
    .action(async (options: MigrateOptions) => {
      const { check, migrate } = await import('../installation/migrate.ts');
      await (options.check ? check : migrate)(output, options);
    });
}
