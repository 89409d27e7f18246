import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { z } from 'zod';
import { compileCidrs } from './core/cidr.ts';
import { parseHostRules } from './core/environments.ts';
import {
  checked,
  cidrList,
  count,
  httpOrigin,
  listOf,
  port,
  type Setting,
  setting,
  surfaceList,
} from './core/setting-values.ts';
import { mailAddress, type SmtpSettings, smtpServer } from './core/smtp-settings.ts';
import { readTraceSettings, type TraceSettings, traceSettings } from './core/trace-settings.ts';
import { StartError } from './errors.ts';

/** The one table of settings. Each can also be given as `<NAME>_FILE`, the path of a file that holds the value. */
export const settingTable = {
  KEYWARD_PORT: setting(port.default(8787), 'Port to listen on; 0 takes a free one.'),
  KEYWARD_BIND: setting(
    z.string().min(1).default('127.0.0.1'),
    'Address to listen on; 0.0.0.0 for every interface.',
  ),
  KEYWARD_PUBLIC_URL: setting(
    checked(httpOrigin).optional(),
    'Origin under which people and programs reach Keyward; the default is http://localhost:<port>.',
  ),
  KEYWARD_DATA_DIR: setting(
    z.string().min(1).default('./data'),
    'Directory of the embedded database and of what it needs.',
  ),
  KEYWARD_DATABASE_URL: setting(
    z
      .string()
      .regex(/^postgres(ql)?:\/\//, 'must start with postgres:// or postgresql://')
      .optional(),
    'PostgreSQL (15 or newer) instead of the embedded database.',
    true,
  ),
  KEYWARD_DATABASE_CONNECTIONS: setting(count.max(500).default(10), 'PostgreSQL connections at most.'),
  KEYWARD_REDIS_URL: setting(
    z.string().optional(),
    'For many nodes; this version runs one node and refuses it.',
    true,
  ),
  KEYWARD_SECRET: setting(
    z.string().min(32, 'must have at least 32 characters').optional(),
    'Encrypts what must be read again and signs sessions and the audit chain. Made in the data directory when embedded, required with PostgreSQL.',
    true,
  ),
  KEYWARD_HOSTS: setting(
    checked(parseHostRules).default([]),
    'Which host means which environment, such as api.acme.com=production,*:8788=sandbox.',
  ),
  KEYWARD_KEY_PREFIX: setting(
    z
      .string()
      .regex(/^[a-z][a-z0-9]{1,7}$/, 'must be 2 to 8 of a-z and 0-9, a letter first')
      .default('sa'),
    'First part of new secrets. Every prefix ever used stays valid.',
  ),
  KEYWARD_SURFACES: setting(
    checked(surfaceList).default([]),
    'Scope surfaces of your own, such as billing,reports.',
  ),
  KEYWARD_TRUST_PROXY: setting(
    checked(cidrList).default([]),
    'Networks of your proxies: only their X-Forwarded-For is believed.',
  ),
  KEYWARD_CORS_ORIGINS: setting(
    checked((text) => listOf(text).map(httpOrigin)).default([]),
    'Origins whose pages may read answers.',
  ),
  KEYWARD_WEBHOOK_ALLOW: setting(
    checked(cidrList).default([]),
    'Networks, such as 127.0.0.0/8, that webhooks may reach although they are not public, by http and on any port, too. For development.',
  ),
  KEYWARD_REFUSALS_PER_MINUTE: setting(
    count.default(600),
    'Refused requests a minute per client address and per key, before they are all answered 429.',
  ),
  KEYWARD_BODY_LIMIT_BYTES: setting(
    z.coerce.number().int().min(1_024).max(104_857_600).default(1_048_576),
    'Largest body of a request.',
  ),
  KEYWARD_REQUEST_TIMEOUT_SECONDS: setting(
    z.coerce.number().int().min(1).max(600).default(30),
    'How long a request may take to arrive; its headers get half of that.',
  ),
  KEYWARD_DRAIN_SECONDS: setting(
    z.coerce.number().int().min(1).max(600).default(20),
    'How long requests in flight may take to finish after SIGTERM.',
  ),
  KEYWARD_TLS_CERT: setting(
    z.string().optional(),
    'PEM certificate chain, or the path of one, to serve HTTPS without a proxy.',
  ),
  KEYWARD_TLS_KEY: setting(z.string().optional(), 'Its PEM private key, or the path of it.', true),
  KEYWARD_ADMIN_EMAIL: setting(
    z.string().optional(),
    'With the password: makes the owner at the first start.',
  ),
  KEYWARD_ADMIN_PASSWORD: setting(
    z.string().optional(),
    'Password of that owner, 12 characters or more.',
    true,
  ),
  KEYWARD_REQUEST_LOG: setting(
    z.enum(['on', 'off']).default('on'),
    'Whether requests with a key are recorded and counted. Off: no logs, no usage, no explanations.',
  ),
  KEYWARD_SMTP_URL: setting(
    checked(smtpServer).optional(),
    'Mail server for alerts, as smtp://user:password@host:587, or smtps:// for TLS from the first byte. % and @ in a password are written %25 and %40.',
    true,
  ),
  KEYWARD_SMTP_FROM: setting(
    checked(mailAddress).optional(),
    'Sender of these mails, such as Keyward <keyward@example.com>.',
  ),
  KEYWARD_METRICS_PORT: setting(
    port.optional(),
    'Port of a listener of its own for metrics and for the details of /readyz; off unless set.',
  ),
  KEYWARD_METRICS_BIND: setting(
    z.string().min(1).default('127.0.0.1'),
    'Address of that listener. Whoever reaches it may read, unless there is a token.',
  ),
  KEYWARD_METRICS_TOKEN: setting(
    z.string().min(32, 'must have at least 32 characters').optional(),
    'Opens the metrics of the installation, as a Bearer token, here and on the main port.',
    true,
  ),
  KEYWARD_ACCESS_LOG: setting(
    z.enum(['off', 'errors', 'all']).default('off'),
    'Whether the server log has a line for each answer, or for those from 400 on.',
  ),
  KEYWARD_LOG_LEVEL: setting(
    z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent']).default('info'),
    'How much the server log says.',
  ),
  ...traceSettings,
} as const;

export type SettingName = keyof typeof settingTable;
type Values = { [K in SettingName]: (typeof settingTable)[K] extends Setting<infer T> ? T : never };

export interface Config extends Values {
  readonly publicUrl: string;
  readonly dataDirectory: string;
  readonly isTrustedProxy: (ip: string) => boolean;
  readonly tls: { readonly cert: string; readonly key: string } | null;
  /** null: no mail server. */
  readonly smtp: SmtpSettings | null;
  /** null: no traces. */
  readonly traces: TraceSettings | null;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** The text of a setting, from the variable or from the file that `<NAME>_FILE` names. */
export function readValue(name: string, env: Environment): string | undefined {
  const path = env[`${name}_FILE`];
  if (path === undefined || path === '') return env[name] === '' ? undefined : env[name];
  if (env[name]) throw new StartError(`${name} and ${name}_FILE are both set: keep one of them.`);
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    throw new StartError(`${name}_FILE cannot be read: ${(error as Error).message}.`);
  }
}

/** One setting, checked by itself. */
export function parseSetting(name: SettingName, env: Environment): Values[SettingName] {
  const { schema, help, isSecret }: Setting<Values[SettingName]> = settingTable[name];
  const result = schema.safeParse(readValue(name, env));
  if (result.success) return result.data;
  const problem = (result.error.issues[0]?.message ?? 'is not valid').replace(/\.$/, '');
  const given = isSecret ? '' : ` (it is "${readValue(name, env) ?? ''}")`;
  throw new StartError(`The setting ${name} cannot be used${given}: ${problem}. ${help}`);
}

function parseSettings(env: Environment): Values {
  const names = Object.keys(settingTable) as SettingName[];
  return Object.fromEntries(names.map((name) => [name, parseSetting(name, env)])) as unknown as Values;
}

/** The setting is a path, or (by way of `_FILE` most often) the PEM text itself, which no message may repeat. */
function readPem(name: string, value: string): string {
  if (value.includes('-----BEGIN ')) return value;
  try {
    const pem = readFileSync(value, 'utf8');
    if (pem.includes('-----BEGIN ')) return pem;
  } catch (error) {
    throw new StartError(
      `The file that ${name} names cannot be read: ${(error as NodeJS.ErrnoException).code}.`,
    );
  }
  throw new StartError(`The file that ${name} names is not in PEM form.`);
}

function checkCombinations(values: Values): void {
  if (values.KEYWARD_REDIS_URL) {
    throw new StartError(
      'KEYWARD_REDIS_URL is set, but this version runs a single node and keeps its limits in memory: unset it.',
    );
  }
  if (values.KEYWARD_DATABASE_URL && !values.KEYWARD_SECRET) {
    throw new StartError(
      'With KEYWARD_DATABASE_URL, KEYWARD_SECRET is required: 32 characters or more, the same after every restart.',
    );
  }
  if (Boolean(values.KEYWARD_TLS_CERT) !== Boolean(values.KEYWARD_TLS_KEY)) {
    throw new StartError('KEYWARD_TLS_CERT and KEYWARD_TLS_KEY go together: set both or neither.');
  }
}

function smtpOf({ KEYWARD_SMTP_URL: server, KEYWARD_SMTP_FROM: from }: Values): SmtpSettings | null {
  if (server && from) return { ...server, from };
  if (!server && !from) return null;
  throw new StartError('KEYWARD_SMTP_URL and KEYWARD_SMTP_FROM go together: set both or neither.');
}

function tracesOf(values: Values): TraceSettings | null {
  try {
    return readTraceSettings(values);
  } catch (error) {
    throw new StartError(`Traces cannot be sent: ${(error as Error).message}`);
  }
}

function readEnvFile(directory: string): Environment {
  const path = join(directory, '.env');
  try {
    return parseEnv(readFileSync(path, 'utf8'));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return {};
    throw new StartError(`The file ${path} cannot be read: ${message}.`);
  }
}

/** Where settings come from, the strongest first: the process, then the `.env` of each directory. */
export function settingSources(directories: readonly string[] = ['.']) {
  const files = directories.map((path) => ({ origin: join(path, '.env'), values: readEnvFile(path) }));
  return [{ origin: 'environment', values: process.env as Environment }, ...files];
}

/** The environment of the process, over the `.env` of the given directories, the first of them winning. */
export function readEnvironment(directories: readonly string[] = ['.']): Environment {
  const sources = settingSources(directories).map(({ values }) => values);
  return Object.assign({}, ...sources.reverse());
}

export interface ClientConfig {
  /** Origin of the server that the command line speaks to. */
  readonly url: string;
  readonly apiKey: string | undefined;
}

/** What the commands that speak HTTP need; the key is never a setting of the server. */
export function loadClientConfig(env: Environment = readEnvironment()): ClientConfig {
  const url = readValue('KEYWARD_URL', env) ?? `http://localhost:${readValue('KEYWARD_PORT', env) ?? 8787}`;
  return { url, apiKey: readValue('KEYWARD_API_KEY', env)?.trim() };
}

/** Reads and checks every setting; a bad one is a `StartError` that names it and never repeats a secret. */
export function loadConfig(env: Environment = readEnvironment()): Config {
  const values = parseSettings(env);
  checkCombinations(values);
  const tls = values.KEYWARD_TLS_CERT
    ? {
        cert: readPem('KEYWARD_TLS_CERT', values.KEYWARD_TLS_CERT),
        key: readPem('KEYWARD_TLS_KEY', values.KEYWARD_TLS_KEY as string),
      }
    : null;
  return {
    ...values,
    publicUrl: values.KEYWARD_PUBLIC_URL ?? `${tls ? 'https' : 'http'}://localhost:${values.KEYWARD_PORT}`,
    dataDirectory: resolve(values.KEYWARD_DATA_DIR),
    isTrustedProxy: compileCidrs([...values.KEYWARD_TRUST_PROXY]),
    tls,
    smtp: smtpOf(values),
    traces: tracesOf(values),
  };
}

/** Names of settings that look like ours and are not: most likely a typing error. */
export function unknownSettings(env: Environment = readEnvironment()): string[] {
  const others = /^KEYWARD_(URL|API_KEY(_FILE)?|TEST_.*)$/;
  return Object.keys(env).filter(
    (name) =>
      name.startsWith('KEYWARD_') && !others.test(name) && !(name.replace(/_FILE$/, '') in settingTable),
  );
}
