import { type Config, loadConfig } from '../../config.ts';
import { StartError } from '../../errors.ts';
import { emptySchemaState, type SchemaState, schemaParts } from '../../store/migrations/index.ts';
import { exitCodes } from '../exit.ts';
import { hasDatabase, onStore, openReading } from '../local.ts';
import type { Output } from '../output.ts';

export interface MigrateOptions {
  readonly check: boolean;
  readonly json: boolean;
}

export async function migrate(output: Output, { json }: MigrateOptions): Promise<void> {
  const applied = await onStore(loadConfig(), async ({ migrated }) => migrated);
  if (json) return output.json({ applied });
  if (applied.length === 0) return output.line('The database is up to date: nothing was pending.');
  for (const name of applied) output.line(`Applied ${name}.`);
  output.line('The database is up to date.');
}

async function readStates(config: Config): Promise<readonly SchemaState[]> {
  if (!hasDatabase(config)) return schemaParts.map(emptySchemaState);
  const reading = await openReading(config);
  await reading.close();
  return Object.values(reading.schema);
}

export async function check(output: Output, { json }: MigrateOptions): Promise<void> {
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
