import { Command } from 'commander';
import { exitCodes } from '../exit.ts';
import type { Output } from '../output.ts';
import type { SettingsReport } from '../settings.ts';

export function configCommand(output: Output): Command {
  return new Command('config')
    .description('show every setting, its value and where it comes from; secrets are not shown')
    .option('--json', 'print JSON', false)
    .action(({ json }: { readonly json: boolean }) => showSettings(output, json));
}

async function showSettings(output: Output, isJson: boolean): Promise<void> {
  const { describeSettings } = await import('../settings.ts');
  const report = describeSettings();
  if (report.problems.length > 0) process.exitCode = exitCodes.failed;
  if (isJson) output.json(report);
  else printSettings(output, report);
}

function printSettings(output: Output, report: SettingsReport): void {
  output.table(report.settings, [
    { title: 'Setting', value: ({ name }) => name },
    { title: 'Origin', value: ({ origin }) => origin },
    {
      title: 'Value',
      value: ({ value }) => value,
      style: ({ problem }) => (problem === null ? null : 'red'),
    },
  ]);
  for (const name of report.unknown) output.note(`${name} is not a setting of Keyward, and is ignored.`);
  for (const problem of report.problems) output.note(problem);
}
