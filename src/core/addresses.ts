import { type Environment, environmentOfHost, environments } from './environments.ts';

/** Where requests for an environment go. */
export interface Address {
  /** null: where the page itself came from. */
  readonly origin: string | null;
  /** A Host header to send along: for origins whose host is an address. */
  readonly host: string | null;
  /** Whether it rests on names that this installation may not have. */
  readonly isGuessed: boolean;
}

const labels: Record<Environment, string> = {
  production: 'api',
  staging: 'staging',
  development: 'dev',
  sandbox: 'sandbox',
};

function isLocalName(name: string): boolean {
  return name === 'localhost' || name.endsWith('.localhost');
}

/** The name without the label that chooses an environment: `sandbox.acme.com` → `acme.com`. */
function baseOf(name: string): string {
  const rest = name.slice(name.indexOf('.') + 1);
  const isLabelled = ['prod', ...Object.values(labels)].some((label) => name.startsWith(`${label}.`));
  return isLabelled && (rest === 'localhost' || rest.includes('.')) ? rest : name;
}

function nameFor(environment: Environment, base: string): string {
  const isPlain = environment === 'production' && environmentOfHost(base, []) === 'production';
  return isPlain ? base : `${labels[environment]}.${base}`;
}

/** Each environment's address beside a public URL; `own` is the one that the page was asked for in. */
export function addressesOf(publicUrl: string, own: Environment): Record<Environment, Address> {
  const { protocol, hostname, port } = new URL(publicUrl);
  const isIp = /^(\[.*\]|[\d.]+)$/.test(hostname);
  const addressOf = (environment: Environment): Address => {
    if (environment === own) return { origin: null, host: null, isGuessed: false };
    if (isIp) {
      return { origin: publicUrl, host: nameFor(environment, 'localhost'), isGuessed: false };
    }
    const host = `${nameFor(environment, baseOf(hostname))}${port === '' ? '' : `:${port}`}`;
    return { origin: `${protocol}//${host}`, host: null, isGuessed: !isLocalName(hostname) };
  };
  return Object.fromEntries(environments.map((name) => [name, addressOf(name)])) as Record<
    Environment,
    Address
  >;
}
