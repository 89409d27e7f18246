import { loadConfig } from '../../config.ts';
import { restoreBackup } from '../../services/installation/restore.ts';
import type { Output } from '../output.ts';
import { inWords, refusePostgres } from './backup.ts';

export interface RestoreCommandOptions {
  readonly force: boolean;
  readonly json: boolean;
}

export async function restore(
  output: Output,
  backup: string,
  { force, json }: RestoreCommandOptions,
): Promise<void> {
  const config = loadConfig();
  refusePostgres(config, 'pg_restore --no-owner --clean --if-exists keyward.dump --dbname');
  process.umask(0o077);
  const { dataDirectory } = config;
  const { manifest, replacedPath } = await restoreBackup({
    backup,
    dataDirectory,
    secretSetting: config.KEYWARD_SECRET,
    isForced: force,
    now: new Date(),
  });
  if (json) return output.json({ dataDirectory, replacedPath, manifest });
  const { counts, createdAt } = manifest;
  output.line(
    `Restored ${inWords(counts.tenants, 'tenant')}, ${inWords(counts.users, 'person', 'people')} and ${inWords(counts.keys, 'key')} of ${createdAt} to ${dataDirectory}.`,
  );
  if (replacedPath !== null) output.line(`What was there before is in ${replacedPath}.`);
  output.note('What was revoked or changed after that time counts again as it did then: revoke it again.');
}
