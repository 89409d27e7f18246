import { Command } from 'commander';
import type { Wait } from '../client.ts';
import { type ConnectionOptions, connect, withConnection } from '../connection.ts';
import { CliError, exitCodes } from '../exit.ts';
import { defaultLinkTemplate } from '../kb/paths.ts';
import type { Problem } from '../kb/problem.ts';
import type { PullReport } from '../kb/pull.ts';
import type { PushReport } from '../kb/push.ts';
import { type Output, printable } from '../output.ts';

interface PushFlags extends ConnectionOptions {
  readonly dryRun?: boolean;
  readonly prune?: boolean;
  readonly takeOver?: boolean;
  readonly source?: string;
  readonly only?: readonly string[];
  readonly linkTemplate: string;
  readonly json?: boolean;
}

interface PullFlags extends ConnectionOptions {
  readonly force?: boolean;
  readonly archived?: boolean;
  readonly source?: string;
  readonly json?: boolean;
}

interface SearchFlags extends ConnectionOptions {
  readonly limit: string;
  readonly json?: boolean;
}

const help = `
The server is that of KEYWARD_URL, and the key (knowledge:write to push, knowledge:read for the rest) that of
KEYWARD_API_KEY, both also from .env in the folder or in the working directory.`;

function usage(message: string): CliError {
  return new CliError(message, exitCodes.usage);
}

/** `--only` takes every word behind it, the folder too where that comes last. */
function readRef(only: readonly string[], folder: string | undefined): { folder: string; ref: string } {
  const [what, ref, last, ...rest] = only;
  const place = folder ?? last;
  const isComplete = place !== undefined && rest.length === 0 && (folder === undefined || last === undefined);
  if (what === 'changed-since' && ref && isComplete) return { folder: place, ref };
  throw usage('--only takes "changed-since" and a git ref, such as: --only changed-since main');
}

function checkTemplate(template: string): string {
  if (template.includes('{slug}') && !/[\s<>()\\]/.test(template)) return template;
  throw usage('--link-template must contain {slug}, and no blanks, brackets or backslashes.');
}

function printProblems(output: Output, kind: string, problems: readonly Problem[]): void {
  for (const { file, line, message } of problems) {
    output.note(`${kind}${printable(file)}:${line}: ${printable(message)}`);
  }
}

function refuseWhereErrors(errors: readonly Problem[], what: string): void {
  if (errors.length === 0) return;
  throw new CliError(`${errors.length} ${errors.length === 1 ? 'file was' : 'files were'} not ${what}.`);
}

function readPlace(named: string | undefined, only: readonly string[] | undefined) {
  if (only !== undefined) return readRef(only, named);
  if (named !== undefined) return { folder: named, ref: undefined };
  throw usage('Name the folder to push, such as: keyward kb push docs');
}

async function push(output: Output, named: string | undefined, flags: PushFlags): Promise<void> {
  const { folder, ref: changedSince } = readPlace(named, flags.only);
  if (flags.source !== undefined && flags.source.trim() === '') throw usage('--source must not be empty.');
  const { pushFolder } = await import('../kb/push.ts');
  const connection = {
    connect: (onWait: (wait: Wait) => void) => connect(output, flags, { directories: [folder, '.'], onWait }),
  };
  const report = await pushFolder(connection, output, folder, {
    isDryRun: flags.dryRun === true,
    prunes: flags.prune === true,
    takesOver: flags.takeOver === true,
    ...(flags.source === undefined ? {} : { source: flags.source }),
    ...(changedSince === undefined ? {} : { changedSince }),
    linkTemplate: checkTemplate(flags.linkTemplate),
    isQuiet: flags.json === true,
  });
  if (flags.json) output.json(asJson(report, flags.dryRun === true));
  else await printPush(output, report, flags.dryRun === true);
  refuseWhereErrors(report.errors, 'pushed');
}

function countOf({ done }: PushReport, outcome: string): number {
  return done.filter((one) => one.outcome === outcome).length;
}

function asJson(report: PushReport, isDryRun: boolean) {
  return {
    source: report.source,
    dryRun: isDryRun,
    created: countOf(report, 'created'),
    updated: countOf(report, 'updated'),
    unchanged: report.unchanged,
    archived: countOf(report, 'archived'),
    errors: report.errors,
    warnings: report.warnings,
  };
}

async function printPush(output: Output, report: PushReport, isDryRun: boolean): Promise<void> {
  const { printDiff } = await import('../kb/preview.ts');
  for (const diff of report.diffs) printDiff(output, diff);
  for (const { outcome, slug, file } of isDryRun ? [] : report.done) {
    output.line(`${outcome.padEnd(8)}  ${printable(slug)}${file === null ? '' : `  (${printable(file)})`}`);
  }
  printProblems(output, 'Warning: ', report.warnings);
  printProblems(output, '', report.errors);
  const counts = (['created', 'updated', 'archived'] as const).map(
    (outcome) => `${countOf(report, outcome)} ${outcome}`,
  );
  const text = `${counts.join(', ')}, ${report.unchanged} unchanged.`;
  output.line(isDryRun ? `Dry run, nothing was sent: ${text}` : text);
}

async function pull(output: Output, folder: string, flags: PullFlags): Promise<void> {
  const { pullFolder } = await import('../kb/pull.ts');
  const client = await connect(output, flags, { directories: [folder, '.'] });
  const report: PullReport = await pullFolder(client, folder, {
    mayReplace: flags.force === true,
    withArchived: flags.archived === true,
    ...(flags.source === undefined ? {} : { source: flags.source }),
  });
  const { created, updated, unchanged, errors } = report;
  if (flags.json) {
    output.json({ created: created.length, updated: updated.length, unchanged, errors });
  } else {
    for (const file of created) output.line(`created   ${printable(file)}`);
    for (const file of updated) output.line(`replaced  ${printable(file)}`);
    printProblems(output, '', errors);
    output.line(`${created.length} created, ${updated.length} replaced, ${unchanged} unchanged.`);
  }
  refuseWhereErrors(errors, 'written');
}

async function search(output: Output, words: readonly string[], flags: SearchFlags): Promise<void> {
  const limit = Number(flags.limit);
  if (!Number.isInteger(limit) || limit < 1 || limit > 200) throw usage('--limit must be 1 to 200.');
  const { searchArticles, printFound } = await import('../kb/search.ts');
  const found = await searchArticles(await connect(output, flags), words.join(' '), limit);
  if (flags.json) output.json(found);
  else if (found.length === 0) output.note('Nothing was found.');
  else printFound(output, found);
}

function pushCommand(output: Output): Command {
  return withConnection(new Command('push'))
    .description('bring a folder of Markdown files to the knowledge base')
    .argument('[folder]', 'folder of Markdown files')
    .option('--dry-run', 'show what would change, as a diff, and send nothing')
    .option('--prune', 'archive articles that this folder brought and no longer has')
    .option('--only <what...>', 'only some files: changed-since <git ref>')
    .option(
      '--source <name>',
      'name under which the folder keeps its articles (default: repository and path)',
    )
    .option('--take-over', 'also change articles that another source keeps')
    .option('--link-template <url>', 'what links between pages become', defaultLinkTemplate)
    .option('--json', 'print JSON')
    .action((folder: string | undefined, flags: PushFlags) => push(output, folder, flags));
}

function pullCommand(output: Output): Command {
  return withConnection(new Command('pull'))
    .description('write the articles of the knowledge base as Markdown files')
    .argument('<folder>', 'folder to write to')
    .option('--force', 'replace files that differ')
    .option('--archived', 'archived articles, too')
    .option('--source <name>', 'only articles that this source keeps')
    .option('--json', 'print JSON')
    .action((folder: string, flags: PullFlags) => pull(output, folder, flags));
}

function searchCommand(output: Output): Command {
  return withConnection(new Command('search'))
    .description('search published articles')
    .argument('<words...>', 'articles must have all of them; the last may be unfinished')
    .option('--limit <count>', 'articles at most', '10')
    .option('--json', 'print JSON')
    .action((words: string[], flags: SearchFlags) => search(output, words, flags));
}

export function kbCommand(output: Output): Command {
  const command = new Command('kb').description(
    'push a folder of Markdown to the knowledge base, pull, search',
  );
  for (const child of [pushCommand(output), pullCommand(output), searchCommand(output)]) {
    command.addCommand(child);
  }
  return command.addHelpText('after', help);
}
