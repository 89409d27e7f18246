import { Command } from 'commander';
import type { Output } from '../output.ts';

interface Flags {
  readonly withoutSecret?: true;
  readonly json: boolean;
}

export function backupCommand(output: Output): Command {
  return new Command('backup')
    .description('copy the embedded database, also while the server runs')
    .argument('[path]', 'directory of the back-up, or one that gets it (default: ./keyward-<time>)')
    .option('--without-secret', 'leave out the secret of the installation; keep it elsewhere')
    .option('--json', 'print JSON', false)
    .action(async (path: string | undefined, { withoutSecret, json }: Flags) => {
      const { backUp } = await import('../installation/backup.ts');
      await backUp(output, path, { withSecret: withoutSecret !== true, json });
    });
}
