import { Command } from 'commander';
import type { Output } from '../output.ts';

export function doctorCommand(output: Output): Command {
  return new Command('doctor')
    .description('say what is wrong with this installation, and what to do; also while the server runs')
    .option('--json', 'print JSON', false)
    .action(async ({ json }: { readonly json: boolean }) => {
      const { diagnose } = await import('../doctor/diagnose.ts');
      await diagnose(output, json);
    });
}
