import { rmSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Composed, compose } from './compose.ts';
import { type Config, loadConfig, unknownSettings } from './config.ts';
import { isSafeForPeople } from './core/public-url.ts';
import { AppError, StartError } from './errors.ts';
import { routes } from './http/routes/index.ts';
import { createServer } from './http/server.ts';
import { ensureDataDirectory } from './store/database.ts';
import { version } from './version.ts';

export interface Running {
  readonly url: string;
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
}

/** Requests whose headers have arrived may still be in the kernel's buffers when the signal comes. */
const settleMs = 100;

async function listen(server: ReturnType<typeof createServer>, config: Config): Promise<string> {
  const { KEYWARD_BIND: host, KEYWARD_PORT: port } = config;
  try {
    // For `localhost` Fastify opens a second server, for the other address family, that lacks our handling of broken requests.
    return await server.listen({ host: host === 'localhost' ? '127.0.0.1' : host, port });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const reasons: Record<string, string> = {
      EADDRINUSE: `Port ${port} on ${host} is in use: stop the program that has it, or set KEYWARD_PORT to another one.`,
      EACCES: `Port ${port} on ${host} may not be opened by this user: set KEYWARD_PORT to one above 1023.`,
      EADDRNOTAVAIL: `The address ${host} is not one of this machine: set KEYWARD_BIND to one that is, or to 0.0.0.0.`,
      ENOTFOUND: `The address ${host} is unknown: set KEYWARD_BIND to an address of this machine.`,
    };
    throw new StartError(
      reasons[code ?? ''] ?? `The server cannot listen on ${host}:${port}: ${(error as Error).message}.`,
    );
  }
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

async function buildServer(config: Config, composed: Composed): Promise<ReturnType<typeof createServer>> {
  try {
    return createServer(composed.app, routes, {
      hostRules: config.KEYWARD_HOSTS,
      isTrustedProxy: config.isTrustedProxy,
      corsOrigins: config.KEYWARD_CORS_ORIGINS,
      bodyLimitBytes: config.KEYWARD_BODY_LIMIT_BYTES,
      requestTimeoutMs: config.KEYWARD_REQUEST_TIMEOUT_SECONDS * 1_000,
      tls: config.tls,
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
  const server = await buildServer(config, composed);
  try {
    await createFirstOwner(config, composed, options);
    const url = await listen(server, config);
    settlePublicUrl(config, composed, url);
    await offerSetupLink(config, composed, options);
    // Half a second that the first sign-in need not wait for.
    setImmediate(() => composed.app.people.warmUp().catch(() => {}));
    options.print(
      `Keyward ${version} is listening on ${url} (public address ${composed.app.settings.publicUrl}).`,
    );
    return { url, composed, stop: () => drain(server, composed, config.KEYWARD_DRAIN_SECONDS * 1_000) };
  } catch (error) {
    await server.close();
    await composed.close();
    throw error;
  }
}

async function drain(
  server: ReturnType<typeof createServer>,
  composed: Composed,
  atMostMs: number,
): Promise<void> {
  await delay(settleMs);
  const overdue = setTimeout(() => server.server.closeAllConnections(), atMostMs);
  const idle = setInterval(() => server.server.closeIdleConnections(), 50);
  await server.close();
  clearTimeout(overdue);
  clearInterval(idle);
  await composed.close();
}

/** npm and supervisors of whole process groups repeat a signal at once: only a later one means hurry. */
const sameSignalMs = 1_000;

/** `keyward serve`: runs until a signal asks it to stop; exits 0 then, 1 when it could not start. */
export async function serve(): Promise<void> {
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

if (import.meta.main) await serve();
