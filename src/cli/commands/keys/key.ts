import type {
  changedKeyView,
  createdKeyView,
  keyPage,
  keyView,
  reissuedKeyView,
} from '../../../contract/keys.ts';
import { containsSecret } from '../../../core/secret.ts';
import type { ApiClient } from '../../client.ts';
import { CliError, exitCodes } from '../../exit.ts';
import { cleaned } from '../../format.ts';

export type Key = ReturnType<typeof keyView.parse>;
export type CreatedKey = ReturnType<typeof createdKeyView.parse>;
export type ChangedKey = ReturnType<typeof changedKeyView.parse>;
export type ReissuedKey = ReturnType<typeof reissuedKeyView.parse>;
export type KeyPage = ReturnType<typeof keyPage.parse>;

const largestPage = 200;

/** The path of a key, or of something below it. */
export function pathOf(id: string, below = ''): string {
  return `/api-keys/${encodeURIComponent(id)}${below}`;
}

/** Page after page, each asked for only when the one before was taken; `limit` items at most. */
export async function* listKeys(
  client: ApiClient,
  filters: Readonly<Record<string, string>>,
  limit: number = Number.POSITIVE_INFINITY,
): AsyncGenerator<KeyPage> {
  let cursor: string | null = null;
  let left = limit;
  do {
    const query = new URLSearchParams({ ...filters, limit: String(Math.min(largestPage, left)) });
    if (cursor !== null) query.set('cursor', cursor);
    const page: KeyPage = await client.call<KeyPage>({ method: 'GET', path: `/api-keys?${query}` });
    yield page;
    left -= page.data.length;
    cursor = page.nextCursor;
  } while (cursor !== null && left > 0);
}

/** With its secrets and warnings. */
export function getKey(client: ApiClient, id: string): Promise<Key> {
  return client.call<Key>({ method: 'GET', path: pathOf(id) });
}

function hasName(key: Key, text: string): boolean {
  return key.name === text || key.hint === text || key.secrets.some(({ hint }) => hint === text);
}

function isId(text: string): boolean {
  return /^key_[0-9a-z]{26}$/.test(text);
}

/** The id of the key that a person means: by its id, or by a name or hint that no other key has. */
export async function keyIdOf(client: ApiClient, text: string): Promise<string> {
  if (containsSecret(text)) {
    throw new CliError(
      'That is the secret of a key. Name the key by its id, name or hint; the secret is in the history of this shell now, so rotate the key.',
      exitCodes.usage,
    );
  }
  if (isId(text)) return text;
  const similar: Key[] = [];
  for await (const page of listKeys(client, { q: text })) similar.push(...page.data);
  const meant = similar.filter((key) => hasName(key, text));
  if (meant.length === 1) return meant[0]!.id;
  throw meant.length === 0 ? unknownKey(text, similar) : ambiguousName(text, meant);
}

function unknownKey(text: string, similar: readonly Key[]): CliError {
  const guesses = similar.slice(0, 5).map(({ id, name }) => `  ${id}  ${cleaned(name)}`);
  const advice =
    guesses.length === 0 ? ['`keyward keys list` shows the keys there are.'] : ['Similar ones:', ...guesses];
  return new CliError(
    [`No key of this environment has the id, name or hint "${text}".`, ...advice].join('\n'),
    exitCodes.notFound,
  );
}

function ambiguousName(text: string, meant: readonly Key[]): CliError {
  const lines = meant.map(({ id, hint, status }) => `  ${id}  ${cleaned(hint)}  ${status}`);
  return new CliError(
    [`${meant.length} keys are called "${text}". Name one by its id:`, ...lines].join('\n'),
    exitCodes.conflict,
  );
}
