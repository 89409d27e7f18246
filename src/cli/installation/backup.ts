import { type Config, loadConfig } from '../../config.ts';
import { StartError } from '../../errors.ts';
import { createBackup, stampOf } from '../../services/installation/backup.ts';
import type { Manifest } from '../../services/installation/manifest.ts';
import { version } from '../../version.ts';
import type { Output } from '../output.ts';

export interface BackupCommandOptions {
  readonly withSecret: boolean;
  readonly json: boolean;
}

/** The tool of PostgreSQL does it better; the URL holds a password and is never printed. */
export function refusePostgres(config: Config, command: string): void {
  if (config.KEYWARD_DATABASE_URL === undefined) return;
  throw new StartError(
    `The data is in PostgreSQL, whose own tools copy it: ${command} "$KEYWARD_DATABASE_URL" — and keep KEYWARD_SECRET apart from it.`,
  );
}

const secretInWords: Record<Manifest['secret'], string> = {
  included: 'The secret of the installation is in it: whoever has this back-up can read all of it.',
  'left out':
    'The secret of the installation is not in it: without that, kept elsewhere, it cannot be restored.',
  elsewhere: 'KEYWARD_SECRET is a setting and not in it: keep it, else this cannot be restored.',
};

export async function backUp(
  output: Output,
  path: string | undefined,
  options: BackupCommandOptions,
): Promise<void> {
  const config = loadConfig();
  refusePostgres(config, 'pg_dump --format=custom --file keyward.dump');
  process.umask(0o077);
  const interruption = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => interruption.abort());
  const now = new Date();
  const made = await createBackup({
    dataDirectory: config.dataDirectory,
    target: path ?? `keyward-${stampOf(now)}`,
    secretSetting: config.KEYWARD_SECRET,
    withSecret: options.withSecret,
    program: version,
    now,
    signal: interruption.signal,
  });
  if (options.json) return output.json(made);
  const bytes = made.manifest.files.reduce((sum, file) => sum + file.bytes, 0);
  output.line(
    `Backed up ${inWords(made.manifest.counts.keys, 'key')} (${inMegabytes(bytes)}) to ${made.path}, and checked it.`,
  );
  output.line(secretInWords[made.manifest.secret]);
  for (const warning of made.warnings) output.note(warning);
}

export function inWords(count: number | undefined, one: string, several = `${one}s`): string {
  return `${count ?? 0} ${count === 1 ? one : several}`;
}

function inMegabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
