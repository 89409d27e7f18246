import { Command } from 'commander';
import { connect } from '../../connection.ts';
import { cleaned, dateTime, limitsInWords, properties } from '../../format.ts';
import type { Column, Output } from '../../output.ts';
import { getKey, type Key, keyIdOf } from './key.ts';
import { keyArgument, type Shown, withAnswer } from './options.ts';

const help = `
Examples:
  $ keyward keys show "Help center — Search"
  $ keyward keys show sa_live_q7G91sTBfV --json | jq .secrets`;

export function showCommand(output: Output): Command {
  return withAnswer(
    new Command('show')
      .description('one key: what it may do, its secrets and their last use, warnings')
      .argument('<key>', keyArgument)
      .addHelpText('after', help),
  ).action(async (text: string, options: Shown) => {
    const client = await connect(output, options, { attempts: 4 });
    const key = await getKey(client, await keyIdOf(client, text));
    if (options.json) output.json(key);
    else printKey(output, cleaned(key));
  });
}

type Secret = Key['secrets'][number];

const secretColumns: readonly Column<Secret>[] = [
  { title: '  SECRET', value: ({ hint }) => `  ${hint}` },
  {
    title: 'STATUS',
    value: ({ status }) => status,
    style: ({ status }) => (status === 'current' ? 'green' : status === 'retiring' ? 'yellow' : 'dim'),
  },
  { title: 'LAST USED', value: ({ lastUsedAt }) => dateTime(lastUsedAt) },
  { title: 'ENDS', value: ({ expiresAt }) => (expiresAt === null ? '' : dateTime(expiresAt)) },
];

function printKey(output: Output, key: Key): void {
  output.line(output.style('bold', key.name));
  if (key.description) output.line(`  ${key.description}`);
  output.line();
  output.line(properties([...whatItIs(key), ...whatHappened(key)], output.lineWidth));
  output.line();
  output.table(key.secrets, secretColumns);
  if (key.warnings.length > 0) output.line();
  for (const { message } of key.warnings) output.line(output.style('yellow', `! ${message}`));
}

export type Rows = (readonly [name: string, value: string | readonly string[]])[];

/** What a key may do, and where and how long. */
export function whatItIs(key: Key): Rows {
  const scopes = key.scopes.length === 0 ? 'none' : key.scopes;
  return [
    ['id', key.id],
    ['status', statusOf(key)],
    ['environment', key.environment],
    ...ownerOf(key),
    ['scopes', key.inheritsAllScopes ? 'all that a key can inherit' : scopes],
    ['limits', limitsInWords(key.rateLimit)],
    ['networks', key.ipAllowlist.length === 0 ? 'any' : key.ipAllowlist],
    ['expires', dateTime(key.expiresAt)],
  ];
}

/** Of a personal key. */
function ownerOf({ ownerUser }: Key): Rows {
  return ownerUser ? [['belongs to', `${ownerUser.name ?? 'somebody who left'} (${ownerUser.id})`]] : [];
}

function statusOf({ status, revokedAt, revokedReason }: Key): string {
  if (revokedAt === null) return status;
  return `${status}, revoked ${dateTime(revokedAt)}${revokedReason === null ? '' : `: ${revokedReason}`}`;
}

function whatHappened(key: Key): Rows {
  const from = key.lastUsedIp === null ? '' : ` from ${key.lastUsedIp}`;
  const rows: Rows = [
    ['last used', `${dateTime(key.lastUsedAt)}${from}`],
    ['created', `${dateTime(key.createdAt)} by ${key.createdBy}`],
    ['rotation due', dateTime(key.rotationDueAt)],
  ];
  if (key.replaces !== null) rows.push(['replaces', key.replaces]);
  if (key.replacedBy !== null) rows.push(['replaced by', key.replacedBy]);
  if (key.endsAt !== null) rows.push(['ends', dateTime(key.endsAt)]);
  return rows;
}
