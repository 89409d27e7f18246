import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text as readText } from 'node:stream/consumers';
import pino from 'pino';
import { type Composed, compose } from '../src/compose.ts';
import { type Config, loadConfig } from '../src/config.ts';
import type { Environment } from '../src/core/environments.ts';
import type { Role } from '../src/core/roles.ts';
import { routes } from '../src/http/routes/index.ts';
import { createServer } from '../src/http/server.ts';
import type { Clock } from '../src/limiter/limiter.ts';
import type { App, Context } from '../src/services/app.ts';
import { type CreateKeyInput, createKey } from '../src/services/keys/create.ts';
import { type DatabaseKind, freshDatabase } from './databases.ts';

/** Stands still until a test moves it; both clocks together, as on a machine whose clock is right. */
export class FakeClock implements Clock {
  #wallMs: number;
  #monotonicMs = 1_000;

  constructor(wallMs: number) {
    this.#wallMs = wallMs;
  }

  wallMs(): number {
    return this.#wallMs;
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  advance(ms: number): void {
    this.#wallMs += ms;
    this.#monotonicMs += ms;
  }

  /** The time of day is corrected; time goes on. */
  turnBack(ms: number): void {
    this.#wallMs -= ms;
  }
}

export interface TestRequest {
  readonly method?: string;
  readonly url: string;
  /** Bearer secret. */
  readonly key?: string;
  /** Session cookie of a signed-in person, sent as the console would. */
  readonly cookie?: string;
  readonly body?: unknown;
  readonly host?: string;
  readonly ip?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface TestAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: an answer is whatever the server sent; tests look into it freely
  readonly body: any;
}

export interface TestKey {
  readonly id: string;
  readonly secret: string;
  readonly secretId: string;
}

export interface TestPerson {
  readonly userId: string;
  readonly cookie: string;
}

export const password = 'correct horse battery';
/** 2026-03-10, noon UTC: no test gets near midnight by accident. */
export const noon = Date.UTC(2026, 2, 10, 12);

/** Every secret, link, password and cookie that tests handed out, so that leaks can be searched for. */
export interface Harness {
  readonly app: App;
  readonly clock: FakeClock;
  readonly config: Config;
  readonly directory: string;
  readonly tenantId: string;
  readonly owner: TestPerson;
  readonly server: ReturnType<typeof createServer>;
  /** Every text the server log got. */
  readonly logged: string[];
  send(request: TestRequest): Promise<TestAnswer>;
  createKey(input: Partial<CreateKeyInput> & { readonly tenantId?: string }): Promise<TestKey>;
  signUp(role: Role): Promise<TestPerson>;
  /** Another tenant, with a member of its own. */
  createTenant(): Promise<{ readonly tenantId: string }>;
  systemContext(environment?: Environment, tenantId?: string): Context;
  /** Closes and opens again on the same data, as a restart does; `isKilled` leaves out everything a clean stop writes. */
  restart(): Promise<Harness>;
  close(): Promise<void>;
}

const hosts: Record<Environment, string> = {
  production: 'localhost',
  staging: 'staging.localhost',
  development: 'dev.localhost',
  sandbox: 'sandbox.localhost',
};

export function hostOf(environment: Environment): string {
  return hosts[environment];
}

export interface HarnessOptions {
  readonly settings?: Readonly<Record<string, string>>;
  readonly clock?: FakeClock;
}

async function prepare(
  kind: DatabaseKind,
  options: HarnessOptions,
): Promise<{ config: Config; directory: string }> {
  const directory = mkdtempSync(join(tmpdir(), 'keyward-test-'));
  const env: Record<string, string> = {
    KEYWARD_DATA_DIR: directory,
    KEYWARD_PORT: '8787',
    KEYWARD_SECRET: 'a secret for tests, long enough to be one',
    // A thread for each of the many servers of the tests would cost more than the tests.
    KEYWARD_REQUEST_LOG: 'off',
    ...options.settings,
  };
  if (kind === 'postgres') env.KEYWARD_DATABASE_URL = await freshDatabase();
  return { config: loadConfig(env), directory };
}

/** A whole Keyward on a fresh real database, with an owner, without a port. */
export async function openHarness(kind: DatabaseKind, options: HarnessOptions = {}): Promise<Harness> {
  const { config, directory } = await prepare(kind, options);
  const clock = options.clock ?? new FakeClock(noon);
  return open(config, directory, clock, null);
}

function testLog(lines: string[]) {
  return pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) });
}

async function open(
  config: Config,
  directory: string,
  clock: FakeClock,
  known: Harness | null,
): Promise<Harness> {
  const logged: string[] = known?.logged ?? [];
  const composed = await compose(config, { clock, log: testLog(logged) });
  const { app } = composed;
  const server = createServer(app, routes, {
    hostRules: config.KEYWARD_HOSTS,
    isTrustedProxy: config.isTrustedProxy,
    corsOrigins: config.KEYWARD_CORS_ORIGINS,
    bodyLimitBytes: config.KEYWARD_BODY_LIMIT_BYTES,
    requestTimeoutMs: config.KEYWARD_REQUEST_TIMEOUT_SECONDS * 1_000,
    tls: null,
  });
  const owned = known
    ? { tenantId: known.tenantId, userId: known.owner.userId }
    : await app.people.createOwner({ email: 'owner@example.com', password, tenantName: 'Acme' });
  const harness = build(app, composed, server, config, directory, clock, owned.tenantId, logged);
  const cookie = known?.owner.cookie ?? (await signIn(harness, 'owner@example.com'));
  return Object.assign(harness, { owner: { userId: owned.userId, cookie } });
}

function build(
  app: App,
  composed: Composed,
  server: ReturnType<typeof createServer>,
  config: Config,
  directory: string,
  clock: FakeClock,
  tenantId: string,
  logged: string[],
): Harness {
  let people = 0;
  const systemContext = (environment: Environment = 'production', tenant = tenantId): Context => ({
    tenantId: tenant,
    environment,
    requestId: null,
    ip: null,
    caller: { kind: 'system', id: 'test' },
  });
  const harness: Harness = {
    app,
    clock,
    config,
    directory,
    tenantId,
    owner: { userId: '', cookie: '' },
    server,
    logged,
    systemContext,
    send: (request) => send(server, config, request),
    createKey: async ({ tenantId: tenant, ...input }) => {
      const created = await createKey(app, systemContext(input.environment, tenant), {
        name: 'Test suite — HTTP',
        ...input,
      });
      return { id: created.key.id, secret: created.secret, secretId: created.secrets[0]!.id };
    },
    signUp: async (role) => {
      people++;
      return signUp(harness, role, `${role}${people}@example.com`);
    },
    createTenant: async () => {
      const id = app.newId('tnt');
      const at = clock.wallMs();
      await app.database.write
        .insertInto('tenants')
        .values({ id, name: 'Other', ceilings: '{}', settings: '{}', created_at: at, updated_at: at })
        .execute();
      return { tenantId: id };
    },
    restart: async () => {
      await server.close();
      await composed.close();
      return open(config, directory, clock, harness);
    },
    close: async () => {
      await server.close();
      await composed.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
  return harness;
}

/** A refusal as a whole; of a stream nothing. */
async function headOf(answer: { readonly statusCode: number; stream(): Readable }): Promise<string> {
  const stream = answer.stream();
  if (answer.statusCode !== 200) return readText(stream);
  stream.destroy();
  return '';
}

async function send(
  server: ReturnType<typeof createServer>,
  config: Config,
  request: TestRequest,
): Promise<TestAnswer> {
  const headers: Record<string, string> = { host: request.host ?? 'localhost:8787' };
  if (request.key !== undefined) headers.authorization = `Bearer ${request.key}`;
  if (request.cookie !== undefined) {
    headers.cookie = request.cookie;
    headers.origin = config.publicUrl;
    headers['sec-fetch-site'] = 'same-origin';
  }
  if (request.body !== undefined) headers['content-type'] = 'application/json';
  // Of an answer without end only the head is looked at.
  const isStream = /\/stream(\?|$)/.test(request.url);
  const answer = await server.inject({
    method: (request.method ?? (request.body === undefined ? 'GET' : 'POST')) as 'GET',
    url: request.url,
    remoteAddress: request.ip ?? '203.0.113.7',
    headers: { ...headers, ...request.headers },
    payload:
      request.body === undefined || typeof request.body === 'string' || Buffer.isBuffer(request.body)
        ? request.body
        : JSON.stringify(request.body),
    payloadAsStream: isStream,
  });
  const text = isStream ? await headOf(answer) : answer.body;
  const isJson = /[/+]json/.test(String(answer.headers['content-type']));
  return {
    status: answer.statusCode,
    headers: answer.headers as Record<string, string>,
    text,
    body: isJson && text !== '' ? JSON.parse(text) : undefined,
  };
}

function cookieOf(answer: TestAnswer): string {
  const set = answer.headers['set-cookie'];
  const lines = set === undefined ? [] : Array.isArray(set) ? (set as string[]) : [set];
  return lines.map((line) => line.split(';', 1)[0]).join('; ');
}

async function signIn(harness: Harness, email: string): Promise<string> {
  const answer = await harness.send({ url: '/api/auth/sign-in/email', body: { email, password } });
  if (answer.status !== 200) throw new Error(`sign-in failed: ${answer.text}`);
  return cookieOf(answer);
}

async function signUp(harness: Harness, role: Role, email: string): Promise<TestPerson> {
  const invited = await harness.send({
    url: '/api/v1/invitations',
    cookie: harness.owner.cookie,
    body: { email, role },
  });
  if (invited.status !== 201) throw new Error(`invitation failed: ${invited.text}`);
  const token = new URL(invited.body.link).hash.replace('#token=', '');
  const accepted = await harness.send({
    url: '/api/auth/accept-invitation',
    body: { token, name: `Test ${role}`, password },
  });
  if (accepted.status >= 300) throw new Error(`accepting failed: ${accepted.text}`);
  const cookie = cookieOf(accepted);
  const row = await harness.app.database.read
    .selectFrom('users')
    .select('id')
    .where('email', '=', email)
    .executeTakeFirstOrThrow();
  return { userId: row.id, cookie };
}
