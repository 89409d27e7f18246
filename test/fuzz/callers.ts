import type { Operation } from './document.ts';
import type { Random } from './random.ts';
import {
  type Caller,
  hostOf,
  type IssuedSecret,
  type KeyCaller,
  type Person,
  placeOf,
  type World,
} from './world.ts';

export type Headers = (readonly [name: string, value: string])[];

function randomIp(random: Random): string {
  return `203.0.${random.int(0, 255)}.${random.int(1, 254)}`;
}

/** A key that a request of the run made, as a caller of its own. */
function issuedCaller(world: World, like: KeyCaller, random: Random): KeyCaller {
  const issued = world.issued(placeOf(like)).items as IssuedSecret[];
  if (issued.length === 0) return like;
  const { id, secret } = random.pick(issued);
  return { ...like, label: 'issued', id, secret, ip: randomIp(random) };
}

function pickKey(world: World, random: Random): KeyCaller {
  const full = world.keys.filter(({ label }) => label === 'full');
  const chosen = random.pick(full);
  return random.weighted<() => KeyCaller>([
    [() => chosen, 80],
    [() => random.pick(world.keys), 10],
    [() => issuedCaller(world, chosen, random), 10],
  ])();
}

function pickPerson(world: World, random: Random): Person {
  const owners = world.people.filter(({ role }) => role === 'owner');
  return random.chance(0.7) ? random.pick(owners) : random.pick(world.people);
}

/** Somebody who most likely may make the call. */
export function callerFor(operation: Operation, world: World, random: Random): Caller {
  const { security } = operation;
  if (security.length === 0 && random.chance(0.8)) return { kind: 'nobody', ip: randomIp(random) };
  const takesKeys = security.includes('bearer');
  const takesPeople = security.includes('session');
  if (takesKeys && (!takesPeople || random.chance(0.8))) return pickKey(world, random);
  return pickPerson(world, random);
}

/** What says who calls, and from where. */
export function credentialsOf(caller: Caller, world: World, random: Random): Headers {
  const headers: Headers = [['x-forwarded-for', caller.ip]];
  if (caller.kind === 'nobody') return [['host', 'localhost'], ...headers];
  if (caller.kind === 'key') {
    headers.push(['host', hostOf[caller.environment]]);
    const basic = Buffer.from(`${caller.id}:${caller.secret}`).toString('base64');
    const value = random.chance(0.1) ? `Basic ${basic}` : `Bearer ${caller.secret}`;
    return [...headers, ['authorization', value]];
  }
  return [
    ...headers,
    ['host', 'localhost'],
    ['cookie', caller.cookie],
    ['origin', world.server.publicUrl],
    ['sec-fetch-site', 'same-origin'],
    ['x-keyward-environment', caller.environment],
  ];
}

/** Why this caller must not get in here, whatever else the request says; null where nobody can know. */
export function whyRefused(operation: Operation, caller: Caller): string | null {
  const { security, scopes } = operation;
  if (security.length === 0) return null;
  if (caller.kind === 'nobody') return 'it has no credential';
  if (caller.kind === 'person') return security.includes('session') ? null : 'it is for keys alone';
  if (!security.includes('bearer')) return 'it is for people alone';
  if (caller.label === 'revoked') return 'the key is revoked';
  const missing = scopes.find((scope) => caller.scopes !== null && !caller.scopes.includes(scope));
  return caller.label !== 'issued' && missing !== undefined ? `the key lacks ${missing}` : null;
}
