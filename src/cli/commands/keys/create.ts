import { Command, Option } from 'commander';
import { type Environment, environments } from '../../../core/environments.ts';
import { rateLimitBounds, tierNames } from '../../../core/tiers.ts';
import { connect } from '../../connection.ts';
import { CliError, exitCodes } from '../../exit.ts';
import { cleaned } from '../../format.ts';
import type { Output } from '../../output.ts';
import { ask, canAsk } from '../../prompt.ts';
import { called, handOut, requestSecret } from './hand-out.ts';
import { type CreatedKey, getKey, type Key, keyIdOf } from './key.ts';
import { copyOf } from './like.ts';
import {
  bundleOption,
  expiry,
  type HandingOut,
  listed,
  scopeOption,
  storedText,
  wholeNumber,
  withSecret,
} from './options.ts';

export interface CreateOptions extends HandingOut {
  readonly description?: string;
  readonly environment?: Environment;
  readonly scope?: string[];
  readonly bundle?: string;
  readonly inheritAllScopes?: true;
  readonly tier?: string;
  readonly perMinute?: number;
  readonly burst?: number;
  readonly perDay?: number;
  readonly ip?: string[];
  readonly expires?: string;
  readonly like?: string;
}

/** The body of `POST /api-keys`. */
export interface KeyInput {
  readonly name: string;
  readonly description?: string | null;
  readonly environment?: string;
  readonly scopes?: readonly string[];
  readonly bundle?: string;
  readonly tier?: string;
  readonly rateLimit?: { readonly perMinute: number; readonly burst: number; readonly perDay: number };
  readonly ipAllowlist?: readonly string[];
  readonly customerIds?: readonly string[];
  readonly expiresAt?: string | null;
}

const help = `
Without --scope, --bundle and --like the key would inherit every scope, those of later versions too. That has to
be said: with --inherit-all-scopes, or by answering the question on a terminal.

Examples:
  $ keyward keys create "Help center — Search" --scope knowledge:read
  $ keyward keys create "Zendesk sync — Production" --scope knowledge:read,contacts:write \\
      --tier professional --ip 203.0.113.0/24 --expires 90d
  $ keyward keys create "Reports — Nightly" --bundle read_all --quiet | vault kv put secret/reports key=-
  $ keyward keys create "Help center — Search 2" --like "Help center — Search"`;

export function createCommand(output: Output): Command {
  const { perMinute, perDay } = rateLimitBounds;
  return withSecret(
    new Command('create')
      .description('create a key; its secret is shown once')
      .argument('<name>', 'who uses the key and for what, such as "Help center — Search"', storedText)
      .option('--description <text>', 'more about it, for people', storedText)
      .addOption(scopeOption('--scope <names>', 'what it may do; may be repeated, or a list with commas'))
      .addOption(bundleOption())
      .addOption(
        new Option('--inherit-all-scopes', 'let it do everything that a key can inherit').conflicts([
          'scope',
          'bundle',
        ]),
      )
      .addOption(tierOption())
      .addOption(countOption('--per-minute', 'a limit of its own: requests a minute', 1, perMinute))
      .addOption(countOption('--burst', 'and how many more in any 60 seconds', 0, perMinute))
      .addOption(countOption('--per-day', 'and how many in a UTC day', 1, perDay))
      .option('--ip <network>', 'where it may be used from, as address or CIDR; may be repeated', listed)
      .option('--expires <when>', 'date, time, 90d, 12h, or never (default: never)', expiry)
      .addOption(
        new Option(
          '--environment <name>',
          'refuse to create it anywhere else; the server decides by its host',
        ).choices(environments),
      )
      .option('--like <key>', 'copy the settings of another key; the other options take precedence')
      .addHelpText('after', help),
  ).action((name: string, options: CreateOptions) => create(output, name, options));
}

function tierOption(): Option {
  return new Option('--tier <name>', 'its limits (default: starter)')
    .choices(tierNames.filter((name) => name !== 'custom'))
    .conflicts(['perMinute', 'burst', 'perDay']);
}

function countOption(flag: string, description: string, min: number, max: number): Option {
  return new Option(`${flag} <count>`, description).argParser(wholeNumber(min, max));
}

async function create(output: Output, name: string, options: CreateOptions): Promise<void> {
  const own = ownInput(name, options);
  const client = await connect(output, options, { attempts: 4 });
  const model = options.like === undefined ? null : await getKey(client, await keyIdOf(client, options.like));
  const { input, remarks } = model ? copyOf(model, own, options) : { input: own, remarks: [] };
  if (!options.quiet) for (const remark of remarks) output.note(remark);
  if (isInheriting(input)) await confirmInheriting(output, options, model);
  const answer = await requestSecret<CreatedKey>(client, '/api-keys', input);
  handOut(output, options, answer, {
    done: (key) => `Created ${called(key)} in ${key.environment}.`,
    lost: ({ id }) => `Get a new one: keyward keys regenerate ${id}`,
  });
}

function ownInput(name: string, options: CreateOptions): KeyInput {
  const { description, environment, scope, bundle, tier, ip, expires } = options;
  return {
    name,
    ...(description === undefined ? {} : { description }),
    ...(environment === undefined ? {} : { environment }),
    ...(scope === undefined ? {} : { scopes: scope }),
    ...(bundle === undefined ? {} : { bundle }),
    ...(tier === undefined ? {} : { tier }),
    ...(options.like === undefined ? customLimit(options) : {}),
    ...(ip === undefined ? {} : { ipAllowlist: ip }),
    ...(expires === undefined ? {} : { expiresAt: expires === 'never' ? null : expires }),
  };
}

function customLimit({ perMinute, burst, perDay }: CreateOptions): Pick<KeyInput, 'rateLimit'> {
  if (perMinute === undefined && burst === undefined && perDay === undefined) return {};
  if (perMinute !== undefined && perDay !== undefined) {
    return { rateLimit: { perMinute, burst: burst ?? 0, perDay } };
  }
  throw new CliError('A limit of its own needs --per-minute and --per-day.', exitCodes.usage);
}

function isInheriting({ scopes, bundle }: KeyInput): boolean {
  return bundle === undefined && (scopes === undefined || scopes.length === 0);
}

async function confirmInheriting(output: Output, options: CreateOptions, model: Key | null): Promise<void> {
  if (options.inheritAllScopes) return;
  const why = model
    ? `${called(cleaned(model))} inherits every scope, and so would its copy.`
    : 'No scope was chosen, so the key would inherit every scope, those of later versions too.';
  if (!canAsk(output)) {
    throw new CliError(
      `${why} Choose with --scope or --bundle, or say --inherit-all-scopes.`,
      exitCodes.usage,
    );
  }
  output.note(output.style('yellow', `! ${why}`, output.streams.stderr));
  const answer = await ask(output, 'Is that what you want? (yes/no) ');
  if (answer?.toLowerCase() !== 'yes') throw new CliError('Nothing was created.');
}
