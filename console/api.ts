import { type Gate, passGate } from './gates.ts';
import { Problem } from './problem.ts';
import type { Environment } from './types.ts';

type Value = string | number | boolean | readonly string[] | null | undefined;

export interface Ask {
  /** Left out for what belongs to no environment. */
  readonly environment?: Environment;
  readonly query?: Readonly<Record<string, Value>>;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Queries pass one, and nothing that a person has just asked for does. */
  readonly signal?: AbortSignal;
  /** For sign-in and what happens before it: a refusal is the caller's, no dialog asks for anything. */
  readonly isUngated?: boolean;
}

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

const gateOf: Readonly<Record<string, Gate>> = {
  missing_key: 'sign-in',
  reauthentication_required: 'confirm',
};

/** `path` with its query; what is empty is left out. */
export function urlOf(path: string, query: Ask['query'] = {}): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined || value === null || value === '') continue;
    params.set(name, Array.isArray(value) ? value.join(',') : String(value));
  }
  const root = path.startsWith('/api/') ? '' : '/api/v1';
  return `${root}${path}${params.size > 0 ? `?${params}` : ''}`;
}

/**
 * Sends one request with the session's cookie. Throws `Problem`. When the session has ended, or a password must be
 * confirmed, a dialog asks for it over the page, and the request is sent again.
 */
export async function send(method: Method, path: string, ask: Ask = {}): Promise<Response> {
  for (;;) {
    const answer = await sendOnce(method, path, ask);
    if (answer.ok) return answer;
    const problem = await readProblem(answer);
    const gate = ask.isUngated ? undefined : gateOf[problem.code];
    if (gate === undefined || !(await passGate(gate, ask.signal !== undefined))) throw problem;
  }
}

async function sendOnce(method: Method, path: string, ask: Ask): Promise<Response> {
  const headers = new Headers(ask.headers);
  if (ask.environment) headers.set('X-Keyward-Environment', ask.environment);
  const isJson = ask.body !== undefined && !(ask.body instanceof Blob);
  if (isJson) headers.set('Content-Type', 'application/json');
  const body = isJson ? JSON.stringify(ask.body) : (ask.body as Blob | undefined);
  try {
    return await fetch(urlOf(path, ask.query), {
      method,
      headers,
      body,
      signal: ask.signal,
      cache: 'no-store',
    });
  } catch (error) {
    if (ask.signal?.aborted) throw error;
    throw new Problem(0, {
      code: 'unreachable',
      detail: 'The server does not answer. Look whether it is running, and try again.',
    });
  }
}

async function readProblem(answer: Response): Promise<Problem> {
  try {
    return new Problem(answer.status, await answer.json());
  } catch {
    return new Problem(answer.status, {
      code: 'foreign_answer',
      detail: `The answer (status ${answer.status}) is not Keyward’s: something between this browser and the server refused.`,
    });
  }
}

async function json<T>(method: Method, path: string, ask?: Ask): Promise<T> {
  const answer = await send(method, path, ask);
  return (answer.status === 204 ? undefined : await answer.json()) as T;
}

export const get = <T>(path: string, ask?: Ask) => json<T>('GET', path, ask);
export const post = <T>(path: string, ask?: Ask) => json<T>('POST', path, ask);
export const patch = <T>(path: string, ask?: Ask) => json<T>('PATCH', path, ask);
export const del = <T>(path: string, ask?: Ask) => json<T>('DELETE', path, ask);
