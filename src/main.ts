import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Composed, compose } from './compose.ts';
import { type Config, loadConfig, unknownSettings } from './config.ts';
import { isSafeForPeople } from './core/public-url.ts';
import { AppError, StartError } from './errors.ts';
import type { ConsoleSource } from './http/console.ts';
import { ConsoleBuilder } from './http/console-builder.ts';
import { ConsoleFiles, consoleFolder } from './http/console-files.ts';
import { createMetricsListener } from './http/metrics-listener.ts';
import { routes } from './http/routes/index.ts';
import { createServer } from './http/server.ts';
import type { App } from './services/app.ts';
import { ensureDataDirectory } from './store/data-directory.ts';
import { version } from './version.ts';

export interface Running {
  readonly url: string;
  /** Of the operator's own listener, where there is one. */
  readonly metricsUrl: string | null;
  readonly composed: Composed;
  /** Lets requests in flight finish, writes what is in memory, and frees everything. */
  stop(): Promise<void>;
}

export interface StartOptions {
  /** Gets the lines meant for the person who starts the server. */
  readonly print: (line: string) => void;
  /** Whether a person sees them: then the set-up link is printed, otherwise it goes to a file. */
  readonly isInteractive: boolean;
  readonly onLockTaken?: () => void;
  /** In a checkout: the console is built beside the server where it is missing or old. */
  readonly buildsConsole?: boolean;
}

/** Requests whose headers have arrived may still be in the kernel's buffers when the signal comes. */
const settleMs = 100;

/** `names` are the settings that say where. */
function cannotListen(error: unknown, host: string, port: number, names: ListenSettings): StartError {
  const { code, message } = error as NodeJS.ErrnoException;
  const reasons: Record<string, string> = {
    EADDRINUSE: `Port ${port} on ${host} is in use: stop the program that has it, or set ${names.port} to another one.`,
    EACCES: `Port ${port} on ${host} may not be opened by this user: set ${names.port} to one above 1023.`,
    EADDRNOTAVAIL: `The address ${host} is not one of this machine: set ${names.bind} to one that is, or to 0.0.0.0.`,
    ENOTFOUND: `The address ${host} is unknown: set ${names.bind} to an address of this machine.`,
  };
  return new StartError(reasons[code ?? ''] ?? `The server cannot listen on ${host}:${port}: ${message}.`);
}

interface ListenSettings {
  readonly port: string;
  readonly bind: string;
}

async function listen(server: ReturnType<typeof createServer>, config: Config): Promise<string> {
  const { KEYWARD_BIND: host, KEYWARD_PORT: port } = config;
  try {
    // For `localhost` Fastify opens a second server, for the other address family, that lacks our handling of broken requests.
    return await server.listen({ host: host === 'localhost' ? '127.0.0.1' : host, port });
  } catch (error) {
    throw cannotListen(error, host, port, { port: 'KEYWARD_PORT', bind: 'KEYWARD_BIND' });
  }
}

interface MetricsListener {
  readonly url: string;
  close(): void;
}

/** null where it is not switched on. */
async function listenForMetrics(config: Config, { app }: Composed): Promise<MetricsListener | null> {
  const { KEYWARD_METRICS_BIND: host, KEYWARD_METRICS_PORT: port } = config;
  if (port === undefined) return null;
  const server = createMetricsListener(app, config.tls);
  try {
    server.listen({ host, port });
    await once(server, 'listening');
  } catch (error) {
    throw cannotListen(error, host, port, { port: 'KEYWARD_METRICS_PORT', bind: 'KEYWARD_METRICS_BIND' });
  }
  const { port: taken } = server.address() as AddressInfo;
  const name = host.includes(':') ? `[${host}]` : host;
  return {
    url: `${config.tls ? 'https' : 'http'}://${name}:${taken}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function createFirstOwner(config: Config, { app }: Composed, options: StartOptions): Promise<void> {
  const { KEYWARD_ADMIN_EMAIL: email, KEYWARD_ADMIN_PASSWORD: password } = config;
  if (email === undefined && password === undefined) return;
  if (await app.people.hasUsers()) return;
  if (email === undefined || password === undefined) {
    throw new StartError('KEYWARD_ADMIN_EMAIL and KEYWARD_ADMIN_PASSWORD go together: set both or neither.');
  }
  try {
    await app.people.createOwner({ email, password });
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw new StartError(`KEYWARD_ADMIN_EMAIL and KEYWARD_ADMIN_PASSWORD make no owner: ${error.message}.`);
  }
  options.print(`The owner ${email} was created.`);
}

async function offerSetupLink(config: Config, { app }: Composed, options: StartOptions): Promise<void> {
  const path = join(config.dataDirectory, 'setup-link');
  if (await app.people.hasUsers()) {
    rmSync(path, { force: true });
    return;
  }
  const link = app.people.createSetupLink(() => void rm(path, { force: true }).catch(() => {}));
  if (options.isInteractive) {
    options.print(`First start: open this link within an hour to create the owner.\n\n  ${link}\n`);
    return;
  }
  ensureDataDirectory(config.dataDirectory);
  rmSync(path, { force: true });
  writeFileSync(path, `${link}\n`, { mode: 0o600, flag: 'wx' });
  options.print(`First start: the link that creates the owner is in ${path}, and good for an hour.`);
}

/** With port 0 the address is known only now. */
function settlePublicUrl(config: Config, { app }: Composed, url: string): void {
  if (config.KEYWARD_PUBLIC_URL !== undefined || config.KEYWARD_PORT !== 0) return;
  const { protocol, port } = new URL(url);
  Object.assign(app.settings, { publicUrl: `${protocol}//localhost:${port}` });
}

function prepareConsole({ log }: App, { print }: StartOptions) {
  const files = new ConsoleFiles(consoleFolder);
  const root = join(consoleFolder, '../..');
  const builder = new ConsoleBuilder({ root, folder: consoleFolder, files, log, print });
  return { files, builder, buildState: () => builder.state() };
}

async function buildServer(
  config: Config,
  composed: Composed,
  console: ConsoleSource,
): Promise<ReturnType<typeof createServer>> {
  try {
    return createServer(composed.app, routes, {
      hostRules: config.KEYWARD_HOSTS,
      isTrustedProxy: config.isTrustedProxy,
      corsOrigins: config.KEYWARD_CORS_ORIGINS,
      bodyLimitBytes: config.KEYWARD_BODY_LIMIT_BYTES,
      requestTimeoutMs: config.KEYWARD_REQUEST_TIMEOUT_SECONDS * 1_000,
      tls: config.tls,
      console,
    });
  } catch (error) {
    await composed.close();
    if (config.tls === null) throw error;
    throw new StartError(
      'KEYWARD_TLS_CERT and KEYWARD_TLS_KEY cannot be used: they are not a certificate and its own key.',
    );
  }
}

/** Starts everything. Throws a `StartError`, with nothing left open, when it cannot. */
export async function startKeyward(config: Config, options: StartOptions): Promise<Running> {
  const composed = await compose(config, { onLockTaken: options.onLockTaken });
  const console = prepareConsole(composed.app, options);
  const server = await buildServer(config, composed, console);
  let metrics: MetricsListener | null = null;
  try {
    await createFirstOwner(config, composed, options);
    const url = await listen(server, config);
    metrics = await listenForMetrics(config, composed);
    settlePublicUrl(config, composed, url);
    await offerSetupLink(config, composed, options);
    composed.app.jobs.start();
    composed.app.alerts.start();
    composed.app.webhooks.start();
    // Half a second that the first sign-in need not wait for.
    setImmediate(() => composed.app.people.warmUp().catch(() => {}));
    options.print(
      `Keyward ${version} is listening on ${url} (public address ${composed.app.settings.publicUrl}).`,
    );
    options.print(`The console is at ${composed.app.settings.publicUrl}/.`);
    if (metrics) options.print(`Metrics are on ${metrics.url}/metrics.`);
    // What follows `?` may be a password for the collector.
    if (config.traces) options.print(`Traces go to ${config.traces.url.split('?', 1)[0]}.`);
    if (options.buildsConsole) void console.builder.start();
    const opened: Opened = { server, metrics, composed, builder: console.builder };
    const stop = () => drain(opened, config.KEYWARD_DRAIN_SECONDS * 1_000);
    return { url, metricsUrl: metrics?.url ?? null, composed, stop };
  } catch (error) {
    metrics?.close();
    await server.close();
    await composed.close();
    throw error;
  }
}

interface Opened {
  readonly server: ReturnType<typeof createServer>;
  readonly metrics: MetricsListener | null;
  readonly composed: Composed;
  readonly builder: ConsoleBuilder;
}

async function drain({ server, metrics, composed, builder }: Opened, atMostMs: number): Promise<void> {
  const { jobs, alerts, webhooks } = composed.app;
  const workStopped = Promise.all([jobs.stop(), alerts.stop(), webhooks.stop(), builder.stop()]);
  await delay(settleMs);
  const overdue = setTimeout(() => server.server.closeAllConnections(), atMostMs);
  const idle = setInterval(() => server.server.closeIdleConnections(), 50);
  await server.close();
  clearTimeout(overdue);
  clearInterval(idle);
  metrics?.close();
  await workStopped;
  await composed.close();
}

/** npm and supervisors of whole process groups repeat a signal at once: only a later one means hurry. */
const sameSignalMs = 1_000;

/** `keyward serve`: runs until a signal asks it to stop; exits 0 then, 1 when it could not start. */
export async function serve({ buildsConsole }: Pick<StartOptions, 'buildsConsole'>): Promise<void> {
  const print = (line: string) => void process.stdout.write(`${line}\n`);
  let running: Running | undefined;
  let stoppingSinceMs: number | undefined;
  const stop = (code: number) => {
    if (stoppingSinceMs !== undefined) {
      if (performance.now() - stoppingSinceMs > sameSignalMs) process.exit(1);
      return;
    }
    stoppingSinceMs = performance.now();
    const stopped = running === undefined ? Promise.resolve() : running.stop();
    stopped.then(
      () => process.exit(code),
      (error: unknown) => {
        process.stderr.write(`Keyward could not stop cleanly: ${(error as Error).message}\n`);
        process.exit(1);
      },
    );
  };
  // Before anything is open: who reads that the server listens may send a signal at once.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => stop(0));
  try {
    for (const name of unknownSettings()) print(`Note: ${name} is not a setting of Keyward, and is ignored.`);
    const config = loadConfig();
    if (!isSafeForPeople(config.publicUrl)) {
      print(
        `Note: nobody can sign in at ${config.publicUrl}: browsers keep the session cookie for https and localhost only.`,
      );
    }
    running = await startKeyward(config, {
      print,
      isInteractive: process.stdout.isTTY === true,
      buildsConsole,
      onLockTaken: () => {
        process.stderr.write(
          'Another Keyward has taken the database while the connection was lost: stopping, so that two never run.\n',
        );
        stop(1);
      },
    });
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}

// Only `npm start` asks for it: who starts this file again and again wants no build each time.
if (import.meta.main) await serve({ buildsConsole: process.argv.includes('--build-console') });
