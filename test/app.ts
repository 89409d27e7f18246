import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { z } from 'zod';
import { signingKeysOf } from '../src/core/audit-seal.ts';
import { createIdFactory } from '../src/core/id.ts';
import { AppError } from '../src/errors.ts';
import type { Method, Reply, Route } from '../src/http/route.ts';
import { validate } from '../src/http/validate.ts';
import type { App, Context } from '../src/services/app.ts';
import { type Database, openPostgresDatabase, openSqliteDatabase } from '../src/store/database.ts';
import { migrate } from '../src/store/migrations/index.ts';
import { type DatabaseKind, freshDatabase } from './databases.ts';
import { FakeClock, noon } from './harness.ts';

export interface TestApp {
  readonly app: App;
  readonly clock: FakeClock;
  /** In production of the first tenant, asked by the system itself, unless told otherwise. */
  ctx(overrides?: Partial<Context>): Context;
  /** A further tenant; returns its id. */
  addTenant(): Promise<string>;
  close(): Promise<void>;
}

/** Services on a real, migrated, empty database. Parts that only keys and people need are not there. */
export async function openTestApp(kind: DatabaseKind): Promise<TestApp> {
  const { database, remove } = await openDatabase(kind);
  const clock = new FakeClock(noon);
  const app = {
    settings: {
      publicUrl: 'http://localhost:8787',
      auditKey: Buffer.alloc(32, 7),
      auditSigningKeys: signingKeysOf(Buffer.alloc(32, 9)),
    },
    database,
    clock,
    newId: createIdFactory({ now: () => clock.wallMs() }),
  } as unknown as App;
  const addTenant = async () => {
    const id = app.newId('tnt');
    const now = clock.wallMs();
    const row = { id, name: 'Acme', ceilings: '{}', settings: '{}', created_at: now, updated_at: now };
    await database.write.insertInto('tenants').values(row).execute();
    return id;
  };
  const tenantId = await addTenant();
  const caller = { kind: 'system', id: 'test' } as const;
  return {
    app,
    clock,
    ctx: (overrides) => ({
      tenantId,
      environment: 'production',
      requestId: null,
      ip: null,
      caller,
      ...overrides,
    }),
    addTenant,
    close: async () => {
      await database.close();
      await remove();
    },
  };
}

async function openDatabase(
  kind: DatabaseKind,
): Promise<{ database: Database; remove: () => Promise<void> }> {
  if (kind === 'postgres') {
    const database = openPostgresDatabase(await freshDatabase());
    await migrate(database, Date.now());
    return { database, remove: async () => {} };
  }
  const directory = await mkdtemp(join(tmpdir(), 'keyward-test-'));
  const database = openSqliteDatabase(directory);
  await migrate(database, Date.now());
  return { database, remove: () => rm(directory, { recursive: true }) };
}

export interface Call {
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
  readonly ifMatch?: string;
}

/** What a route answers behind the guard, as the server would send it: body through JSON, refusals with their members. */
export interface CallResult {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every shape.
  readonly body: any;
  readonly headers: Readonly<Record<string, string | string[]>>;
}

/** Calls the route of `path` (without `/api/v1`): input checked against its schemas, and the answer against its own. */
export async function callRoute(
  { app }: TestApp,
  routes: readonly Route[],
  ctx: Context,
  method: Method,
  path: string,
  call: Call = {},
): Promise<CallResult> {
  const found = findRoute(routes, method, `/api/v1${path}`);
  try {
    const parse = (schema: z.ZodType | undefined, value: unknown) => (schema ? validate(schema, value) : {});
    const input = {
      params: parse(found.route.params, found.params),
      query: parse(found.route.query, call.query ?? {}),
      body: parse(found.route.body, call.body),
      ifMatch: call.ifMatch,
      http: { cookie: undefined, userAgent: undefined, ip: '127.0.0.1' },
    };
    const reply: Reply = await found.route.handler(app, ctx, input as never);
    const body = reply.body === undefined ? undefined : JSON.parse(JSON.stringify(reply.body));
    const answers: Readonly<Record<number, z.ZodType | null>> = found.route.answers;
    const schema = answers[reply.status];
    if (schema === undefined)
      throw new Error(`${method} ${path} answered ${reply.status}, which it does not declare`);
    schema?.parse(body);
    return { status: reply.status, body, headers: reply.headers ?? {} };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const declared = [...(found.route.refusals ?? []), 'validation_failed'] as const;
    if (!declared.includes(error.code)) throw new Error(`${method} ${path} does not declare ${error.code}`);
    const body = { code: error.code, detail: error.message, ...error.members };
    return { status: error.status, body, headers: error.headers };
  }
}

function findRoute(routes: readonly Route[], method: Method, path: string) {
  const parts = path.split('/');
  for (const route of routes) {
    const template = route.path.split('/');
    const isSame = template.every((part, i) => part === parts[i] || /^\{.+\}$/.test(part));
    if (route.method !== method || template.length !== parts.length || !isSame) continue;
    const named = template.flatMap((part, i) =>
      part.startsWith('{') ? [[part.slice(1, -1), parts[i]]] : [],
    );
    return { route, params: Object.fromEntries(named) as Record<string, string> };
  }
  throw new Error(`There is no ${method} ${path}.`);
}
