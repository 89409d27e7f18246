import { Command } from 'commander';
import type { deletedKeyView } from '../../../contract/keys.ts';
import type { ApiClient } from '../../client.ts';
import { connect } from '../../connection.ts';
import { CliError, exitCodes } from '../../exit.ts';
import { cleaned, dateTime } from '../../format.ts';
import type { Output } from '../../output.ts';
import { ask, canAsk } from '../../prompt.ts';
import { called } from './hand-out.ts';
import { type ChangedKey, getKey, type Key, keyIdOf, pathOf } from './key.ts';
import { keyArgument, type Shown, storedText, withAnswer } from './options.ts';

type Propagation = ChangedKey['propagation'];
type DeletedKey = ReturnType<typeof deletedKeyView.parse>;

const revokeHelp = `
It is reversible with activate, except after the reason "compromised": then regenerate the key first.

Examples:
  $ keyward keys revoke "Zendesk sync — Production" --reason "Contract ended"
  $ keyward keys revoke sa_live_q7G91sTBfV --reason compromised`;

const activateHelp = `
Example:
  $ keyward keys activate "Zendesk sync — Production"`;

const deleteHelp = `
On a terminal it says when the key was last used and asks for its name. To end a key for now, revoke it.

Examples:
  $ keyward keys delete "Zendesk sync — Production"
  $ keyward keys delete key_01m7xxxhjvs2yy9ep2n4c8q4t6 --yes`;

export function revokeCommand(output: Output): Command {
  return withAnswer(
    new Command('revoke')
      .description('stop a key at once; activate undoes it')
      .argument('<key>', keyArgument)
      .option('--reason <text>', 'why; "compromised" after a leak', storedText)
      .addHelpText('after', revokeHelp),
  ).action(async (text: string, options: Shown & { readonly reason?: string }) => {
    const { reason } = options;
    const body = reason === undefined ? undefined : { reason };
    const key = await change(output, text, options, '/revoke', body);
    if (!options.json) output.line(`Revoked ${called(key)}. ${sinceWhen(key.propagation)}`);
  });
}

export function activateCommand(output: Output): Command {
  return withAnswer(
    new Command('activate')
      .description('let a revoked key work again')
      .argument('<key>', keyArgument)
      .addHelpText('after', activateHelp),
  ).action(async (text: string, options: Shown) => {
    const key = await change(output, text, options, '/activate');
    if (!options.json) output.line(`Activated ${called(key)}; it is ${key.status}.`);
  });
}

/** Doing either twice changes nothing more, so a lost connection is no reason to give up. */
async function change(
  output: Output,
  text: string,
  options: Shown,
  below: string,
  body?: unknown,
): Promise<ChangedKey> {
  const client = await connect(output, options, { attempts: 4 });
  const answer = await client.call<ChangedKey>({
    method: 'POST',
    path: pathOf(await keyIdOf(client, text), below),
    isRepeatable: true,
    ...(body === undefined ? {} : { body }),
  });
  if (options.json) output.json(answer);
  return cleaned(answer);
}

/** From when on a narrowing change holds on every node. */
export function sinceWhen({ pending }: Propagation): string {
  if (pending.length === 0) return 'No request with it is admitted any more.';
  const nodes = pending.map(({ nodeId, mayAcceptUntil }) => `${nodeId} until ${mayAcceptUntil}`);
  return `Not every node has confirmed that; these may still admit it: ${nodes.join(', ')}.`;
}

export function deleteCommand(output: Output): Command {
  return withAnswer(
    new Command('delete')
      .description('end a key for ever; its history stays')
      .argument('<key>', keyArgument)
      .option('--yes', 'do not ask')
      .addHelpText('after', deleteHelp),
  ).action((text: string, options: Shown & { readonly yes?: true }) => deleteKey(output, text, options));
}

async function deleteKey(
  output: Output,
  text: string,
  options: Shown & { readonly yes?: true },
): Promise<void> {
  if (!options.yes && !canAsk(output)) {
    throw new CliError('Deleting is for ever: say --yes where nobody can be asked.', exitCodes.usage);
  }
  const client = await connect(output, options, { attempts: 4 });
  const id = await keyIdOf(client, text);
  if (!options.yes) await confirmDeleting(output, await getKey(client, id));
  const answer = await sendDelete(client, id);
  if (options.json) output.json(answer);
  else output.line(`Deleted ${id}. ${sinceWhen(cleaned(answer.propagation))}`);
}

function sendDelete(client: ApiClient, id: string): Promise<DeletedKey> {
  return client.call<DeletedKey>({ method: 'DELETE', path: pathOf(id) });
}

async function confirmDeleting(output: Output, raw: Key): Promise<void> {
  const key = cleaned(raw);
  const from = key.lastUsedIp === null ? '' : ` from ${key.lastUsedIp}`;
  output.note(`${called(key)} is ${key.status}. Last used: ${dateTime(key.lastUsedAt)}${from}.`);
  output.note('Deleting it is for ever; what still uses it will be refused.');
  const answer = await ask(output, 'Type its name to delete it: ');
  if (answer !== key.name.trim()) throw new CliError('That is not its name: nothing was deleted.');
}
