import assert from 'node:assert/strict';

export interface Answer<T = Record<string, unknown>> {
  readonly status: number;
  readonly body: T;
}

interface Options {
  readonly environment?: string;
  readonly headers?: Record<string, string>;
}

/** Somebody with a session, beside the browser: makes in a call what a test needs and is not about. */
export class Person {
  readonly #url: string;
  readonly #cookies: Map<string, string>;

  private constructor(url: string, cookies: Map<string, string>) {
    this.#url = url;
    this.#cookies = cookies;
  }

  static async signIn(url: string, email: string, password: string): Promise<Person> {
    const person = new Person(url, new Map());
    const { status } = await person.send('POST', '/api/auth/sign-in/email', { email, password });
    assert.equal(status, 200);
    return person;
  }

  /** Joins by an invitation and is signed in. */
  static async accept(url: string, token: string, name: string, password: string): Promise<Person> {
    const person = new Person(url, new Map());
    const { status } = await person.send('POST', '/api/auth/accept-invitation', { token, name, password });
    assert.equal(status, 201);
    return person;
  }

  cookiesFor(url: string) {
    return [...this.#cookies].map(([name, value]) => ({
      name,
      value,
      url,
      httpOnly: true,
      sameSite: 'Strict' as const,
    }));
  }

  async send<T = Record<string, unknown>>(
    method: string,
    path: string,
    body?: unknown,
    { environment, headers = {} }: Options = {},
  ): Promise<Answer<T>> {
    const isText = typeof body === 'string';
    const answer = await fetch(`${this.#url}${path.startsWith('/api/') ? '' : '/api/v1'}${path}`, {
      method,
      headers: {
        Origin: this.#url,
        Cookie: [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        ...(body !== undefined && !isText && { 'Content-Type': 'application/json' }),
        ...(environment && { 'X-Keyward-Environment': environment }),
        ...headers,
      },
      body: body === undefined ? undefined : isText ? body : JSON.stringify(body),
    });
    for (const line of answer.headers.getSetCookie()) {
      const [pair = ''] = line.split('; ');
      this.#cookies.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
    }
    const text = await answer.text();
    return { status: answer.status, body: (text === '' ? {} : JSON.parse(text)) as T };
  }

  /** As `send`, for what must work. */
  async make<T = Record<string, never>>(path: string, body: unknown, options?: Options): Promise<T> {
    const { status, body: made } = await this.send<T>('POST', path, body, options);
    assert.ok(status < 300, `POST ${path}: ${status} ${JSON.stringify(made)}`);
    return made;
  }
}
