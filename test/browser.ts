import { createHmac } from 'node:crypto';
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

const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

export function seedOf(totpUri: string): { readonly text: string; readonly bytes: Buffer } {
  const text = new URL(totpUri).searchParams.get('secret') ?? '';
  let bits = '';
  for (const letter of text) bits += base32.indexOf(letter).toString(2).padStart(5, '0');
  const bytes = (bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2));
  return { text, bytes: Buffer.from(bytes) };
}

/** RFC 6238 with SHA-1, six digits and 30 s; `steps` from now. */
export function totp(seed: Buffer, atMs: number, steps = 0): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(atMs / 30_000) + steps));
  const mac = createHmac('sha1', seed).update(counter).digest();
  const offset = mac[19]! & 15;
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0');
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
