import { Command } from 'commander';
import type { ResetOptions } from '../installation/users.ts';
import type { Output } from '../output.ts';

export function usersCommand(output: Output): Command {
  const reset = new Command('reset-password')
    .description('set a new password and end all sessions; the server must be stopped')
    .argument('<email>', 'e-mail of the person')
    .option(
      '--generate',
      'make a password and print it, once; else it is asked for, or read from standard input',
      false,
    )
    .option('--remove-two-factor', 'also remove the second factor, for who has lost the device', false)
    .option('--json', 'print JSON', false)
    .action(async (email: string, options: ResetOptions) => {
      const { resetOne } = await import('../installation/users.ts');
      await resetOne(output, email, options);
    });
  return new Command('users').description('the people of this installation').addCommand(reset);
}
