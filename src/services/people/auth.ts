// Costs half a second to load: only ever imported dynamically, by index.ts.
import { AsyncLocalStorage } from 'node:async_hooks';
import { createAuthEndpoint } from '@better-auth/core/api';
import { isAPIError } from '@better-auth/core/utils/is-api-error';
import { setSessionCookie } from 'better-auth/cookies';
import { betterAuth } from 'better-auth/minimal';
import { twoFactor } from 'better-auth/plugins/two-factor';
import { z } from 'zod';
import { passwordLength } from '../../core/people.ts';
import { createAuthAdapter, inAuthTransaction } from '../../store/auth-adapter.ts';
import type { Tx } from '../../store/database.ts';
import { authFailure } from './auth-errors.ts';
import type { Cookies } from './cookies.ts';
import type { PeopleParts } from './index.ts';
import type { Passwords } from './passwords.ts';

const day = 86_400;

/** What surrounds one call of better-auth. */
export interface AuthCall {
  /** The transaction its queries join. */
  readonly tx?: Tx;
  readonly ip: string;
  readonly userAgent: string;
  /** A Cookie header of ours, or ''. */
  readonly cookie: string;
  /** Scrypt done before the transaction began, so that none waits for it: what was checked, and what was hashed. */
  readonly verified?: { readonly hash: string; readonly password: string };
  readonly hashed?: { readonly password: string; readonly hash: string };
  /** For a session that takes over another one's; without it a new session counts as just authenticated. */
  readonly authenticatedAt?: number;
}

export interface AuthAnswer<T> {
  readonly body: T;
  readonly cookies: string[];
  /** The session that the call left behind as the person's. */
  readonly sessionId: string | null;
}

type RunningCall = AuthCall & { sessionId: string | null; failure?: unknown };

const calls = new AsyncLocalStorage<RunningCall>();
const addressHeader = 'x-keyward-address';

/** Starts a session for somebody whose right to it was checked by us: set-up and invitations. Not reachable by HTTP. */
const sessionStarter = {
  id: 'keyward-session',
  endpoints: {
    startSession: createAuthEndpoint.serverOnly(
      { method: 'POST', body: z.object({ userId: z.string() }) },
      async (ctx) => {
        const { internalAdapter } = ctx.context;
        const user = await internalAdapter.findUserById(ctx.body.userId);
        const session = user ? await internalAdapter.createSession(user.id) : null;
        if (!user || !session) throw new Error('the session could not be created');
        await setSessionCookie(ctx, { session, user });
        return ctx.json({ started: true });
      },
    ),
  },
};

function cookieOptions(cookies: Cookies) {
  const { attributes, names } = cookies;
  return {
    useSecureCookies: false, // The prefix __Secure- would stand before our __Host-.
    cookiePrefix: 'keyward',
    defaultCookieAttributes: attributes,
    cookies: {
      session_token: { name: names.session, attributes },
      two_factor: { name: names.challenge, attributes },
    },
  };
}

/**
 * better-auth with everything closed: no sign-up, no social providers, no account linking, no telemetry, no cookie
 * cache (a session that was ended must be over at once), and its HTTP handler is mounted nowhere.
 */
function build(parts: PeopleParts, cookies: Cookies, passwords: Passwords) {
  const { settings, clock } = parts;
  return betterAuth({
    appName: 'Keyward',
    baseURL: settings.publicUrl,
    basePath: '/api/auth',
    // As a list, because otherwise BETTER_AUTH_SECRETS in the environment would take its place.
    secret: settings.sessionSecret,
    secrets: [{ version: 1, value: settings.sessionSecret }],
    database: createAuthAdapter(parts.database, (error) => {
      const call = calls.getStore();
      if (call) call.failure ??= error;
    }),
    telemetry: { enabled: false },
    // It would load OpenTelemetry at the first sign-in, for spans that nobody takes.
    experimental: { instrumentation: { enabled: false } },
    logger: {
      level: 'warn',
      disableColors: true,
      log: (level, message) => parts.log.debug({ level }, `better-auth: ${message}`),
    },
    rateLimit: { enabled: false }, // throttle.ts counts instead, per account too.
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      minPasswordLength: passwordLength.min,
      maxPasswordLength: passwordLength.max,
      password: {
        hash: async (password) => {
          const hashed = calls.getStore()?.hashed;
          return hashed?.password === password ? hashed.hash : passwords.hash(password);
        },
        verify: async ({ hash, password }) => {
          const verified = calls.getStore()?.verified;
          return (
            (verified?.hash === hash && verified.password === password) || passwords.verify(hash, password)
          );
        },
      },
    },
    session: {
      expiresIn: 7 * day,
      updateAge: day,
      cookieCache: { enabled: false },
      additionalFields: { authenticatedAt: { type: 'date', required: false, input: false } },
    },
    verification: { disableCleanup: true }, // It would delete other people's rows inside our transactions: sign-in.ts sweeps.
    user: { changeEmail: { enabled: false }, deleteUser: { enabled: false } },
    account: { accountLinking: { enabled: false }, encryptOAuthTokens: true },
    databaseHooks: {
      session: {
        create: {
          before: async (session) => ({
            data: {
              ...session,
              authenticatedAt: new Date(calls.getStore()?.authenticatedAt ?? clock.wallMs()),
            },
          }),
          after: async (session) => {
            const call = calls.getStore();
            if (call) call.sessionId = session.id;
          },
        },
        delete: {
          after: async (session) => {
            const call = calls.getStore();
            if (call?.sessionId === session.id) call.sessionId = null;
          },
        },
      },
    },
    advanced: {
      ...cookieOptions(cookies),
      // The address is the one the server worked out; better-auth reads no forwarding header itself.
      ipAddress: { ipAddressHeaders: [addressHeader], ipv6Subnet: 128 },
      database: { generateId: () => crypto.randomUUID(), validateSchema: false },
    },
    plugins: [
      // Its lock lasts longer than our Retry-After says, and cannot be told apart from it.
      twoFactor({ issuer: 'Keyward', twoFactorCookieMaxAge: 600, accountLockout: { enabled: false } }),
      sessionStarter,
    ],
  });
}

type Api = ReturnType<typeof build>['api'];

/**
 * The one door to better-auth. Its refusals come out as `AppError`s, of its cookies only ours; a query that failed
 * fails the call, whatever better-auth made of it.
 */
export class Auth {
  readonly #api: Api;
  readonly #cookies: Cookies;

  constructor(api: Api, cookies: Cookies) {
    this.#api = api;
    this.#cookies = cookies;
  }

  async call<T>(
    call: AuthCall,
    work: (api: Api, headers: Headers) => Promise<{ headers: Headers | null | undefined; response: T }>,
  ): Promise<AuthAnswer<T>> {
    const headers = new Headers({ [addressHeader]: call.ip, 'user-agent': call.userAgent });
    if (call.cookie !== '') headers.set('cookie', call.cookie);
    const running: RunningCall = { ...call, sessionId: null };
    const run = () => calls.run(running, () => work(this.#api, headers));
    try {
      const answer = await (call.tx ? inAuthTransaction(call.tx, run) : run());
      if (running.failure) throw running.failure;
      const cookies = this.#cookies.ours(answer.headers?.getSetCookie() ?? []);
      return { body: answer.response, cookies, sessionId: running.sessionId };
    } catch (error) {
      throw running.failure ?? (isAPIError(error) ? authFailure(error) : error);
    }
  }
}

export async function loadAuth(parts: PeopleParts, cookies: Cookies, passwords: Passwords): Promise<Auth> {
  const auth = build(parts, cookies, passwords);
  await auth.$context;
  return new Auth(auth.api, cookies);
}
