import type { Logger } from 'pino';
import type { SigningKeys } from '../core/audit-seal.ts';
import type { Environment } from '../core/environments.ts';
import type { IdPrefix } from '../core/id.ts';
import type { KnownSecret, Place, Policy } from '../core/policy.ts';
import { type Role, sessionScopes } from '../core/roles.ts';
import type { ScopeCatalogue } from '../core/scopes.ts';
import { invalid } from '../errors.ts';
import type { Clock, Limiter } from '../limiter/limiter.ts';
import type { MemoryLimiter } from '../limiter/memory.ts';
import type { Database, Tx } from '../store/database.ts';
import type { QueryThread } from '../store/telemetry/query-thread.ts';
import type { RequestLog } from '../telemetry/request-log.ts';
import type { Tracing } from '../tracing/tracing.ts';
import type { Alerts } from './alerts/index.ts';
import type { Guard } from './guard.ts';
import type { JobRunner } from './jobs/runner.ts';
import type { LimitKeeper } from './limit-keeper.ts';
import type { Mailer } from './mail.ts';
import type { RequestMetrics } from './metrics/requests.ts';
import type { People } from './people/index.ts';
import type { PolicyCache } from './policies.ts';
import type { UseRecorder } from './uses.ts';
import type { WebhookRunner } from './webhooks/runner.ts';

/** What the services need from the settings. */
export interface Settings {
  readonly publicUrl: string;
  readonly keyPrefix: string;
  /** Every prefix ever used, the present one among them. */
  readonly keyPrefixes: readonly string[];
  readonly refusalsPerMinute: number;
  /** Key material, derived from KEYWARD_SECRET for one purpose each. */
  readonly auditKey: Buffer;
  readonly auditSigningKeys: SigningKeys;
  readonly sessionSecret: string;
  readonly webhookKey: Buffer;
  /** How Keyward names itself to receivers of webhooks. */
  readonly userAgent: string;
  /** Networks that webhooks may reach although they are not public, by http and on any port, too. */
  readonly webhookAllow: readonly string[];
  /** Opens the metrics of the installation; null where there is none. */
  readonly metricsToken: string | null;
  readonly accessLog: 'off' | 'errors' | 'all';
  /** null where the data is in PostgreSQL. */
  readonly dataDirectory: string | null;
}

/** The parts that make up a running Keyward; made once, by the composition root. */
export interface App {
  readonly settings: Settings;
  readonly database: Database;
  readonly clock: Clock;
  readonly newId: (prefix: IdPrefix) => string;
  readonly catalogue: ScopeCatalogue;
  readonly limiter: Limiter;
  readonly refusals: MemoryLimiter;
  readonly policies: PolicyCache;
  readonly guard: Guard;
  readonly people: People;
  readonly uses: UseRecorder;
  readonly jobs: JobRunner;
  readonly alerts: Alerts;
  /** null: the operator has set no mail server. */
  readonly mailer: Mailer | null;
  readonly webhooks: WebhookRunner;
  readonly keeper: LimitKeeper;
  readonly requests: RequestMetrics;
  /** null where it is switched off. */
  readonly requestLog: RequestLog<KnownSecret> | null;
  /** The thread that writes the request log and usage, for what only it may do; there also where nothing is recorded. */
  readonly logWriter: RequestLog<KnownSecret>;
  /** Reads the request log and usage. */
  readonly telemetry: QueryThread;
  /** null where no traces are sent. */
  readonly tracing: Tracing | null;
  readonly log: Logger;
}

export interface KeyCaller {
  readonly kind: 'key';
  readonly id: string;
  readonly secret: KnownSecret;
  readonly policy: Policy;
}

export interface UserCaller {
  readonly kind: 'user';
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  readonly sessionId: string;
  /** Epoch ms when password (and factor) were last given in this session. */
  readonly authenticatedAt: number;
}

/** The command line, on the data itself, or a job. */
export interface SystemCaller {
  readonly kind: 'system';
  readonly id: string;
}

export type Caller = KeyCaller | UserCaller | SystemCaller;

/** An open transaction and what must happen once it is committed. */
export interface Unit {
  readonly tx: Tx;
  readonly afterCommit: (() => void)[];
}

/** Who asks, for what place, in which request. */
export interface Context extends Place {
  readonly requestId: string | null;
  readonly ip: string | null;
  readonly caller: Caller;
  /** The call is about the caller's own personal keys: there are no others. */
  readonly isPersonal?: true;
  /** Set inside an idempotent request: changes join its transaction. */
  readonly unit?: Unit;
}

/**
 * Runs `work` in a transaction (joining the one that is open), then the effects it asked for.
 * When it returns, the change is durable and this node acts on it.
 */
export async function change<T>(app: App, ctx: Context, work: (unit: Unit) => Promise<T>): Promise<T> {
  return ctx.unit ? work(ctx.unit) : atomically(app, work);
}

const maxAttempts = 4;

/** A transaction of its own, with its effects. Where the database ends it because of others (a deadlock, for one), `work` runs again: nothing of it had happened. */
export async function atomically<T>(app: App, work: (unit: Unit) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const afterCommit: (() => void)[] = [];
    try {
      const result = await app.database.transaction((tx) => work({ tx, afterCommit }));
      for (const effect of afterCommit) effect();
      return result;
    } catch (error) {
      const { dialect } = app.database;
      if (dialect.isForeignKeyViolation(error))
        throw invalid({
          path: '',
          message: 'refers to something that was deleted at the same moment: ask again',
        });
      if (attempt === maxAttempts || !dialect.isLost(error)) throw error;
    }
  }
}

/** Reads see the open transaction of an idempotent request, and are never held up by another one. */
export function reader(app: App, ctx: Context) {
  return ctx.unit?.tx ?? app.database.read;
}

export function inEnvironment(ctx: Context, environment: Environment): Context {
  return ctx.environment === environment ? ctx : { ...ctx, environment };
}

/** For what an answer shows or hides; whether a call may be made at all is the guard's to say. */
export function holdsScope(app: App, { caller, environment }: Context, scope: string): boolean {
  if (caller.kind === 'key') return caller.policy.scopes.has(scope);
  return caller.kind === 'system' || sessionScopes(caller.role, environment, app.catalogue).has(scope);
}
