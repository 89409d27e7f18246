import { Command } from 'commander';
import type { meView } from '../../contract/keys.ts';
import { connect } from '../connection.ts';
import { CliError, exitCodes } from '../exit.ts';
import { cleaned, counted, dateTime, properties } from '../format.ts';
import type { Output } from '../output.ts';
import { ask, canAsk } from '../prompt.ts';
import { called } from './keys/hand-out.ts';
import type { ChangedKey } from './keys/key.ts';
import { sinceWhen } from './keys/lifecycle.ts';
import { type Shown, storedText, withAnswer } from './keys/options.ts';
import { type Rows, whatItIs } from './keys/show.ts';

type Me = ReturnType<typeof meView.parse>;

interface RevokeOptions extends Shown {
  readonly reason?: string;
  readonly yes?: true;
}

const help = `
Examples:
  $ keyward me
  $ keyward me --json | jq .rateLimit.remaining
  $ keyward me revoke --reason compromised`;

export function meCommand(output: Output): Command {
  const command = withAnswer(
    new Command('me')
      .description('what the key of this command line is, and what remains of its limits')
      .addHelpText('after', help),
  ).action(async (options: Shown) => {
    const client = await connect(output, options, { attempts: 4 });
    const me = await client.call<Me>({ method: 'GET', path: '/me' });
    if (options.json) output.json(me);
    else printMe(output, cleaned(me));
  });
  // Else `me` would take the options of its own command for itself.
  return command.enablePositionalOptions().addCommand(revokeMeCommand(output));
}

function printMe(output: Output, me: Me): void {
  const { remaining, remainingToday } = me.rateLimit;
  output.line(output.style('bold', me.name));
  output.line();
  const implied = me.effectiveScopes.filter((scope) => !me.scopes.includes(scope));
  const rows: Rows = [
    ...whatItIs(me),
    ['remaining', `${counted(remaining)} now, ${counted(remainingToday)} today`],
    ['secret', secretInWords(me)],
  ];
  if (implied.length > 0) rows.splice(4, 0, [me.inheritsAllScopes ? 'that is' : 'implied', implied]);
  output.line(properties(rows, output.lineWidth));
}

function secretInWords({ secret, hint }: Me): string {
  return secret.status === 'current'
    ? hint
    : `an old one, which works until ${dateTime(secret.expiresAt)}: change it`;
}

function revokeMeCommand(output: Output): Command {
  return withAnswer(
    new Command('revoke')
      .description('end the key of this command line, for instance after a leak')
      .option('--reason <text>', 'why; "compromised" after a leak', storedText)
      .option('--yes', 'do not ask'),
  ).action((_options: RevokeOptions, command: Command) =>
    revokeMe(output, command.optsWithGlobals<RevokeOptions>()),
  );
}

async function revokeMe(output: Output, options: RevokeOptions): Promise<void> {
  if (!options.yes && !canAsk(output)) {
    throw new CliError(
      'This ends the key that it uses: say --yes where nobody can be asked.',
      exitCodes.usage,
    );
  }
  const client = await connect(output, options, { attempts: 4 });
  if (!options.yes) {
    const me = cleaned(await client.call<Me>({ method: 'GET', path: '/me' }));
    output.note(`This ends ${called(me)} in ${me.environment}; only another key can activate it again.`);
    const answer = await ask(output, 'Revoke it? (yes/no) ');
    if (answer?.toLowerCase() !== 'yes') throw new CliError('Nothing was revoked.');
  }
  const { reason } = options;
  const answer = await client.call<ChangedKey>({
    method: 'POST',
    path: '/me/revoke',
    ...(reason === undefined ? {} : { body: { reason } }),
  });
  if (options.json) return output.json(answer);
  const key = cleaned(answer);
  output.line(`Revoked ${called(key)}. ${sinceWhen(key.propagation)}`);
}
