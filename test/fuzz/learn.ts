import type { RawAnswer } from '../raw-http.ts';
import type { FuzzRequest } from './draft.ts';
import { kindOf, placeAsked } from './draft.ts';
import { homeOf, type Person, placeOf, type World } from './world.ts';

interface Item {
  readonly id?: unknown;
  /** Of a request in the log. */
  readonly requestId?: unknown;
  readonly state?: unknown;
  readonly downloadUrl?: unknown;
  readonly environment?: unknown;
  /** Of a key. */
  readonly owner?: unknown;
  readonly categoryId?: unknown;
  /** Of a delivery. */
  readonly webhookId?: unknown;
  readonly secrets?: readonly { readonly id: string; readonly status: string }[];
}

/** Where the item lives: a key says so itself, because people see those of every environment. */
function homeOfItem(kind: string, item: Item, request: FuzzRequest): string {
  const place = placeAsked(request);
  if ((kind === 'key' || kind === 'own') && typeof item.environment === 'string')
    return `${place.split('/')[0]}/${item.environment}`;
  return homeOf(kind, place);
}

function aboutItem(kind: string, item: Item): string {
  if (kind === 'sub') return String(item.categoryId ?? '');
  if (kind === 'dlv') return String(item.webhookId ?? '');
  if (kind === 'job') return `${item.state}${item.downloadUrl === null ? '' : ' with output'}`;
  return item.secrets?.find(({ status }) => status === 'retiring')?.id ?? '';
}

function learnItem(world: World, request: FuzzRequest, item: Item): void {
  const { caller } = request;
  const id = item?.id ?? item?.requestId;
  if (caller.kind === 'nobody' || typeof id !== 'string' || world.protectedIds.has(id)) return;
  // Personal keys have routes of their own.
  const kind = item.owner === 'user' ? 'own' : id.slice(0, 3);
  world.pool(kind, homeOfItem(kind, item, request)).add(id, aboutItem(kind, item));
}

function forget(world: World, request: FuzzRequest, id: string): void {
  const kind = kindOf(request.operation.path);
  if (kind === null || request.caller.kind === 'nobody') return;
  const { caller } = request;
  for (const environment of ['*', 'production', 'staging', 'development', 'sandbox']) {
    world.pool(kind, `${caller.tenant.id}/${environment}`).drop(id);
  }
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
  if (operation.method === 'DELETE' && operation.path.endsWith('{id}'))
    forget(world, request, path.split('/').at(-1)!);
  if (body === null || typeof body !== 'object') return;
  for (const item of Array.isArray(body.data) ? body.data : [body]) learnItem(world, request, item);
  if (typeof body.nextCursor === 'string') {
    world.ring<string>(`cursor@${operation.id}@${placeOf(caller)}`).add(body.nextCursor);
    world.ring<string>('cursor').add(body.nextCursor);
  }
}
