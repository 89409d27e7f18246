import { cookies, credentials, headerValues, pathValues, rawBodies } from '../hostile-input.ts';
import type { Draft } from './draft.ts';
import { decoySecret } from './values.ts';
import { homeOf, type IssuedSecret, placeOf } from './world.ts';

/** Turns a draft into something that nobody sends who means well. */
type Attack = (draft: Draft) => string | null;

const rawBody: Attack = (draft) => {
  if (draft.operation.body === null) return null;
  const { what, payload, contentType } = draft.random.pick(rawBodies);
  draft.body = Buffer.from(payload);
  draft.contentType = contentType === undefined ? 'application/json' : contentType;
  draft.isAlone = true;
  return what;
};

/** Of a body of lines one that cannot be used is reported, and not the body refused. */
function refuse(draft: Draft, why: string): void {
  const hasLines = draft.operation.body?.types.includes('application/x-ndjson') === true;
  if (!hasLines) draft.refusal = why;
}

const noise: Attack = (draft) => {
  if (draft.operation.body === null) return null;
  const { random } = draft;
  draft.body = Buffer.from(Array.from({ length: random.int(1, 300) }, () => random.int(0, 255)));
  refuse(draft, 'its body is noise');
  return 'random bytes';
};

const deep: Attack = (draft) => {
  if (draft.operation.body === null) return null;
  const depth = draft.random.pick([99, 100, 101, 5_000, 200_000]);
  draft.body = Buffer.from(`${'{"a":['.repeat(depth)}${']}'.repeat(depth)}`);
  refuse(draft, 'its body nests too deep, or has an unknown field');
  return `a body ${depth} levels deep`;
};

const wrongMethod: Attack = (draft) => {
  const { random } = draft;
  draft.method = random.pick([
    'PUT',
    'TRACE',
    'PROPFIND',
    'HEAD',
    'OPTIONS',
    'DELETE',
    'POST',
    'get',
    'QUERY',
  ]);
  // It asks for something else, which perhaps is open to this caller.
  draft.refusal = null;
  draft.isElsewhere = true;
  draft.isAlone = true;
  return `the method ${draft.method}`;
};

const strangePath: Attack = (draft) => {
  const { operation, random } = draft;
  const value = random.pick(pathValues);
  const names = operation.path.match(/\{\w+\}/g);
  const path = names ? operation.path.replace(random.pick(names), () => value) : `${operation.path}/${value}`;
  draft.target = path.replaceAll(/\{\w+\}/g, 'none');
  draft.isElsewhere = true;
  draft.isAlone = true;
  return `the path ${value.slice(0, 40)}`;
};

const oddPath: Attack = (draft) => {
  const { operation, random } = draft;
  const { path } = operation;
  draft.target = random.pick([
    `${path}/`,
    `/${path}`,
    path.toUpperCase(),
    path.replaceAll('/', '//'),
    `${path}%2f..`,
    `${path}/../../../etc/passwd`,
    `${path};x=1`,
    `${path}#fragment`,
    `http://elsewhere.example${path}`,
    `${path}?${'a=b&'.repeat(3_000)}`,
    `${path}\t`,
    `*`,
  ]);
  draft.isElsewhere = true;
  draft.isAlone = true;
  return `the target ${draft.target.slice(0, 40)}`;
};

const secretInUrl: Attack = (draft) => {
  const { random, world, caller, operation } = draft;
  const issued = world.issued(placeOf(caller)).items as IssuedSecret[];
  const secret = issued.length > 0 ? random.pick(issued).secret : decoySecret;
  const base = operation.path.replaceAll(/\{\w+\}/g, 'none');
  const encoded = secret.replace('_', '%5F');
  draft.target = random.pick([`${base}?key=${secret}`, `${base}?${encoded}`, `${base}/${secret}`]);
  draft.code = 'key_in_url';
  draft.refusal = 'a secret is in its URL';
  draft.isElsewhere = true;
  return 'a secret in the URL';
};

const strangeHeader: Attack = (draft) => {
  const { random, world, caller } = draft;
  const name = random.pick(Object.keys(headerValues));
  const issued = world.issued(placeOf(caller)).items as IssuedSecret[];
  const values = [...headerValues[name]!, ...(issued.length > 0 ? [random.pick(issued).secret] : [])];
  const value = random.pick(values);
  draft.headers = [...draft.headers.filter(([other]) => other !== name), [name, value]];
  // Another host can mean another environment, and a broken header no request at all.
  draft.isElsewhere = true;
  draft.isAlone = true;
  return `${name}: ${value.slice(0, 40)}`;
};

const twice: Attack = (draft) => {
  const { random } = draft;
  const [name, value] = random.pick(draft.headers);
  draft.headers = [...draft.headers, [name, random.chance(0.5) ? value : `${value}x`]];
  if (name === 'host' || name === 'authorization') {
    draft.refusal = `its header ${name} stands there twice`;
    draft.code = 'invalid_request';
  }
  draft.isElsewhere = true;
  draft.isAlone = true;
  return `${name} twice`;
};

const strangeCredential: Attack = (draft) => {
  const { random, operation } = draft;
  const others = draft.headers.filter(([name]) => name !== 'authorization' && name !== 'cookie');
  const isCookie = random.chance(0.3);
  const value = random.pick(isCookie ? cookies : credentials);
  draft.headers = [...others, [isCookie ? 'cookie' : 'authorization', value]];
  if (operation.security.length > 0) draft.refusal = 'its credential is none';
  draft.isElsewhere = true;
  draft.isAlone = true;
  return `the credential ${value.slice(0, 40)}`;
};

const brokenFraming: Attack = (draft) => {
  const { random } = draft;
  const extra = random.pick([
    ['content-length', '-1'],
    ['content-length', '1e3'],
    ['content-length', '99999999999999999999'],
    ['transfer-encoding', 'chunked, identity'],
    ['transfer-encoding', 'gzip'],
    [' space', 'x'],
    ['na me', 'x'],
    ['x'.repeat(20_000), 'x'],
    ['x', 'y'.repeat(20_000)],
    ['expect', '200-maybe'],
    ['upgrade', 'websocket'],
    ['connection', 'close'],
  ] as const);
  draft.headers = [...draft.headers, extra];
  draft.body = undefined;
  draft.isElsewhere = true;
  draft.isAlone = true;
  return `${extra[0].slice(0, 20)}: ${extra[1].slice(0, 20)}`;
};

const wrongKind: Attack = (draft) => {
  const kind = draft.world.kindOf(draft.operation.path);
  if (kind === null || !draft.operation.path.includes('{id}')) return null;
  const { random, world, caller } = draft;
  const other = random.pick(
    [...world.kinds.values()].filter((name) => name !== kind && !name.startsWith('own')),
  );
  const id = world.pool(other, homeOf(other, caller)).pick(random);
  if (id === undefined) return null;
  draft.path = { ...draft.path, id };
  draft.refusal = 'the id is that of another kind of thing';
  return `an id of the kind ${other}`;
};

const attacks: readonly Attack[] = [
  rawBody,
  rawBody,
  noise,
  deep,
  wrongMethod,
  strangePath,
  oddPath,
  secretInUrl,
  strangeHeader,
  twice,
  strangeCredential,
  brokenFraming,
  wrongKind,
];

/** Makes a draft hostile. */
export function attack(draft: Draft): void {
  for (let i = 0; i < 10; i++) {
    const what = draft.random.pick(attacks)(draft);
    if (what !== null) {
      draft.what = what;
      return;
    }
  }
}
