import { exitCodeMeanings, exitCodes } from '../../src/cli/exit.ts';
import { settingTable } from '../../src/config.ts';
import { createScopeCatalogue } from '../../src/core/scopes.ts';
import { rateLimitBounds, tiers } from '../../src/core/tiers.ts';
import { eventTypes } from '../../src/core/webhook-events.ts';
import { errorTable } from '../../src/errors.ts';
import { rolesMarkdown } from '../../src/http/openapi/roles.ts';
import { routes } from '../../src/http/routes/index.ts';

/** What stands between `<!-- name -->` and `<!-- /name -->`. */
export const tables: Readonly<Record<string, () => string>> = {
  settings,
  tiers: tierTable,
  bounds,
  bundles,
  scopes,
  calls,
  roles,
  errors,
  exits,
  events,
};

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
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

function bounds(): string {
  const { perMinute, perDay } = rateLimitBounds;
  return table(
    ['Member of `rateLimit`', 'At least', 'At most'],
    [
      ['`perMinute`', '1', number(perMinute)],
      ['`burst`', '0', '`perMinute`'],
      ['`perDay`', '1', number(perDay)],
    ],
  );
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

/** Which calls ask for a scope, from the routes themselves; one that asks for several stands with each. */
function calls(): string {
  const guarded = routes.flatMap(({ access, method, path }) =>
    'scopes' in access ? [{ required: access.scopes, call: code(`${method} ${belowRoot(path)}`) }] : [],
  );
  const joined = (asks: (required: readonly string[]) => boolean) =>
    guarded
      .filter(({ required }) => asks(required))
      .map(({ call }) => call)
      .join(' ');
  const rows = createScopeCatalogue()
    .scopes.map(({ name }) => [code(name), joined((required) => required.includes(name))] as const)
    .filter(([, calls]) => calls !== '');
  return table(
    ['Scope', 'Calls that ask for it'],
    [...rows, ['none', joined((required) => required.length === 0)]],
  );
}

function belowRoot(path: string): string {
  return path.replace(/^\/api\/v1(?=\/)/, '');
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

function events(): string {
  const rows = eventTypes.map(({ type, description, scopes }) => [
    code(type),
    description,
    scopes.map(code).join(' or '),
  ]);
  return table(['Event', 'When', 'Who subscribes needs'], rows);
}

function exits(): string {
  const rows = Object.entries(exitCodes).map(([name, number]) => [
    code(String(number)),
    exitCodeMeanings[name as keyof typeof exitCodes],
  ]);
  return table(['Exit code', 'Meaning'], rows);
}
