import { Command, Option } from 'commander';
import { environments } from '../../../core/environments.ts';
import { keySorts } from '../../../core/key-sorts.ts';
import { tierNames } from '../../../core/tiers.ts';
import { connect } from '../../connection.ts';
import { cleaned, relativeTime, scopesInFewWords } from '../../format.ts';
import { type Column, displayWidth, type Output } from '../../output.ts';
import { suggest } from '../../suggestions.ts';
import { type Key, type KeyPage, listKeys } from './key.ts';
import { type Shown, scopeNames, storedText, wholeNumber, withAnswer } from './options.ts';

interface ListOptions extends Shown {
  readonly environment?: string;
  readonly status?: string;
  readonly scope?: string;
  readonly tier?: string;
  readonly q?: string;
  readonly owner?: string;
  readonly unusedForDays?: number;
  readonly sort?: string;
  readonly limit?: number;
  readonly ids?: true;
}

const help = `
Examples:
  $ keyward keys list
  $ keyward keys list --unused-for-days 30 --status active
  $ keyward keys list --sort lastUsed --limit 20
  $ keyward keys list --q zendesk --json | jq '.data[].lastUsedAt'
  $ keyward keys list --status inactive --ids | xargs -n 1 keyward keys delete --yes`;

export function listCommand(output: Output): Command {
  return withAnswer(
    new Command('list')
      .description('the keys of this environment, and what is to be noticed about them')
      .addOption(new Option('--status <status>', 'only such').choices(['active', 'inactive', 'expired']))
      .addOption(suggest(new Option('--scope <name>', 'only keys with this scope'), scopeNames))
      .addOption(new Option('--tier <name>', 'only keys with these limits').choices(tierNames))
      .option('--q <text>', 'part of a name or description, beginning of a hint, or an id', storedText)
      .addOption(new Option('--owner <owner>', 'only such').choices(['tenant', 'user']))
      .option('--unused-for-days <days>', 'only keys without a use for so long', wholeNumber(1, 3_650))
      .addOption(new Option('--environment <name>', 'only such').choices(environments))
      .addOption(new Option('--sort <order>', 'the newest first unless this says else').choices(keySorts))
      .option('--limit <count>', 'this many at most (default: all)', wholeNumber(1, 1_000_000))
      .addOption(new Option('--ids', 'print ids and nothing else').conflicts('json'))
      .addHelpText('after', help),
  ).action((options: ListOptions) => list(output, options));
}

async function list(output: Output, options: ListOptions): Promise<void> {
  const client = await connect(output, options, { attempts: 4 });
  const pages = listKeys(client, filtersOf(options), options.limit);
  if (options.json) return printJson(output, pages);
  const write = options.ids ? idWriter(output) : keyWriter(output);
  let count = 0;
  let hasMore = false;
  for await (const page of pages) {
    count += page.data.length;
    hasMore = page.nextCursor !== null;
    write(page.data.map(cleaned));
  }
  if (options.ids) return;
  if (count === 0) output.note('No key fits.');
  if (hasMore) output.note(`There are more than these ${count}: raise --limit.`);
}

function filtersOf(options: ListOptions): Record<string, string> {
  const { environment, status, scope, tier, q, owner, unusedForDays, sort } = options;
  const filters = { environment, status, scope, tier, q, owner, unusedForDays, sort };
  return Object.fromEntries(
    Object.entries(filters).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  );
}

/** One document of the API's form, however many pages it took. */
async function printJson(output: Output, pages: AsyncGenerator<KeyPage>): Promise<void> {
  const data: Key[] = [];
  let nextCursor: string | null = null;
  for await (const page of pages) {
    data.push(...page.data);
    nextCursor = page.nextCursor;
  }
  output.json({ data, nextCursor });
}

function idWriter(output: Output) {
  return (keys: readonly Key[]) => {
    for (const { id } of keys) output.line(id);
  };
}

function statusStyle({ status }: Key): 'green' | 'red' | 'yellow' {
  if (status === 'active') return 'green';
  return status === 'expired' ? 'yellow' : 'red';
}

function warningsInWords({ warnings }: Key): string {
  return warnings.map(({ code }) => code.replaceAll('_', ' ')).join(', ');
}

const columns: readonly Column<Key>[] = [
  { title: 'NAME', value: ({ name }) => name },
  { title: 'HINT', value: ({ hint }) => hint, style: () => 'dim' },
  { title: 'ID', value: ({ id }) => id, style: () => 'dim' },
  { title: 'SCOPES', value: scopesInFewWords },
  { title: 'STATUS', value: ({ status }) => status, style: statusStyle },
  { title: 'LAST USED', value: ({ lastUsedAt }) => relativeTime(lastUsedAt) },
  { title: 'WARNINGS', value: warningsInWords, style: () => 'yellow' },
];

const shortestWarnings = 12;

/** A table, or on a terminal that is too narrow for one a few lines for each key. */
function keyWriter(output: Output) {
  const { isTTY, columns: room } = output.streams.stdout;
  const writeTable = output.tableWriter(columns);
  let isNarrow: boolean | null = isTTY ? null : false;
  return (keys: readonly Key[]) => {
    if (keys.length === 0) return;
    isNarrow ??= widthOf(keys) > room;
    if (!isNarrow) return writeTable(keys);
    for (const key of keys) output.line(entryOf(output, key));
  };
}

/** Of a table whose last column is cut to little more than its title. */
function widthOf(keys: readonly Key[]): number {
  return columns
    .slice(0, -1)
    .reduce(
      (sum, { title, value }) =>
        sum + 2 + Math.max(title.length, ...keys.map((key) => displayWidth(value(key)))),
      shortestWarnings,
    );
}

function entryOf(output: Output, key: Key): string {
  const used = key.lastUsedAt === null ? 'never used' : `used ${relativeTime(key.lastUsedAt)}`;
  const warnings = warningsInWords(key);
  return [
    `${output.style('bold', key.name)}  ${output.style(statusStyle(key), key.status)}, ${used}`,
    `  ${output.style('dim', `${key.id}  ${key.hint}`)}`,
    `  ${scopesInFewWords(key)}`,
    ...(warnings === '' ? [] : [`  ${output.style('yellow', `! ${warnings}`)}`]),
  ].join('\n');
}
