import { choiceOf, type LimitChoice, limitOf } from '../../components/limit-picker/limits.ts';
import { networksOf } from '../../lib/ip.ts';
import { fromLocalInput, toLocalInput } from '../../lib/local-time.ts';
import type { KeyChanges } from '../../queries/key-actions.ts';
import type { Key } from '../../types.ts';

/** What of a key can be edited, as it stands in the form. */
export interface EditForm {
  readonly name: string;
  readonly description: string;
  readonly limit: LimitChoice;
  /** One network a line. */
  readonly networks: string;
  readonly customerIds: readonly string[];
  /** In the time zone of the browser, as its field for times has it; '' is never. */
  readonly expiresAt: string;
}

export type EditableKey = Pick<
  Key,
  'name' | 'description' | 'rateLimit' | 'ipAllowlist' | 'customerIds' | 'expiresAt'
>;

export function formOf(key: EditableKey): EditForm {
  const { tier } = key.rateLimit;
  return {
    name: key.name,
    description: key.description ?? '',
    limit: choiceOf(tier, key.rateLimit),
    networks: key.ipAllowlist.join('\n'),
    customerIds: key.customerIds,
    expiresAt: toLocalInput(key.expiresAt),
  };
}

const isSame = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

/** What is to be sent so that the key becomes what the form says; null while a field cannot be read. */
export function changesIn(form: EditForm, key: EditableKey): KeyChanges | null {
  const base = formOf(key);
  const limit = limitOf(form.limit);
  const ipAllowlist = networksOf(form.networks);
  const expiresAt = fromLocalInput(form.expiresAt);
  if (limit === null || ipAllowlist === null || form.name.trim() === '') return null;
  if (expiresAt === null && form.expiresAt !== '') return null;
  const { tier } = form.limit;
  const { perMinute, burst, perDay } = limit;
  return {
    ...(form.name.trim() !== base.name && { name: form.name.trim() }),
    ...(form.description.trim() !== base.description && { description: form.description.trim() || null }),
    ...(!isSame(limitShown(form.limit), limitShown(base.limit)) &&
      (tier === 'custom' ? { rateLimit: { perMinute, burst, perDay } } : { tier })),
    ...(!isSame(ipAllowlist, key.ipAllowlist) && { ipAllowlist }),
    ...(!isSame(form.customerIds, base.customerIds) && { customerIds: form.customerIds }),
    ...(form.expiresAt !== base.expiresAt && { expiresAt }),
  };
}

/** The numbers count for a custom limit alone. */
function limitShown(choice: LimitChoice): unknown {
  return choice.tier === 'custom' ? limitOf(choice) : choice.tier;
}

/** After somebody else changed the key: what the person has not touched becomes what it is now. */
export function rebased(form: EditForm, before: EditableKey, now: EditableKey): EditForm {
  const [old, fresh] = [formOf(before), formOf(now)];
  const names = Object.keys(form) as (keyof EditForm)[];
  const pick = (name: keyof EditForm) => (isSame(form[name], old[name]) ? fresh[name] : form[name]);
  return Object.fromEntries(names.map((name) => [name, pick(name)])) as unknown as EditForm;
}

/** What of a key the form shows, for saying what somebody else changed. */
export function editablePart(key: EditableKey) {
  const { name, description, rateLimit, ipAllowlist, customerIds, expiresAt } = key;
  return { name, description, ...rateLimit, ipAllowlist, customerIds, expiresAt };
}
