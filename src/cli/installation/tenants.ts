import { loadConfig } from '../../config.ts';
import { setUpBody } from '../../contract/people.ts';
import { createTenant } from '../../services/people/setup.ts';
import { listTenants } from '../../store/tenants.ts';
import { CliError, exitCodes } from '../exit.ts';
import { onReading, onStore } from '../local.ts';
import type { Output } from '../output.ts';
import { readNewPassword } from '../password.ts';

export interface TenantOptions {
  readonly name: string;
  readonly email: string;
  readonly password?: string;
  readonly json: boolean;
}

export async function createOne(output: Output, options: TenantOptions): Promise<void> {
  const name = setUpBody.shape.tenantName.safeParse(options.name);
  if (!name.success) {
    throw new CliError(`--name cannot be used: ${name.error.issues[0]?.message}.`, exitCodes.usage);
  }
  const config = loadConfig();
  const password = options.password ?? config.KEYWARD_ADMIN_PASSWORD ?? (await readNewPassword(output));
  if (password === '') {
    throw new CliError(
      'A password is needed: send it on standard input, or give KEYWARD_ADMIN_PASSWORD or --password.',
      exitCodes.usage,
    );
  }
  const { email } = options;
  const owner = await onStore(config, ({ app }) =>
    createTenant(app, { email, password, tenantName: name.data }),
  );
  if (options.json) return output.json(owner);
  output.line(`Tenant ${owner.tenantId} was created; ${email} is its owner (${owner.userId}).`);
}

export async function showAll(output: Output, isJson: boolean): Promise<void> {
  const rows = await onReading(({ db }) => listTenants(db));
  const tenants = rows.map(({ created_at, ...row }) => ({
    ...row,
    createdAt: new Date(created_at).toISOString(),
  }));
  if (isJson) return output.json({ data: tenants });
  if (tenants.length === 0)
    return output.note('There is no tenant yet: open the set-up link, or use keyward init.');
  output.table(tenants, [
    { title: 'Id', value: ({ id }) => id },
    { title: 'Created', value: ({ createdAt }) => createdAt.slice(0, 10) },
    { title: 'Members', value: ({ members }) => String(members) },
    { title: 'Keys', value: ({ keys }) => String(keys) },
    { title: 'Name', value: ({ name }) => name },
  ]);
}
