import { digestOf, maskSecrets } from '../../core/secret.ts';
import { hasUsers } from '../../store/people.ts';
import { findSession, type SignedInRow } from '../../store/sessions.ts';
import type { App } from '../app.ts';
import type { Auth, AuthCall } from './auth.ts';
import { callerOf, type SignedInCaller, type Visit } from './caller.ts';
import { type CookieKind, Cookies } from './cookies.ts';
import { verifyPassword } from './password.ts';
import { Passwords } from './passwords.ts';
import { createOwner, type NewOwner, type Owner } from './setup.ts';
import { SetupLinks } from './setup-links.ts';
import { SignInThrottle } from './throttle.ts';

export type PeopleParts = Pick<App, 'settings' | 'database' | 'clock' | 'log'>;
export type { SignedInCaller, Visit };

/** What the use cases of people share in one process; the use cases themselves are functions in this folder. */
export class People {
  readonly throttle: SignInThrottle;
  readonly passwords = new Passwords();
  readonly cookies: Cookies;
  readonly setupLinks: SetupLinks;
  readonly #app: App;
  #auth: Promise<Auth> | null = null;

  constructor(app: App) {
    this.#app = app;
    this.throttle = new SignInThrottle(app.clock);
    this.cookies = new Cookies(app.settings.publicUrl, app.settings.sessionSecret);
    this.setupLinks = new SetupLinks(app.clock);
  }

  /** better-auth, loaded at the first use: never await this first inside a transaction, it takes half a second. */
  auth(): Promise<Auth> {
    this.#auth ??= import('./auth.ts')
      .then(({ loadAuth }) => loadAuth(this.#app, this.cookies, this.passwords))
      .catch((error: unknown) => {
        this.#auth = null;
        throw error;
      });
    return this.#auth;
  }

  /** Who a session cookie belongs to: one indexed read, with the role of this moment. Whether it counts is not judged here. */
  async findCaller(headers: { readonly cookie?: string | undefined }): Promise<SignedInCaller | null> {
    const row = await this.findSignedIn(headers.cookie);
    return row ? callerOf(row) : null;
  }

  async findSignedIn(cookie: string | undefined): Promise<SignedInRow | null> {
    const token = this.cookies.token(cookie, 'session');
    if (token === null) return null;
    const { database, clock } = this.#app;
    return (await findSession(database.read, digestOf(token), clock.wallMs())) ?? null;
  }

  /** Loads what the first sign-in would otherwise wait for. */
  async warmUp(): Promise<void> {
    await this.auth();
  }

  hasUsers(): Promise<boolean> {
    return hasUsers(this.#app.database.read);
  }

  /** The link that makes the first owner, for an hour and once; it ends the one before. */
  createSetupLink(whenUsed?: () => void): string {
    return `${this.#app.settings.publicUrl}/setup#token=${this.setupLinks.create(whenUsed)}`;
  }

  /** Tenant and owner, where there is no user yet; a 409 where there is. */
  createOwner(owner: NewOwner): Promise<Owner> {
    return createOwner(this.#app, owner);
  }

  /** The owner of this address, or null when there is none or the password is another one. */
  async verifyOwner(email: string, password: string): Promise<Owner | null> {
    const person = await verifyPassword(this.#app, email, password);
    return person?.role === 'owner' ? { tenantId: person.tenantId, userId: person.userId } : null;
  }

  /** The request as better-auth sees it, with one of its cookies at most. */
  callFor(visit: Visit, cookie: CookieKind | null): AuthCall {
    return {
      ip: visit.ip,
      userAgent: maskSecrets(visit.userAgent ?? '')
        .replaceAll(/[^\x20-\x7e]/g, '?')
        .slice(0, 300),
      cookie: cookie === null ? '' : this.cookies.only(visit.cookie, cookie),
    };
  }
}

/** `app` may still lack its `people`. */
export function createPeople(app: App): People {
  return new People(app);
}
