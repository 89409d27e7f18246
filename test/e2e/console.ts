import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before } from 'node:test';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import type { DatabaseKind } from '../databases.ts';
import {
  type Installation,
  newInstallation,
  owner,
  type ServerProcess,
  startServer,
} from '../faults/process.ts';
import { launchChromium } from './chromium.ts';
import { Person } from './person.ts';

export { owner };

/** Where screenshots go; CI keeps the folder, the repository does not. */
export const artifacts = join(import.meta.dirname, '../../coverage/e2e');

/** Everything that a page must not do, seen while it ran. */
export interface Watched {
  readonly page: Page;
  /** Errors of scripts, refused resources, violations of the policy. */
  readonly errors: string[];
}

/** One server and one browser for a file of tests. */
export class Console {
  readonly kind: DatabaseKind;
  #installation: Installation | undefined;
  #server: ServerProcess | undefined;
  #browser: Browser | undefined;

  constructor(kind: DatabaseKind) {
    this.kind = kind;
  }

  /** With `owner` nobody has to set it up. */
  async open(settings: Record<string, string> = {}): Promise<void> {
    this.#installation = await newInstallation(this.kind, settings);
    [this.#server, this.#browser] = await Promise.all([startServer(this.#installation), launchChromium()]);
  }

  async close(): Promise<void> {
    await this.#browser?.close();
    this.#server?.signal('SIGTERM');
    await this.#server?.ended;
    this.#installation?.remove();
  }

  /** Stops the server, lets `between` do something to its data, and starts it again. */
  async restart(between: (installation: Installation) => Promise<void>): Promise<void> {
    this.server.signal('SIGTERM');
    await this.server.ended;
    await between(this.installation);
    this.#server = await startServer(this.installation);
  }

  get server(): ServerProcess {
    return this.#server!;
  }

  get installation(): Installation {
    return this.#installation!;
  }

  /** `http://localhost:…`: browsers keep a session over plain HTTP there alone. */
  get url(): string {
    return this.server.url.replace('127.0.0.1', 'localhost');
  }

  /** A new browser profile: nothing is shared with the others. */
  async context(options: BrowserContextOptions = {}): Promise<BrowserContext> {
    const context = await this.#browser!.newContext({ baseURL: this.url, ...options });
    context.setDefaultTimeout(15_000);
    return context;
  }

  async page(options: BrowserContextOptions = {}): Promise<Watched> {
    const context = await this.context(options);
    return watch(await context.newPage());
  }

  /** A page of somebody who is signed in. */
  async pageOf(person: Person, options: BrowserContextOptions = {}): Promise<Watched> {
    const context = await this.context(options);
    await context.addCookies(person.cookiesFor(this.url));
    return watch(await context.newPage());
  }

  person(email: string = owner.email, password: string = owner.password): Promise<Person> {
    return Person.signIn(this.url, email, password);
  }
}

export function watch(page: Page): Watched {
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('console', (message) => {
    // A refusal of the API is an answer; the browser calls it an error.
    const isRefusal = message
      .text()
      .startsWith('Failed to load resource: the server responded with a status of 4');
    if (message.type() === 'error' && !isRefusal) errors.push(message.text());
  });
  page.on('request', (request) => {
    const { origin, protocol } = new URL(request.url());
    if (
      protocol.startsWith('http') &&
      origin !== new URL(page.url()).origin &&
      page.url() !== 'about:blank'
    ) {
      errors.push(`asked another host: ${request.url()}`);
    }
  });
  return { page, errors };
}

interface SuiteOptions {
  /** With an owner who can sign in; without, the set-up link waits. */
  readonly hasOwner: boolean;
  readonly settings?: Readonly<Record<string, string>>;
  /** What the console shows comes through the API, which has tests of its own on both: most suites need only one. */
  readonly kind?: DatabaseKind;
}

/** The server and the browser of the suite that this is called in. */
export function openConsole({ hasOwner, settings = {}, kind = 'sqlite' }: SuiteOptions): Console {
  const console = new Console(kind);
  const first: Record<string, string> = hasOwner
    ? { KEYWARD_ADMIN_EMAIL: owner.email, KEYWARD_ADMIN_PASSWORD: owner.password }
    : {};
  before(() => console.open({ ...first, ...settings }));
  after(() => console.close());
  return console;
}

export async function screenshot(page: Page, name: string): Promise<void> {
  mkdirSync(artifacts, { recursive: true });
  await page.screenshot({ path: join(artifacts, `${name}.png`), fullPage: false });
}
