import { loadConfig } from '../../config.ts';
import type { Environment } from '../../core/environments.ts';
import { rateLimitBounds } from '../../core/tiers.ts';
import { AppError, StartError } from '../../errors.ts';
import type { App, Context } from '../../services/app.ts';
import { createKey } from '../../services/keys/create.ts';
import { composeQuietly, sentenceOf } from '../local.ts';
import type { Output } from '../output.ts';
import { readPipedPassword } from '../password.ts';

export interface InitOptions {
  readonly email?: string;
  readonly password?: string;
  readonly environment: Environment[];
  readonly tenant?: string;
  readonly json: boolean;
}

interface FirstKey {
  readonly tenantId: string;
  readonly userId: string;
  readonly keyId: string;
  readonly environment: Environment;
  readonly secret: string;
}

async function readPassword(options: InitOptions, fromSettings: string | undefined): Promise<string> {
  if (options.password !== undefined) return options.password;
  if (fromSettings !== undefined) return fromSettings;
  const sent = await readPipedPassword();
  if (sent !== '') return sent;
  throw new StartError(
    'A password is needed: give --password, KEYWARD_ADMIN_PASSWORD, or send it on standard input.',
  );
}

/** The owner of that address: made when there is none yet, else proven by the password. */
async function requireOwner(app: App, email: string, password: string, tenantName: string | undefined) {
  if (!(await app.people.hasUsers())) return app.people.createOwner({ email, password, tenantName });
  const owner = await app.people.verifyOwner(email, password);
  if (!owner) throw new StartError('There is an owner already, and e-mail or password are not theirs.');
  return owner;
}

async function createFirstKey(
  app: App,
  owner: { tenantId: string; userId: string },
  environment: Environment,
): Promise<FirstKey> {
  const ctx: Context = {
    tenantId: owner.tenantId,
    environment,
    requestId: null,
    ip: null,
    caller: { kind: 'system', id: owner.userId },
  };
  const { perMinute, perDay } = rateLimitBounds;
  const created = await createKey(app, ctx, {
    name: `keyward init — ${environment}`,
    description: 'Made on the command line with every scope and the highest limits.',
    scopes: [...app.catalogue.all],
    rateLimit: { perMinute, burst: perMinute, perDay },
  });
  return { ...owner, keyId: created.key.id, environment, secret: created.secret };
}

function print(output: Output, keys: readonly FirstKey[], isJson: boolean): void {
  if (isJson) {
    output.json(keys.length === 1 ? keys[0] : keys);
    return;
  }
  for (const key of keys) {
    output.line(`Key ${key.keyId} of ${key.environment}, shown this once:\n\n  ${key.secret}\n`);
  }
}

export async function init(output: Output, options: InitOptions): Promise<void> {
  const config = loadConfig();
  const email = options.email;
  if (!email) throw new StartError('An e-mail address is needed: give --email or KEYWARD_ADMIN_EMAIL.');
  const password = await readPassword(options, config.KEYWARD_ADMIN_PASSWORD);
  const { app, close } = await composeQuietly(config);
  try {
    const owner = await requireOwner(app, email, password, options.tenant);
    const keys: FirstKey[] = [];
    for (const environment of options.environment) keys.push(await createFirstKey(app, owner, environment));
    print(output, keys, options.json);
  } catch (error) {
    throw error instanceof AppError ? new StartError(sentenceOf(error)) : error;
  } finally {
    await close();
  }
}
