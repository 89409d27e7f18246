import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../../config.ts';
import { auditKeysOf, verifyNewest } from '../../services/audit-verify.ts';
import { readSecretFile, secretCheckOf } from '../../services/installation/secret.ts';
import { walkAuditChains } from '../../store/audit-chain.ts';
import { expendableFiles } from '../../store/database.ts';
import { findDamage, inspectPostgres, type Reading } from '../../store/inspect.ts';
import { findFact } from '../../store/installation.ts';
import { describeServer, reasonOf } from '../../store/lock.ts';
import { hasUsers } from '../../store/people.ts';
import { hasDatabase, openReading } from '../local.ts';
import { type Finding, fine, warn, wrong } from './finding.ts';

const clockToleranceMs = 2_000;

/** Checks what is in the database, of either kind, as far as it can be reached. */
export async function checkDatabase(config: Config): Promise<readonly Finding[]> {
  const store = config.KEYWARD_DATABASE_URL
    ? await checkPostgres(config.KEYWARD_DATABASE_URL)
    : checkFiles(config);
  if (store.some(({ level }) => level === 'error') || !hasDatabase(config)) return store;
  const reading = await openReading(config);
  try {
    return [...store, ...checkSchema(reading), ...(await checkContent(reading, config))];
  } finally {
    await reading.close();
  }
}

const restoreIt = 'Stop Keyward, and restore the last good back-up: keyward restore <backup> --force';

function checkFiles(config: Config): Finding[] {
  const { dataDirectory } = config;
  if (!hasDatabase(config)) {
    return [
      warn('database', `There is no database in ${dataDirectory} yet.`, 'Start Keyward: that makes it.'),
    ];
  }
  const [fault] = findDamage(join(dataDirectory, 'keyward.db'), 'quick');
  if (fault) return [wrong('database', `keyward.db is damaged: ${fault}.`, restoreIt)];
  const damaged = expendableFiles.filter((name) => {
    const path = join(dataDirectory, name);
    return existsSync(path) && findDamage(path, 'quick').length > 0;
  });
  const advice = 'Restart Keyward: it sets the file aside and begins a new one.';
  return [
    fine('database', 'keyward.db is whole.'),
    ...damaged.map((name) => warn('telemetry', `${name} is damaged.`, advice)),
  ];
}

async function checkPostgres(url: string): Promise<Finding[]> {
  let state: Awaited<ReturnType<typeof inspectPostgres>>;
  try {
    state = await inspectPostgres(url);
  } catch (error) {
    return [
      wrong(
        'database',
        `PostgreSQL at ${describeServer(url)} cannot be reached: ${reasonOf(error)}.`,
        'Check KEYWARD_DATABASE_URL, and that the server runs and lets this machine in.',
      ),
    ];
  }
  const found = [fine('database', `PostgreSQL ${state.version} answers at ${describeServer(url)}.`)];
  if (state.isTooOld) {
    found.push(wrong('database', `PostgreSQL ${state.version} is too old.`, 'Upgrade it to 15 or newer.'));
  }
  if (!state.mayCreate) {
    found.push(
      wrong(
        'database',
        'This role may not create tables in its schema, which upgrades need.',
        'Make it the owner of the database, or: grant create on schema public to that role.',
      ),
    );
  }
  if (Math.abs(state.clockAheadMs) > clockToleranceMs) {
    const seconds = (Math.abs(state.clockAheadMs) / 1_000).toFixed(1);
    const direction = state.clockAheadMs > 0 ? 'ahead of' : 'behind';
    found.push(
      warn(
        'clock',
        `PostgreSQL's clock is ${seconds} s ${direction} this machine's.`,
        'Let both follow a time server.',
      ),
    );
  }
  return found;
}

function checkSchema({ schema }: Reading): Finding[] {
  const states = Object.values(schema);
  for (const { version, known } of states) {
    if (version <= known) continue;
    const message = `A newer version of Keyward wrote the database (schema ${version}, this program knows ${known}).`;
    return [wrong('schema', message, 'Use the newer version, or restore a back-up from before the upgrade.')];
  }
  const pending = states.flatMap((state) => state.pending);
  if (pending.length === 0) return [fine('schema', 'The database is up to date.')];
  return [
    warn('schema', `Not applied yet: ${pending.join(', ')}.`, 'Start Keyward, or run keyward migrate.'),
  ];
}

async function checkContent(reading: Reading, config: Config): Promise<Finding[]> {
  const { db, schema } = reading;
  const { main } = schema;
  if (main.version === 0 || main.version > main.known) return [];
  const secret = config.KEYWARD_SECRET ?? readSecretFile(config.dataDirectory);
  const known = await findFact(db, 'secret_check');
  const found: Finding[] = [];
  if (secret === null) {
    const message = 'The file secret is missing, and with it the key of this data.';
    found.push(wrong('secret', message, 'Put it back from a back-up, or set KEYWARD_SECRET to its content.'));
  } else if (known !== null && known !== secretCheckOf(secret)) {
    const message = 'The secret is not the one this database was written with.';
    found.push(
      wrong('secret', message, 'Give the right one: KEYWARD_SECRET, or the file secret of a back-up.'),
    );
  } else {
    found.push(fine('secret', 'The secret is the one of this database.'));
    found.push(...(await checkAudit(reading, secret)));
  }
  return [...found, await checkPeople(db)];
}

async function checkAudit({ db, schema }: Reading, secret: string): Promise<Finding[]> {
  // Before its migrations have run, the database has no checkpoints yet.
  const isCurrent = schema.main.pending.length === 0;
  const keys = auditKeysOf(secret);
  const { entries, breaks, checkpoints } = isCurrent
    ? await verifyNewest(db, keys)
    : { ...(await walkAuditChains(db, keys.chain)), checkpoints: 0 };
  const found = breaks.map(({ tenantId, seq, reason }) =>
    wrong(
      'audit log',
      `The audit log of ${tenantId} is broken at entry ${seq}: ${reason}.`,
      'Somebody changed the database past Keyward: find out who, and compare with a back-up.',
    ),
  );
  if (found.length > 0) return found;
  const whole = fine('audit log', `All ${entries} entries are as they were written.`);
  if (checkpoints === 0) return [whole];
  const fits =
    checkpoints === 1
      ? 'The newest signed checkpoint fits the audit log.'
      : `The newest signed checkpoints of ${checkpoints} tenants fit their audit logs.`;
  return [whole, fine('audit checkpoints', fits)];
}

async function checkPeople(db: Reading['db']): Promise<Finding> {
  if (await hasUsers(db)) return fine('people', 'There is an owner.');
  return warn(
    'people',
    'There is no owner yet.',
    'Open the set-up link that the start prints, or use keyward init.',
  );
}
