import { type Command, InvalidArgumentError, Option } from 'commander';
import { createScopeCatalogue } from '../../../core/scopes.ts';
import { containsSecret } from '../../../core/secret.ts';
import { withConnection } from '../../connection.ts';
import { suggest } from '../../suggestions.ts';

export interface Shown {
  readonly url?: string;
  readonly json?: true;
}

export interface HandingOut extends Shown {
  readonly quiet?: true;
}

export const keyArgument = 'id, or a name or hint that only one key has';

/** What every command about keys has: where the server is, and `--json`. */
export function withAnswer(command: Command): Command {
  return withConnection(command).option('--json', "print the API's answer as JSON");
}

/** The same for commands that hand out a secret. */
export function withSecret(command: Command): Command {
  return withAnswer(command).addOption(
    new Option('--quiet', 'print the secret and nothing else, for a pipe into a vault').conflicts('json'),
  );
}

const catalogue = createScopeCatalogue();
export const scopeNames = [...catalogue.all];

export function scopeOption(flags: string, description: string): Option {
  return suggest(new Option(flags, description), scopeNames).argParser(listed);
}

export function bundleOption(): Option {
  return suggest(
    new Option('--bundle <name>', 'scopes by the name of a set'),
    catalogue.bundles.map(({ name }) => name),
  ).conflicts('scope');
}

/** Repeated options and lists with commas alike. */
export function listed(value: string, earlier: readonly string[] = []): string[] {
  const items = value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
  return [...new Set([...earlier, ...items])];
}

/** A text that will be stored: whoever mistakes a secret for it must not have it sent. */
export function storedText(value: string): string {
  if (containsSecret(value)) {
    throw new InvalidArgumentError(
      'It contains the secret of a key, which is in the history of this shell now: rotate that key.',
    );
  }
  return value;
}

export function wholeNumber(min: number, max: number) {
  return (value: string): number => {
    const number = /^\d+$/.test(value) ? Number(value) : Number.NaN;
    if (number >= min && number <= max) return number;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
  };
}

const secondsOf: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 };

function durationSeconds(text: string): number | null {
  const found = /^(\d{1,9})([smhdw])$/.exec(text);
  return found ? Number(found[1]) * secondsOf[found[2]!]! : null;
}

/** Seconds; `0` needs no unit. */
export function grace(value: string): number {
  const seconds = value === '0' ? 0 : durationSeconds(value);
  if (seconds !== null && seconds <= 30 * 86_400) return seconds;
  throw new InvalidArgumentError('It must be a time such as 90m, 24h or 7d, and 30d at most.');
}

/** An ISO 8601 time in UTC, or `never`. */
export function expiry(value: string): string {
  if (value === 'never') return value;
  const seconds = durationSeconds(value);
  const time = seconds === null ? instantOf(value) : Date.now() + seconds * 1_000;
  if (!Number.isFinite(time) || time > 8.64e15) {
    throw new InvalidArgumentError(
      'It must be a date such as 2027-01-31 (which begins at 00:00 UTC), a time with its offset, 90d, 12h, or never.',
    );
  }
  if (time <= Date.now()) throw new InvalidArgumentError('It must lie in the future.');
  return new Date(time).toISOString();
}

function instantOf(text: string): number {
  const isDate = /^\d{4}-\d{2}-\d{2}$/.test(text);
  const isTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/.test(text);
  const time = isDate || isTime ? Date.parse(text) : Number.NaN;
  if (!Number.isFinite(time)) return time;
  // 31 February would silently become a day in March.
  const day = text.slice(0, 10);
  return new Date(`${day}T00:00Z`).toISOString().startsWith(day) ? time : Number.NaN;
}
