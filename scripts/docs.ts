/**
 * The tables in the documentation that are made from code: `scripts/docs.ts` writes them, `--check` fails where they
 * are old. Both fail on a link to a file that does not exist.
 */

import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { exitCodeMeanings, exitCodes } from '../src/cli/exit.ts';
import { settingTable } from '../src/config.ts';
import { createScopeCatalogue } from '../src/core/scopes.ts';
import { tiers } from '../src/core/tiers.ts';
import { errorTable } from '../src/errors.ts';
import { rolesMarkdown } from '../src/http/openapi/roles.ts';

process.chdir(join(import.meta.dirname, '..'));

/** What stands between `<!-- name -->` and `<!-- /name -->`. */
const tables: Readonly<Record<string, () => string>> = {
  settings,
  tiers: tierTable,
  bundles,
  scopes,
  roles,
  errors,
  exits,
};

const files = globSync(['*.md', 'docs/**/*.md']).sort();
const isCheck = process.argv.includes('--check');
const problems: string[] = [];
const used = new Set<string>();
for (const file of files) {
  const text = readFileSync(file, 'utf8');
  const fresh = withTables(text);
  if (fresh !== text && isCheck)
    problems.push(`${file}: a table is older than the code; run \`node scripts/run.cjs scripts/docs.ts\``);
  if (fresh !== text && !isCheck) writeFileSync(file, fresh);
  problems.push(...deadLinks(file, fresh));
}
for (const name of Object.keys(tables)) {
  if (!used.has(name)) problems.push(`no file has the table <!-- ${name} -->`);
}
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;

function withTables(text: string): string {
  return text.replaceAll(
    /(<!-- (\w+) -->\n)[\s\S]*?(<!-- \/\2 -->)/g,
    (whole, start: string, name: string, end: string) => {
      const make = tables[name];
      used.add(name);
      return make ? `${start}\n${make()}\n\n${end}` : whole;
    },
  );
}

function deadLinks(file: string, text: string): string[] {
  const prose = text.replaceAll(/^ *```[\s\S]*?^ *```/gm, '');
  return [...prose.matchAll(/\]\(([^)\s#]+)(?:#[^)]*)?\)/g)]
    .map((match) => match[1]!)
    .filter((target) => !/^[a-z]+:/.test(target) && !existsSync(join(dirname(file), target)))
    .map((target) => `${file}: there is no ${target}`);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(escaped).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Outside of code, `<` would begin a tag. */
function escaped(cell: string): string {
  return cell.replaceAll('|', '\\|').replaceAll(/`[^`]*`|</g, (part) => (part === '<' ? '\\<' : part));
}

function code(text: string): string {
  return `\`${text}\``;
}

function number(value: number): string {
  return value.toLocaleString('en-GB');
}

function settings(): string {
  const rows = Object.entries(settingTable).map(([name, { schema, help }]) => {
    const value: unknown = schema.safeParse(undefined).data;
    const isSet = value !== undefined && !(Array.isArray(value) && value.length === 0);
    return [code(name), isSet ? code(String(value)) : '–', help];
  });
  return table(['Setting', 'Default', 'Meaning'], rows);
}

function tierTable(): string {
  const rows = tiers.map(({ name, perMinute, burst, perDay, advice }) => [
    code(name),
    ...[perMinute, burst, perMinute + burst, perDay].map(number),
    advice,
  ]);
  return table(['Tier', 'Per minute', 'Burst', 'At most in any 60 s', 'Per UTC day', 'For'], rows);
}

function bundles(): string {
  const rows = createScopeCatalogue().bundles.map((bundle) => [
    code(bundle.name),
    bundle.description,
    bundle.scopes.map(code).join(' '),
  ]);
  return table(['Bundle', 'What it is', 'Scopes'], rows);
}

function scopes(): string {
  const catalogue = createScopeCatalogue();
  const rows = catalogue.scopes.map((scope) => [
    code(scope.name),
    scope.label,
    scope.description,
    catalogue.inherited.has(scope.name) ? 'yes' : 'no, must be named',
  ]);
  return table(['Scope', 'Label', 'Allows', 'Inherited'], rows);
}

function roles(): string {
  return rolesMarkdown()
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .join('\n');
}

function errors(): string {
  const rows = Object.entries(errorTable).map(([name, [status, title, help]]) => [
    String(status),
    code(name),
    `${title}. ${help}`,
  ]);
  return table(['Status', 'Code', 'Meaning'], rows);
}

function exits(): string {
  const rows = Object.entries(exitCodes).map(([name, number]) => [
    code(String(number)),
    exitCodeMeanings[name as keyof typeof exitCodes],
  ]);
  return table(['Exit code', 'Meaning'], rows);
}
