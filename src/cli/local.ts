import { type Composed, compose, createLog } from '../compose.ts';
import { type Config, loadConfig } from '../config.ts';
import { AppError, type FieldError, StartError } from '../errors.ts';
import { type Reading, readPostgres, readSqlite, sizeOf } from '../store/inspect.ts';
import { describeServer, reasonOf } from '../store/lock.ts';
import { CliError, exitCodeOfStatus, exitCodes } from './exit.ts';

/** What the services refuse, as a sentence for who gave the options. */
export function sentenceOf({ members, message }: AppError): string {
  const [first] = (members.errors ?? []) as FieldError[];
  return first ? `The ${first.path} ${first.message}.` : message;
}

/** Commands tell what they do themselves: of the server's log only what is wrong. */
export function composeQuietly(config: Config): Promise<Composed> {
  const isLouder = ['info', 'debug'].includes(config.KEYWARD_LOG_LEVEL);
  return compose(config, { log: createLog(isLouder ? 'warn' : config.KEYWARD_LOG_LEVEL) });
}

/** Runs `work` on the store, under its lock and brought up to date; refused where a server holds it. */
export async function onStore<T>(config: Config, work: (composed: Composed) => Promise<T>): Promise<T> {
  const composed = await composeQuietly(config);
  try {
    return await work(composed);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const code = error.status === 400 ? exitCodes.failed : exitCodeOfStatus(error.status);
    throw new CliError(sentenceOf(error), code);
  } finally {
    await composed.close();
  }
}

/** Opens the store to look at it, also beside a running server. Changes nothing. */
export async function openReading(config: Config): Promise<Reading> {
  const url = config.KEYWARD_DATABASE_URL;
  try {
    return await (url ? readPostgres(url) : readSqlite(config.dataDirectory));
  } catch (error) {
    throw new StartError(
      url
        ? `PostgreSQL at ${describeServer(url)} cannot be read: ${reasonOf(error)}.`
        : `The database in ${config.dataDirectory} cannot be read: ${reasonOf(error)}.`,
    );
  }
}

/** Whether there is an embedded database yet; with PostgreSQL that is not known before asking it. */
export function hasDatabase(config: Config): boolean {
  return config.KEYWARD_DATABASE_URL !== undefined || sizeOf(`${config.dataDirectory}/keyward.db`) > 0;
}

/** Runs `work` on a store that must be there, without its lock. */
export async function onReading<T>(work: (reading: Reading, config: Config) => Promise<T>): Promise<T> {
  const config = loadConfig();
  if (!hasDatabase(config)) {
    throw new StartError(
      `There is no database in ${config.dataDirectory} yet: start Keyward once, or set KEYWARD_DATA_DIR to the data directory.`,
    );
  }
  const reading = await openReading(config);
  try {
    return await work(reading, config);
  } finally {
    await reading.close();
  }
}
