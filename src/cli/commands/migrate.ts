import { Command } from 'commander';
import { type Config, loadConfig } from '../../config.ts';
import { StartError } from '../../errors.ts';
import { emptySchemaState, type SchemaState } from '../../store/migrations/index.ts';
import { exitCodes } from '../exit.ts';
import { hasDatabase, onStore, openReading } from '../local.ts';
import type { Output } from '../output.ts';

interface MigrateOptions {
  readonly check: boolean;
  readonly json: boolean;
}

export function migrateCommand(output: Output): Command {
  return new Command('migrate')
    .description('bring the database up to date, as the next start would')
    .option('--check', 'only say what is pending; exit code 1 if something is', false)
    .option('--json', 'print JSON', false)
    .action((options: MigrateOptions) => (options.check ? check(output, options) : migrate(output, options)));
}

async function migrate(output: Output, { json }: MigrateOptions): Promise<void> {
  const applied = await onStore(loadConfig(), async ({ migrated }) => migrated);
  if (json) return output.json({ applied });
  if (applied.length === 0) return output.line('The database is up to date: nothing was pending.');
  for (const name of applied) output.line(`Applied ${name}.`);
  output.line('The database is up to date.');
}

async function readStates(config: Config): Promise<readonly SchemaState[]> {
  if (!hasDatabase(config)) return [emptySchemaState('main'), emptySchemaState('telemetry')];
  const reading = await openReading(config);
  await reading.close();
  return [reading.main, reading.telemetry];
}

async function check(output: Output, { json }: MigrateOptions): Promise<void> {
  const states = await readStates(loadConfig());
  for (const { version, known } of states) {
    if (version <= known) continue;
    throw new StartError(
      `The database was written by a newer version of Keyward (schema ${version}, this program knows ${known}): use the newer version.`,
    );
  }
  const pending = states.flatMap((state) => state.pending);
  if (pending.length > 0) process.exitCode = exitCodes.failed;
  if (json) return output.json({ pending });
  if (pending.length === 0) return output.line('The database is up to date: nothing is pending.');
  for (const name of pending) output.line(`Pending: ${name}.`);
}
