import { Command, Option } from 'commander';
import type { TenantOptions } from '../installation/tenants.ts';
import type { Output } from '../output.ts';

export function tenantsCommand(output: Output): Command {
  const create = new Command('create')
    .description('make a tenant with an owner of its own; the server must be stopped')
    .requiredOption('--name <name>', 'name of the tenant')
    .addOption(new Option('--email <address>', 'e-mail of its owner').makeOptionMandatory())
    .option(
      '--password <password>',
      'password of the owner; better on standard input or in KEYWARD_ADMIN_PASSWORD',
    )
    .option('--json', 'print JSON', false)
    .action(async (options: TenantOptions) => {
      const { createOne } = await import('../installation/tenants.ts');
      await createOne(output, options);
    });
  const list = new Command('list')
    .description('list the tenants; also while the server runs')
    .option('--json', 'print JSON', false)
    .action(async ({ json }: { readonly json: boolean }) => {
      const { showAll } = await import('../installation/tenants.ts');
      await showAll(output, json);
    });
  return new Command('tenants')
    .description('the tenants of this installation')
    .addCommand(create)
    .addCommand(list);
}
