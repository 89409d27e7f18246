import type { ApiClient } from '../client.ts';
import { CliError } from '../exit.ts';
import { printable } from '../output.ts';
import { bodyOf, type Change, foreignMessage, lineOfField, patchFor, type Wanted } from './plan.ts';
import type { Problem } from './problem.ts';
import type { Article } from './server.ts';
import type { Shelving } from './shelves.ts';

export type Outcome = 'created' | 'updated' | 'unchanged' | 'archived';

export interface Sending {
  readonly client: ApiClient;
  readonly shelving: Shelving;
  readonly takesOver: boolean;
}

/** Refusals that are about one article; after any other there is no use in sending the next. */
const ownStatuses: ReadonlySet<unknown> = new Set([400, 404, 409, 412, 413, 415, 422, 500]);

const tooLarge =
  'the server takes no request of this size: divide the file, or raise KEYWARD_BODY_LIMIT_BYTES';

function problemOfRefusal(page: Wanted['page'] | null, file: string, error: CliError): Problem {
  const { errors, detail, title, status } = error.problem ?? {};
  if (status === 413) return { file, line: 1, message: tooLarge };
  const [first] = Array.isArray(errors) ? (errors as { path: string; message: string }[]) : [];
  const message = first ? `${first.path} ${first.message}` : String(detail ?? title ?? error.message);
  return { file, line: page && first ? lineOfField(page, first.path) : 1, message: printable(message) };
}

function withIds(wanted: Wanted, shelving: Shelving): Wanted {
  return {
    ...wanted,
    categoryId: shelving.idOf(wanted.categoryId),
    subcategoryId: shelving.idOf(wanted.subcategoryId),
  };
}

const pathOf = (id: string) => `/kb/articles/${encodeURIComponent(id)}`;

async function create(sending: Sending, wanted: Wanted): Promise<Outcome> {
  const { client } = sending;
  try {
    const call = { method: 'POST', path: '/kb/articles', body: bodyOf(wanted), isRepeatable: true } as const;
    await client.call(call);
    return 'created';
  } catch (error) {
    const { code, existingId } = (error instanceof CliError && error.problem) || {};
    if (code !== 'slug_taken' || typeof existingId !== 'string') throw error;
    return settle(sending, wanted, existingId, error as CliError);
  }
}

/** The slug is taken since the lists were read: by our own request, whose answer was lost, or by somebody. */
async function settle(
  { client, takesOver }: Sending,
  wanted: Wanted,
  id: string,
  refusal: CliError,
): Promise<Outcome> {
  const existing = await client.call<Article>({ method: 'GET', path: pathOf(id) });
  const patch = patchFor(wanted, existing);
  if (patch === null) return 'created';
  if (existing.source !== null && existing.source !== wanted.source && !takesOver) {
    const detail = foreignMessage(wanted.slug, existing.source, wanted.source);
    throw new CliError(detail, refusal.exitCode, { status: 409, detail });
  }
  await client.call({ method: 'PATCH', path: pathOf(id), body: patch });
  return 'updated';
}

async function carryOut(sending: Sending, change: Change): Promise<Outcome> {
  const { client, shelving } = sending;
  if (change.kind === 'archive') {
    await client.call({ method: 'POST', path: `${pathOf(change.existing.id)}/archive`, isRepeatable: true });
    return 'archived';
  }
  const wanted = withIds(change.wanted, shelving);
  if (change.kind === 'create') return create(sending, wanted);
  const patch = patchFor(wanted, change.existing);
  if (patch === null) return 'unchanged';
  await client.call({ method: 'PATCH', path: pathOf(change.existing.id), body: patch });
  return 'updated';
}

/** Sends one change. A refusal that is about this article alone is a problem; any other failure is thrown. */
export async function sendChange(sending: Sending, change: Change): Promise<Outcome | Problem> {
  try {
    return await carryOut(sending, change);
  } catch (error) {
    if (!(error instanceof CliError) || !ownStatuses.has(error.problem?.status)) throw error;
    const page = change.kind === 'archive' ? null : change.wanted.page;
    const file = change.kind === 'archive' ? change.existing.slug : change.wanted.page.file;
    return problemOfRefusal(page, file, error);
  }
}
