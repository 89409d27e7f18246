import { Command } from 'commander';
import type { ApiClient } from '../../client.ts';
import { connect } from '../../connection.ts';
import { CliError, exitCodes } from '../../exit.ts';
import { cleaned, dateTime } from '../../format.ts';
import type { Output } from '../../output.ts';
import { called, handOut, requestSecret, type Telling } from './hand-out.ts';
import { keyIdOf, pathOf, type ReissuedKey } from './key.ts';
import { sinceWhen } from './lifecycle.ts';
import {
  bundleOption,
  grace,
  type HandingOut,
  keyArgument,
  scopeOption,
  storedText,
  withSecret,
} from './options.ts';

const regenerateHelp = `
The status stays: a revoked key is still revoked. To keep the old secret working for a while, rotate instead.

Examples:
  $ keyward keys regenerate "Help center — Search"
  $ keyward keys regenerate "Help center — Search" --quiet | vault kv put secret/help-center key=-`;

const rotateHelp = `
The old secret works until the grace ends. \`keyward keys show\` says whether it is still in use.

Examples:
  $ keyward keys rotate "Help center — Search" --grace 48h
  $ keyward keys rotate "Help center — Search" --quiet | vault kv put secret/help-center key=-`;

const replaceHelp = `
The new key goes on with the limits, networks and expiry of the old one, which is revoked when the grace ends.

Examples:
  $ keyward keys replace "Help center — Search" --scope knowledge:read,analytics:read
  $ keyward keys replace "Help center — Search" --bundle basic --grace 7d --name "Help center — Search 2"`;

export function regenerateCommand(output: Output): Command {
  return withSecret(
    new Command('regenerate')
      .description('give a key a new secret, and end every older one at once')
      .argument('<key>', keyArgument)
      .addHelpText('after', regenerateHelp),
  ).action((text: string, options: HandingOut) => {
    const telling: Telling<ReissuedKey> = {
      done: (key) =>
        `Gave ${called(key)} a new secret and ended the older ones. ${sinceWhen(key.propagation)}`.replace(
          'with it',
          'with those',
        ),
      lost: ({ id }) => `Get another one: keyward keys regenerate ${id}`,
    };
    return reissue(output, text, options, '/regenerate', undefined, telling);
  });
}

interface RotateOptions extends HandingOut {
  readonly grace?: number;
  readonly endRetiring?: true;
}

export function rotateCommand(output: Output): Command {
  return withSecret(
    new Command('rotate')
      .description('give a key a new secret, and let the old one work for a while')
      .argument('<key>', keyArgument)
      .option('--grace <time>', 'how long, such as 24h or 7d (default: 24h)', grace)
      .option('--end-retiring', 'end the secret of an earlier rotation that still works')
      .addHelpText('after', rotateHelp),
  ).action((text: string, options: RotateOptions) => {
    const body = {
      ...(options.grace === undefined ? {} : { gracePeriodSeconds: options.grace }),
      ...(options.endRetiring ? { endRetiring: true } : {}),
    };
    const telling: Telling<ReissuedKey> = {
      done: (key) => `Gave ${called(key)} a new secret. ${retiringInWords(key)}`,
      lost: ({ id }) =>
        `When the programs that use the key can change at once, before the old one ends: keyward keys regenerate ${id}`,
    };
    return reissue(output, text, options, '/rotate', body, telling);
  });
}

function retiringInWords({ secrets }: ReissuedKey): string {
  const retiring = secrets.find(({ status }) => status === 'retiring');
  return retiring
    ? `The old one, ${retiring.hint}, works until ${dateTime(retiring.expiresAt)}.`
    : 'The old one has ended.';
}

interface ReplaceOptions extends HandingOut {
  readonly scope?: string[];
  readonly bundle?: string;
  readonly name?: string;
  readonly grace?: number;
}

export function replaceCommand(output: Output): Command {
  return withSecret(
    new Command('replace')
      .description('make a key with other scopes that takes the place of this one')
      .argument('<key>', keyArgument)
      .addOption(scopeOption('--scope <names>', 'what it may do; may be repeated, or a list with commas'))
      .addOption(bundleOption())
      .option('--name <name>', 'name of the new key (default: that of the old one)', storedText)
      .option('--grace <time>', 'how long the old key works, such as 24h or 7d (default: 24h)', grace)
      .addHelpText('after', replaceHelp),
  ).action((text: string, options: ReplaceOptions) => {
    const { scope, bundle, name, grace: gracePeriodSeconds } = options;
    if (!bundle && !scope?.length) {
      throw new CliError('Say what the new key may do, with --scope or --bundle.', exitCodes.usage);
    }
    const body = { scopes: scope, bundle, name, gracePeriodSeconds };
    const telling: Telling<ReissuedKey> = {
      done: (key) => `Created ${called(key)}, which replaces ${key.replaces}.`,
      lost: ({ id }) => `Get a new one: keyward keys regenerate ${id}`,
    };
    return reissue(output, text, options, '/replace', body, telling);
  });
}

async function reissue(
  output: Output,
  text: string,
  options: HandingOut,
  below: string,
  body: unknown,
  telling: Telling<ReissuedKey>,
): Promise<void> {
  const client = await connect(output, options, { attempts: 4 });
  const path = pathOf(await keyIdOf(client, text), below);
  const answer = await requestSecret<ReissuedKey>(client, path, body);
  handOut(output, options, answer, telling);
  noteOwnKey(output, client, answer);
}

/** Whoever gave its own key a new secret is about to be locked out. */
function noteOwnKey(output: Output, client: ApiClient, answer: ReissuedKey): void {
  const isOwn = cleaned(answer.secrets).some(({ hint }) => client.isKeyOf(hint));
  if (isOwn) {
    output.note('That is the key of this command line itself: change KEYWARD_API_KEY, or the file it is in.');
  }
}
