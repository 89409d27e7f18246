import { CliError, exitCodes } from '../../exit.ts';
import { cleaned, relativeTime } from '../../format.ts';
import type { CreateOptions, KeyInput } from './create.ts';
import { called } from './hand-out.ts';
import type { Key } from './key.ts';

export interface Copy {
  readonly input: KeyInput;
  /** What the copy does not have of its model, or has although nobody named it. */
  readonly remarks: readonly string[];
}

/** The settings of `model`, and over them what the command line says itself. */
export function copyOf(model: Key, own: KeyInput, options: CreateOptions): Copy {
  const isScoped = own.scopes !== undefined || own.bundle !== undefined || options.inheritAllScopes === true;
  return {
    input: {
      ...(model.description === null ? {} : { description: model.description }),
      ...(model.ipAllowlist.length === 0 ? {} : { ipAllowlist: model.ipAllowlist }),
      ...(model.customerIds.length === 0 ? {} : { customerIds: model.customerIds }),
      ...(isScoped || model.inheritsAllScopes ? {} : { scopes: model.scopes }),
      ...limitsOf(model, own, options),
      ...expiryOf(model, own),
      ...own,
    },
    remarks: remarksOn(cleaned(model), own),
  };
}

function limitsOf({ rateLimit }: Key, own: KeyInput, options: CreateOptions): Partial<KeyInput> {
  if (own.tier !== undefined) return {};
  const { perMinute, burst, perDay } = options;
  const isChanged = perMinute !== undefined || burst !== undefined || perDay !== undefined;
  if (rateLimit.tier !== 'custom' && !isChanged) return { tier: rateLimit.tier };
  const merged = perMinute ?? rateLimit.perMinute;
  return {
    rateLimit: {
      perMinute: merged,
      burst: burst ?? Math.min(rateLimit.burst, merged),
      perDay: perDay ?? rateLimit.perDay,
    },
  };
}

function expiryOf({ expiresAt }: Key, own: KeyInput): Partial<KeyInput> {
  if (own.expiresAt !== undefined || expiresAt === null) return {};
  if (Date.parse(expiresAt) > Date.now()) return { expiresAt };
  throw new CliError(
    `The key to copy expired ${relativeTime(expiresAt)}: say with --expires when the new one should, or never.`,
    exitCodes.usage,
  );
}

function remarksOn(model: Key, own: KeyInput): string[] {
  const remarks = [`Copying ${called(model)}; its secret and its use of the limits are not copied.`];
  if (model.status === 'inactive') remarks.push('It is revoked; the copy will be active.');
  if (model.expiresAt !== null && own.expiresAt === undefined) {
    remarks.push(`The copy expires when it does, ${relativeTime(model.expiresAt)}.`);
  }
  if (model.owner === 'user') remarks.push('It belongs to a person; the copy will belong to the tenant.');
  return remarks;
}
