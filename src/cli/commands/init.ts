import { Command, Option } from 'commander';
import { type Environment, environments } from '../../core/environments.ts';
import { StartError } from '../../errors.ts';
import type { InitOptions } from '../installation/init.ts';
import type { Output } from '../output.ts';

function collect(value: string, earlier: Environment[] | undefined): Environment[] {
  if (!environments.includes(value as Environment)) {
    throw new StartError(`--environment must be one of ${environments.join(', ')}.`);
  }
  return [...(earlier ?? []), value as Environment];
}

export function initCommand(output: Output): Command {
  return new Command('init')
    .description('create the owner (or prove to be it) and a first key, without a browser')
    .addOption(new Option('--email <address>', 'e-mail of the owner').env('KEYWARD_ADMIN_EMAIL'))
    .option(
      '--password <password>',
      'password of the owner; better on standard input or in KEYWARD_ADMIN_PASSWORD',
    )
    .option('--environment <name>', 'environment of the key; may be repeated (default: production)', collect)
    .option('--tenant <name>', 'name of the tenant, when it is made')
    .option('--json', 'print JSON', false)
    .action(async (options: Omit<InitOptions, 'environment'> & { environment?: Environment[] }) => {
      const { init } = await import('../installation/init.ts');
      const environment = [...new Set(options.environment ?? ['production' as const])];
      await init(output, { ...options, environment });
    });
}
