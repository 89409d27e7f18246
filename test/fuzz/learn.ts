import type { RawAnswer } from '../raw-http.ts';
import { listPaths, parametersIn } from './document.ts';
import type { FuzzRequest } from './draft.ts';
import { placeAsked } from './draft.ts';
import { homeOf, type Person, placeOf, type World } from './world.ts';

interface Item {
  readonly id?: unknown;
  /** Of a request in the log. */
  readonly requestId?: unknown;
  readonly state?: unknown;
  readonly downloadUrl?: unknown;
  /** Of a licence: no secret. */
  readonly key?: unknown;
  readonly environment?: unknown;
  /** Of a key. */
  readonly owner?: unknown;
  readonly categoryId?: unknown;
  readonly secrets?: readonly { readonly id: string; readonly status: string }[];
}

/** Where the item lives: a key says so itself, because people see those of every environment. */
function homeOfItem(kind: string, item: Item, request: FuzzRequest): string {
  const place = placeAsked(request);
  const isKey = kind === 'key' || kind === 'own';
  const isSaid = isKey && typeof item.environment === 'string';
  return homeOf(kind, request.caller, isSaid ? `${place.split('/')[0]}/${item.environment}` : place);
}

/** What the first parameter of the request's path was. */
function idAsked({ operation, target }: FuzzRequest): string | null {
  const at = operation.path.split('/').findIndex((step) => step.startsWith('{'));
  return at < 0 ? null : (target.split('?')[0]!.split('/')[at] ?? null);
}

/** What it lies below, or else what has become of it. */
function aboutItem(kind: string, id: string, item: Item, request: FuzzRequest): string {
  if (kind === 'sub') return String(item.categoryId ?? '');
  const above = idAsked(request);
  if (above !== null && above !== id) return above;
  return `${item.state ?? ''}${typeof item.downloadUrl === 'string' ? ' with output' : ''}`;
}

/** The first that a list shows, or a POST to it makes, says what the ids below it are. */
function learnKind({ kinds }: World, { operation }: FuzzRequest, kind: string): void {
  if (listPaths.has(operation.path) && !kinds.has(operation.path)) kinds.set(operation.path, kind);
}

function learnItem(world: World, request: FuzzRequest, item: Item): void {
  const { caller } = request;
  const id = item?.id ?? item?.requestId;
  if (caller.kind === 'nobody' || typeof id !== 'string' || world.protectedIds.has(id)) return;
  // Personal keys have routes of their own; where a key does not say whose it is, it may be one.
  const prefix = id.slice(0, 3);
  if (prefix === 'key' && item.owner === undefined) return;
  const kind = item.owner === 'user' ? 'own' : prefix;
  learnKind(world, request, kind);
  const home = homeOfItem(kind, item, request);
  world.pool(kind, home).add(id, aboutItem(kind, id, item, request));
  for (const secret of item.secrets ?? [])
    if (secret.status === 'retiring') world.pool(`${kind} secret`, home).add(secret.id, id);
  if (kind === 'lic' && typeof item.key === 'string') world.ring<string>(`license@${home}`).add(item.key);
}

function forget(world: World, { operation }: FuzzRequest, id: string): void {
  const kind = world.kinds.get(parametersIn(operation.path).at(-1)!.list);
  if (kind !== undefined) world.forget(kind, id);
}

function learnSecrets(world: World, request: FuzzRequest, { body, headers }: RawAnswer): void {
  if (typeof body?.secret === 'string' && typeof body.environment === 'string') {
    world.secrets.add(body.secret, 'a key');
    if (request.caller.kind === 'nobody') return;
    const place = `${request.caller.tenant.id}/${body.environment}`;
    world.issued(place).add({ id: body.id, secret: body.secret });
  }
  if (String(body?.secret).startsWith('whsec_')) world.secrets.add(body.secret, 'a webhook');
  if (typeof body?.link === 'string') world.secrets.add(body.link.split('#token=')[1], 'an invitation');
  if (typeof body?.totpURI === 'string') {
    world.secrets.add(new URL(body.totpURI).searchParams.get('secret') ?? '', 'a TOTP seed');
  }
  if (headers['set-cookie'] !== undefined) world.secrets.addCookies(cookiesOf(headers['set-cookie']));
}

/** `name=value` of each cookie that is set; those that are taken away are left out. */
export function cookiesOf(header: string): string {
  const lines = header.split(/, (?=[\w-]+=)/);
  return lines
    .filter((line) => !/Max-Age=0/i.test(line))
    .map((line) => line.split(';', 1)[0]!)
    .join('; ');
}

function learnAboutPerson(world: World, request: FuzzRequest, person: Person, answer: RawAnswer): void {
  const { operation, body } = request;
  if (operation.id === 'changePassword' && body !== null) {
    person.password = JSON.parse(body.toString()).newPassword;
    // A hostile body may make a password of words that stand everywhere.
    if (person.password.endsWith(' New')) world.secrets.add(person.password, 'a password');
  }
  const cookie = answer.headers['set-cookie'];
  if (cookie !== undefined && operation.security.includes('session')) person.cookie = cookiesOf(cookie);
}

/** Remembers from a good answer what later requests can use. */
export function learn(world: World, request: FuzzRequest, answer: RawAnswer): void {
  if (answer.status >= 300 || request.isElsewhere) return;
  const { caller, operation, target } = request;
  const { body, headers } = answer;
  learnSecrets(world, request, answer);
  if (caller.kind === 'nobody') return;
  if (caller.kind === 'person') learnAboutPerson(world, request, caller, answer);
  const path = target.split('?')[0]!;
  if (headers.etag !== undefined) world.rememberTag(path, headers.etag);
  if (operation.method === 'DELETE' && operation.path.endsWith('}'))
    forget(world, request, path.split('/').at(-1)!);
  if (body === null || typeof body !== 'object') return;
  for (const item of Array.isArray(body.data) ? body.data : [body]) learnItem(world, request, item);
  if (typeof body.nextCursor === 'string') {
    world.ring<string>(`cursor@${operation.id}@${placeOf(caller)}`).add(body.nextCursor);
    world.ring<string>('cursor').add(body.nextCursor);
  }
}
