import {
  type Environment,
  loadConfig,
  parseSetting,
  readValue,
  type SettingName,
  settingSources,
  settingTable,
  unknownSettings,
} from '../config.ts';
import { maskSecrets } from '../core/secret.ts';
import { StartError } from '../errors.ts';
import { printable } from './output.ts';

export interface SettingReport {
  readonly name: SettingName;
  /** What counts, the default included; of a secret only whether there is one. */
  readonly value: string;
  readonly isSet: boolean;
  readonly isSecret: boolean;
  /** `default`, `environment`, the path of a `.env`, or of the file that `<NAME>_FILE` names. */
  readonly origin: string;
  readonly problem: string | null;
}

export interface SettingsReport {
  readonly settings: readonly SettingReport[];
  /** Sentences: every setting that cannot be used, else the first combination that cannot. */
  readonly problems: readonly string[];
  /** Variables that look like settings and are none. */
  readonly unknown: readonly string[];
}

type Sources = ReturnType<typeof settingSources>;

/** Every setting with its value and where it comes from; goes on after a bad one. */
export function describeSettings(sources: Sources = settingSources()): SettingsReport {
  const env: Environment = Object.assign({}, ...sources.map(({ values }) => values).reverse());
  const names = Object.keys(settingTable) as SettingName[];
  const settings = names.map((name) => describeSetting(name, env, sources));
  const bad = settings.flatMap(({ problem }) => (problem === null ? [] : [problem]));
  const problems = bad.length > 0 ? bad : [problemOf(() => loadConfig(env))].filter((text) => text !== null);
  return { settings, problems, unknown: unknownSettings(env).sort() };
}

/** The sentence of a `StartError`, masked for print, or null when all went well. */
function problemOf(work: () => unknown): string | null {
  try {
    work();
    return null;
  } catch (error) {
    if (error instanceof StartError) return printable(maskSecrets(error.message));
    throw error;
  }
}

function describeSetting(name: SettingName, env: Environment, sources: Sources): SettingReport {
  const isSecret = settingTable[name].isSecret === true;
  const problem = problemOf(() => parseSetting(name, env));
  const given = problemOf(() => readValue(name, env)) === null ? readValue(name, env) : '';
  const isSet = given !== undefined;
  const value = isSecret ? (isSet ? 'set' : 'not set') : shown(name, given, env, problem !== null);
  return { name, value, isSet, isSecret, origin: originOf(name, isSet, env, sources), problem };
}

function shown(name: SettingName, given: string | undefined, env: Environment, isBad: boolean): string {
  // Whoever puts a certificate here may have put its private key beside it.
  if (given?.includes('-----BEGIN ')) return 'set (PEM text)';
  const parsed = isBad ? given : parseSetting(name, env);
  if (typeof parsed === 'string' || typeof parsed === 'number') return printable(maskSecrets(String(parsed)));
  return given === undefined ? 'not set' : printable(maskSecrets(given));
}

function originOf(name: SettingName, isSet: boolean, env: Environment, sources: Sources): string {
  if (!isSet) return 'default';
  const path = env[`${name}_FILE`];
  if (path) return `file ${printable(path)}`;
  return sources.find(({ values }) => values[name] !== undefined)?.origin ?? 'environment';
}
