import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { mock } from 'node:test';
import { sql } from 'kysely';
import type { Harness, TestAnswer, TestRequest } from './harness.ts';

/** A browser with cookies of its own, as the console uses it. */
export class Browser {
  readonly #harness: Harness;
  readonly #ip: string;
  readonly cookies = new Map<string, string>();

  constructor(harness: Harness, ip = '203.0.113.7') {
    this.#harness = harness;
    this.#ip = ip;
  }

  get cookie(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  async send(url: string, body?: unknown, more: Partial<TestRequest> = {}): Promise<TestAnswer> {
    const answer = await this.#harness.send({ url, body, ip: this.#ip, cookie: this.cookie, ...more });
    for (const line of setCookies(answer)) {
      const [pair = '', ...attributes] = line.split('; ');
      const name = pair.slice(0, pair.indexOf('='));
      if (attributes.includes('Max-Age=0')) this.cookies.delete(name);
      else this.cookies.set(name, pair.slice(name.length + 1));
    }
    return answer;
  }

  signIn(email: string, password: string): Promise<TestAnswer> {
    return this.send('/api/auth/sign-in/email', { email, password });
  }

  /** Whether the session still counts. */
  async isSignedIn(): Promise<boolean> {
    return (await this.send('/api/auth/list-sessions')).status === 200;
  }
}

export function setCookies(answer: TestAnswer): string[] {
  const header = answer.headers['set-cookie'] as string | string[] | undefined;
  return header === undefined ? [] : [header].flat();
}

/** Moves the harness's clock, and `Date`, which better-auth reads: enable `mock.timers` with `apis: ['Date']` first. */
export function advance(harness: Harness, ms: number): void {
  harness.clock.advance(ms);
  mock.timers.setTime(harness.clock.wallMs());
}

/** Everything at rest: the bytes of the embedded database's files, or every row of every table of PostgreSQL. */
export async function everythingStored(harness: Harness): Promise<string> {
  const { database } = harness.app;
  const files = readdirSync(harness.directory).map((name) =>
    readFileSync(join(harness.directory, name), 'latin1'),
  );
  if (database.dialect.name === 'sqlite') return files.join('\n');
  const tables = await sql<{ name: string }>`select table_name as name from information_schema.tables
    where table_schema = 'public'`.execute(database.read);
  const rows = await Promise.all(
    tables.rows.map(({ name }) =>
      sql<{ row: string }>`select t::text as row from ${sql.table(name)} t`.execute(database.read),
    ),
  );
  return [...files, ...rows.flatMap((result) => result.rows.map(({ row }) => row))].join('\n');
}
