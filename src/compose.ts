import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import pino, { type Logger } from 'pino';
import type { Config } from './config.ts';
import { signingKeysOf } from './core/audit-seal.ts';
import { deriveKey } from './core/derive-key.ts';
import { createIdFactory } from './core/id.ts';
import { createScopeCatalogue } from './core/scopes.ts';
import { maskSecrets } from './core/secret.ts';
import { StartError } from './errors.ts';
import type { Clock } from './limiter/limiter.ts';
import { MemoryLimiter } from './limiter/memory.ts';
import { Alerts } from './services/alerts/index.ts';
import type { App } from './services/app.ts';
import { AuditCheckpoints } from './services/audit-checkpoints.ts';
import { Guard } from './services/guard.ts';
import { secretCheckOf } from './services/installation/secret.ts';
import { finishRestore } from './services/installation/swap.ts';
import { JobRunner } from './services/jobs/runner.ts';
import { LimitKeeper } from './services/limit-keeper.ts';
import { Mailer } from './services/mail.ts';
import { RequestMetrics } from './services/metrics/requests.ts';
import { createPeople } from './services/people/index.ts';
import { PolicyCache } from './services/policies.ts';
import { openRequestLog } from './services/request-log.ts';
import { UseRecorder } from './services/uses.ts';
import { WebhookRunner } from './services/webhooks/runner.ts';
import { type Database, openPostgresDatabase, openSqliteDatabase } from './store/database.ts';
import { rememberFact } from './store/installation.ts';
import { registerPrefix } from './store/keys.ts';
import { lockDirectory, lockPostgres } from './store/lock.ts';
import { migrate } from './store/migrations/index.ts';
import type { TelemetryPlace } from './store/telemetry/open.ts';
import { QueryThread } from './store/telemetry/query-thread.ts';
import { version } from './version.ts';

/** A running Keyward without its doors: what the server and the commands on the data share. */
export interface Composed {
  readonly app: App;
  /** Names of the migrations that this start applied. */
  readonly migrated: readonly string[];
  /** Writes what is in memory, closes the database and gives up the lock. */
  close(): Promise<void>;
}

export interface ComposeOptions {
  readonly clock?: Clock;
  readonly log?: Logger;
  /** Called when another server has taken the database while the connection to it was lost. */
  readonly onLockTaken?: () => void;
}

const systemClock: Clock = { monotonicMs: () => performance.now(), wallMs: () => Date.now() };

/**
 * Server log as JSON lines on standard error. Whatever has the shape of a secret keeps only its hint. `mixin` gives
 * members that every line has.
 */
export function createLog(level: string, mixin?: () => object): Logger {
  return pino(
    {
      level,
      base: undefined,
      ...(mixin ? { mixin } : {}),
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (name) => ({ level: name }) },
    },
    { write: (line: string) => void process.stderr.write(maskSecrets(line)) },
  );
}

/** KEYWARD_SECRET, or the one in the data directory, which is made at the first start. */
function readInstallationSecret(config: Config): string {
  if (config.KEYWARD_SECRET) return config.KEYWARD_SECRET;
  const path = join(config.dataDirectory, 'secret');
  try {
    if (!existsSync(path)) {
      const isUsed = existsSync(join(config.dataDirectory, 'keyward.db'));
      if (isUsed) {
        throw new StartError(
          `The file ${path} is missing, and with it the key of this data. Put it back from a back-up, or set KEYWARD_SECRET to its content.`,
        );
      }
      writeFileSync(path, `${randomBytes(32).toString('base64url')}\n`, {
        mode: 0o600,
        flag: 'wx',
        flush: true,
      });
    }
    chmodSync(path, 0o600);
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    if (error instanceof StartError) throw error;
    throw new StartError(`The file ${path} cannot be used: ${(error as Error).message}.`);
  }
}

async function requireSameSecret(database: Database, secret: string): Promise<void> {
  const check = secretCheckOf(secret);
  if ((await rememberFact(database.write, 'secret_check', check)) === check) return;
  throw new StartError(
    'KEYWARD_SECRET is not the one this database was written with: sessions, second factors and the audit chain need that one. Nothing was changed.',
  );
}

/** Opens the store under its lock, brings it up to date and puts the parts together. Failures are `StartError`s. */
export async function compose(config: Config, options: ComposeOptions = {}): Promise<Composed> {
  // Whatever the databases write beside themselves is for nobody else either.
  process.umask(0o077);
  const url = config.KEYWARD_DATABASE_URL;
  const traces = await openTraces(config, (failure) => tellTraces(log, failure));
  const log = options.log ?? createLog(config.KEYWARD_LOG_LEVEL, traces?.ids);
  const watch: LockWatch = { policies: null };
  const lock = url
    ? await lockPostgres(url, lockEvents(watch, log, options))
    : lockDirectory(config.dataDirectory);
  let database: Database | undefined;
  try {
    if (!url) finishRestore(config.dataDirectory);
    const secret = readInstallationSecret(config);
    const observe = traces?.observeQueries;
    database = url
      ? openPostgresDatabase(url, config.KEYWARD_DATABASE_CONNECTIONS, observe)
      : openSqliteDatabase(config.dataDirectory, observe);
    const clock = options.clock ?? systemClock;
    const migrated = await migrate(database, clock.wallMs());
    await requireSameSecret(database, secret);
    return await assemble(config, { database, clock, secret, lock, log, watch, migrated, traces });
  } catch (error) {
    await database?.close();
    await lock.release();
    await traces?.tracing.close();
    throw error;
  }
}

/** OpenTelemetry, and the store with it; null, and nothing of it is loaded, where it is not switched on. */
async function openTraces(config: Config, onState: (failure: string | null) => void) {
  if (config.traces === null) return null;
  const { Tracing, queryObserver, tracedDatabase, tracedQueryThread } = await import('./tracing/index.ts');
  const tracing = new Tracing(config.traces, version, onState);
  return {
    tracing,
    ids: () => tracing.ids(),
    observeQueries: queryObserver(tracing, config.KEYWARD_DATABASE_URL ? 'postgresql' : 'sqlite'),
    traceDatabase: (database: Database) => tracedDatabase(tracing, database),
    openQueryThread: (place: TelemetryPlace) => tracedQueryThread(tracing, place),
  };
}

function tellTraces(log: Logger, failure: string | null): void {
  if (failure === null) log.warn({ event: 'traces.sent' }, 'Traces are sent again');
  else
    log.error(
      { event: 'traces.failing', reason: failure },
      'Traces cannot be sent: requests go on, without them',
    );
}

interface Opened {
  readonly traces: Awaited<ReturnType<typeof openTraces>>;
  readonly database: Database;
  readonly clock: Clock;
  readonly secret: string;
  readonly lock: { release(): Promise<void> };
  readonly log: Logger;
  readonly watch: LockWatch;
  readonly migrated: readonly string[];
}

/** The lock is taken before there is a cache that could be mistrusted. */
interface LockWatch {
  policies: PolicyCache | null;
}

function lockEvents(watch: LockWatch, log: Logger, options: ComposeOptions) {
  return {
    onLost: () => {
      watch.policies?.suspend();
      log.error(
        { event: 'lock.lost' },
        'The connection that holds the database lock was lost: trusting nothing until it is back',
      );
    },
    onRegained: () => {
      watch.policies?.resume();
      log.warn({ event: 'lock.regained' }, 'The database lock is held again');
    },
    onTaken: () => options.onLockTaken?.(),
  };
}

async function assemble(config: Config, opened: Opened): Promise<Composed> {
  const { clock, secret, lock, log, traces } = opened;
  const database = traces?.traceDatabase(opened.database) ?? opened.database;
  const keyPrefixes = await registerPrefix(database.write, config.KEYWARD_KEY_PREFIX, clock.wallMs());
  const catalogue = createScopeCatalogue(config.KEYWARD_SURFACES);
  const settings = {
    publicUrl: config.publicUrl,
    keyPrefix: config.KEYWARD_KEY_PREFIX,
    keyPrefixes,
    refusalsPerMinute: config.KEYWARD_REFUSALS_PER_MINUTE,
    auditKey: deriveKey(secret, 'audit'),
    auditSigningKeys: signingKeysOf(deriveKey(secret, 'audit-signatures')),
    sessionSecret: deriveKey(secret, 'sessions').toString('base64url'),
    webhookKey: deriveKey(secret, 'webhooks'),
    userAgent: `Keyward/${version}`,
    webhookAllow: config.KEYWARD_WEBHOOK_ALLOW,
    metricsToken: config.KEYWARD_METRICS_TOKEN ?? null,
    accessLog: config.KEYWARD_ACCESS_LOG,
    dataDirectory: config.KEYWARD_DATABASE_URL ? null : config.dataDirectory,
  };
  const limiter = new MemoryLimiter(clock);
  const refusals = new MemoryLimiter(clock);
  const uses = new UseRecorder();
  const policies = new PolicyCache(database, catalogue);
  opened.watch.policies = policies;
  const guard = new Guard({ clock, policies, limiter, refusals, uses, ...settings });
  const place = config.KEYWARD_DATABASE_URL
    ? { url: config.KEYWARD_DATABASE_URL }
    : { directory: config.dataDirectory };
  const telemetry = traces?.openQueryThread(place) ?? new QueryThread(place);
  const keeper = new LimitKeeper({ database, clock, limiter, refusals, uses, log });
  const logWriter = openRequestLog(place, telemetry, keeper, () => clock.wallMs(), log);
  const requestLog = config.KEYWARD_REQUEST_LOG === 'on' ? logWriter : null;
  const newId = createIdFactory({ now: () => clock.wallMs() });
  const parts = {
    settings,
    database,
    clock,
    newId,
    catalogue,
    limiter,
    refusals,
    policies,
    guard,
    uses,
    keeper,
    requests: new RequestMetrics(),
    requestLog,
    logWriter,
    telemetry,
    tracing: traces?.tracing ?? null,
    mailer: config.smtp ? new Mailer(config.smtp, config.publicUrl) : null,
    log,
  };
  const app: App = Object.assign(parts, {
    people: undefined as never,
    jobs: undefined as never,
    alerts: undefined as never,
    webhooks: undefined as never,
  });
  Object.assign(app, {
    people: createPeople(app),
    jobs: new JobRunner(app),
    alerts: new Alerts(app),
    webhooks: new WebhookRunner(app),
  });
  await policies.start();
  await keeper.start();
  const checkpoints = new AuditCheckpoints({ database, clock, keys: settings.auditSigningKeys, log });
  checkpoints.start();
  return {
    app,
    migrated: opened.migrated,
    close: async () => {
      await Promise.all([app.jobs.stop(), app.alerts.stop(), app.webhooks.stop()]);
      await keeper.stop();
      await checkpoints.stop();
      await logWriter.close();
      await telemetry.close();
      await database.close();
      await lock.release();
      await traces?.tracing.close();
    },
  };
}
