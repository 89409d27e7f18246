import { normalizeIp } from './cidr.ts';

/** The four isolated environments, in the order in which lists show them. */
export const environments = ['production', 'staging', 'development', 'sandbox'] as const;

export type Environment = (typeof environments)[number];

/** The word in a secret's prefix: `live` for production, `test` for everything else. */
export type SecretKind = 'live' | 'test';

export interface EnvironmentInfo {
  readonly name: Environment;
  readonly label: string;
  readonly description: string;
  readonly keyPrefixKind: SecretKind;
}

/** What the catalogue (`GET /environments`) says about each environment. */
export const environmentCatalog: readonly EnvironmentInfo[] = [
  {
    name: 'production',
    label: 'Production',
    description: 'Live data and live traffic. Owners and admins alone manage its tenant keys.',
    keyPrefixKind: 'live',
  },
  {
    name: 'staging',
    label: 'Staging',
    description: 'The rehearsal before production, with data of its own.',
    keyPrefixKind: 'test',
  },
  {
    name: 'development',
    label: 'Development',
    description: 'For building and debugging integrations, with data of its own.',
    keyPrefixKind: 'test',
  },
  {
    name: 'sandbox',
    label: 'Sandbox',
    description: 'An isolated data set for trying things out; nothing here touches real data.',
    keyPrefixKind: 'test',
  },
];

/** Which of the two secret prefixes the keys of an environment carry. */
export function secretKindOf(environment: Environment): SecretKind {
  return environment === 'production' ? 'live' : 'test';
}

/** Narrows any text to an environment's name; exact, lower-case. */
export function isEnvironment(text: string): text is Environment {
  return (environments as readonly string[]).includes(text);
}

/** One rule of KEYWARD_HOSTS: `host` is a name, a suffix that begins with `.`, or `*`; `port` null means any. */
export interface HostRule {
  readonly pattern: string;
  readonly host: string;
  readonly port: number | null;
  readonly environment: Environment;
}

/** Reads KEYWARD_HOSTS into rules sorted most specific first; throws an Error whose sentence names the bad rule. */
export function parseHostRules(text: string): HostRule[] {
  const rules = new Map<string, HostRule>();
  for (const part of text.split(',')) {
    const item = part.trim();
    if (item === '') continue;
    const rule = parseHostRule(item);
    const earlier = rules.get(rule.pattern);
    if (earlier && earlier.environment !== rule.environment) {
      throw badRule(item, `the same host is mapped to ${earlier.environment} by another rule`);
    }
    rules.set(rule.pattern, rule);
  }
  return [...rules.values()].sort((a, b) => rankOf(a) - rankOf(b));
}

/**
 * The environment a request's Host header selects, by rule and else by its first label; what says nothing
 * (no host, an address, a malformed one) is production. `localPort` counts where the header names no port.
 */
export function environmentOfHost(
  hostHeader: string | undefined,
  rules: readonly HostRule[],
  localPort?: number,
): Environment {
  const host = hostHeader === undefined ? null : splitHost(hostHeader);
  const name = host?.name ?? '';
  if (rules.length > 0) {
    const port = host?.port ?? localPort ?? null;
    for (const rule of rules) {
      if (hostMatches(rule.host, name) && (rule.port === null || rule.port === port)) return rule.environment;
    }
  }
  const dot = name.indexOf('.');
  return firstLabels.get(dot < 0 ? name : name.slice(0, dot)) ?? 'production';
}

const firstLabels: ReadonlyMap<string, Environment> = new Map([
  ['prod', 'production'],
  ['api', 'production'],
  ['staging', 'staging'],
  ['dev', 'development'],
  ['sandbox', 'sandbox'],
]);

function parseHostRule(item: string): HostRule {
  const equals = item.lastIndexOf('=');
  if (equals < 0) throw badRule(item, 'it has no "=environment"');
  const environment = item.slice(equals + 1).trim();
  if (!isEnvironment(environment)) {
    throw badRule(item, `the environment must be one of ${environments.join(', ')}`);
  }
  const source = item.slice(0, equals).trim();
  const isWildcard = /^\*(?:$|:|\.[^.:])/.test(source);
  // A label stands in for the star, so that names and wildcards pass through the same reader.
  const split = splitHost(isWildcard ? `x${source.slice(1)}` : source);
  if (split === null) {
    throw badRule(item, 'the host must be a name, *.name or * in ASCII (xn-- form), perhaps with a port');
  }
  if (split.port === 0) throw badRule(item, 'the port must be 1 to 65535');
  const name = isWildcard ? split.name.slice(1) || '*' : split.name;
  const pattern = `${name.startsWith('.') ? '*' : ''}${name}${split.port === null ? '' : `:${split.port}`}`;
  return { pattern, host: name, port: split.port, environment };
}

function badRule(item: string, why: string): Error {
  return new Error(`KEYWARD_HOSTS: the rule "${item}" is not valid: ${why}.`);
}

/** Exact host and port, exact host, suffix (longest first, then with port), any host with port, any host. */
function rankOf(rule: HostRule): number {
  if (rule.host === '*') return rule.port === null ? 1e6 : 1e6 - 1;
  if (!rule.host.startsWith('.')) return rule.port === null ? 1 : 0;
  return 1000 - 2 * rule.host.length + (rule.port === null ? 1 : 0);
}

function hostMatches(pattern: string, name: string): boolean {
  if (pattern === '*') return true;
  if (pattern.startsWith('.')) return name.endsWith(pattern);
  return pattern === name;
}

const hostForm = /^(?:\[([0-9a-f:.]{2,45})\]|([a-z0-9_-][a-z0-9._-]*))(?::([0-9]{0,5}))?$/;

/** A Host header's lower-case name (an IPv6 literal keeps its brackets) and port; null when it is not a host. */
function splitHost(text: string): { name: string; port: number | null } | null {
  if (text.length > 300) return null;
  const match = hostForm.exec(text.toLowerCase());
  if (match === null) return null;
  const port = match[3] ? Number(match[3]) : null;
  if (port !== null && port > 65_535) return null;
  if (match[1] !== undefined) {
    const address = normalizeIp(match[1]);
    return address === null ? null : { name: `[${address}]`, port };
  }
  const name = match[2] ?? '';
  return { name: name.endsWith('.') ? name.slice(0, -1) : name, port };
}
