import { environmentCatalog } from '../../src/core/environments.ts';
import type { Explanation } from '../types.ts';
import { formatCount, formatDuration, formatExact } from './format.ts';

type Check = Explanation['checks'][number];
type Input = Check['input'];

interface CheckWords {
  readonly label: string;
  /** What the check asks. */
  readonly question: string;
  /** What it looked at. */
  readonly found: string;
}

const environmentLabels = new Map<unknown, string>(
  environmentCatalog.map(({ name, label }) => [name, label]),
);
const environmentOf = (name: unknown) => environmentLabels.get(name) ?? 'an unknown environment';
const textsOf = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);
const numberOf = (value: unknown): number | null => (typeof value === 'number' ? value : null);

const table: Readonly<Record<string, { label: string; question: string; found(input: Input): string }>> = {
  form: {
    label: 'Form',
    question: 'Was a whole key sent?',
    found: ({ credential }) => credentials[String(credential)] ?? '',
  },
  secret: { label: 'Secret', question: 'Does a key have this secret?', found: () => '' },
  environment: {
    label: 'Environment',
    question: 'Does the key belong where the request went?',
    found: ({ keyEnvironment, requestEnvironment }) =>
      keyEnvironment === null
        ? `Request to ${environmentOf(requestEnvironment)}`
        : `Key of ${environmentOf(keyEnvironment)}, request to ${environmentOf(requestEnvironment)}`,
  },
  status: { label: 'Status', question: 'Are key and secret active?', found: foundStatus },
  expiry: { label: 'Expiry', question: 'Has the key not expired?', found: foundExpiry },
  ip: { label: 'Address', question: 'May this address use the key?', found: foundAddress },
  scope: { label: 'Scope', question: 'Does the key hold what the call needs?', found: foundScope },
  customer: { label: 'Customer', question: 'Is the key for this customer?', found: foundCustomer },
  limit: { label: 'Limit', question: 'Is there room within its limits?', found: foundLimit },
};

const credentials: Readonly<Record<string, string>> = {
  known: 'A whole key',
  unknown: 'Text of the form of a key',
  missing: 'No credential',
  malformed: 'Text that is no whole key',
};

/** One check of the guard in words. What its input does not say is left out. */
export function checkWords({ name, input }: Pick<Check, 'name' | 'input'>): CheckWords {
  const words = table[name];
  if (words === undefined) return { label: name, question: '', found: '' };
  return { label: words.label, question: words.question, found: words.found(input) };
}

function foundStatus({ isActive, secretEndsAt }: Input): string {
  if (typeof isActive !== 'boolean') return '';
  const end = numberOf(secretEndsAt);
  return `${isActive ? 'Active' : 'Not active'}${end === null ? '' : `; this secret works until ${formatExact(end)}`}`;
}

function foundExpiry({ expiresAt, maxAgeDays, secretEndsAt }: Input): string {
  const end = numberOf(expiresAt);
  const days = numberOf(maxAgeDays);
  const oldest = numberOf(secretEndsAt);
  const age =
    days === null || oldest === null
      ? ''
      : `; secrets live ${formatCount(days)} days at most, this one until ${formatExact(oldest)}`;
  return `${end === null ? 'No end' : `Until ${formatExact(end)}`}${age}`;
}

function foundAddress({ ip, ipAllowlist }: Input): string {
  const allowed = textsOf(ipAllowlist);
  const from = typeof ip === 'string' && ip !== '' ? `From ${ip}` : 'No address was named';
  return allowed.length === 0 ? `${from}; any address is allowed` : `${from}; allowed: ${allowed.join(', ')}`;
}

function foundScope({ requiredScopes, ownerRole, withheldScopes }: Input): string {
  const needed = textsOf(requiredScopes);
  const withheld = textsOf(withheldScopes);
  const role =
    withheld.length === 0
      ? ''
      : `; the role of its owner, ${String(ownerRole)}, withholds ${withheld.join(', ')}`;
  return `${needed.length === 0 ? 'The call needs none' : `Needed: ${needed.join(', ')}`}${role}`;
}

function foundCustomer({ customerId, customerIds }: Input): string {
  const own = textsOf(customerIds);
  const asked = typeof customerId === 'string' ? `About ${customerId}` : 'About no customer';
  return own.length === 0
    ? `${asked}; the key is for all customers`
    : `${asked}; the key is for ${own.join(', ')}`;
}

const policyWords: Readonly<Record<string, string>> = { minute: '60 seconds', day: 'the day' };

function foundLimit(input: Input): string {
  const [state] = Array.isArray(input.states) ? (input.states as Input[]) : [];
  if (state !== undefined) {
    const part = (left: unknown, of: unknown, when: string) =>
      `${formatCount(Number(left))} of ${formatCount(Number(of))} left ${when}`;
    return `${part(state.minuteRemaining, state.minuteLimit, 'in 60 seconds')}, ${part(state.dayRemaining, state.dayLimit, 'today')}`;
  }
  const [perMinute, burst, perDay] = [input.perMinute, input.burst, input.perDay].map(numberOf);
  if (perMinute == null || perDay == null) return '';
  const limits = `${formatCount(perMinute + (burst ?? 0))} in any 60 seconds, ${formatCount(perDay)} a day`;
  const reached = textsOf(input.violatedPolicies).map((name) => policyWords[name] ?? name);
  if (reached.length === 0) return limits;
  const wait = numberOf(input.retryAfterSeconds);
  return `${limits}; reached for ${reached.join(' and ')}${wait === null ? '' : `, with room again after ${formatDuration(wait * 1_000)}`}`;
}

/** Where in the console a change is made. */
export interface ChangePlace {
  readonly label: string;
  readonly to: '/keys/$id' | '/keys/$id/access' | '/keys/$id/rotation' | '/keys/new' | '/my-keys';
  readonly keyId?: string;
}

/** null: it is not made here, but by whoever calls. */
export function placeOfChange(
  { action, request }: NonNullable<Explanation['change']>,
  keyId: string | null,
): ChangePlace | null {
  const named = /^\/api\/v1\/(me\/)?api-keys\/([^/?#]+)/.exec(request?.path ?? '');
  if (action === 'create_key') return { label: 'Create a key', to: '/keys/new' };
  if (named?.[1]) return { label: 'Open personal keys', to: '/my-keys' };
  const key = named?.[2] ?? keyId;
  if (key === null) return null;
  if (action === 'use_current_secret' || action === 'use_replacement') {
    return { label: 'Open its secrets', to: '/keys/$id/rotation', keyId: key };
  }
  return request === null ? null : { label: labels[action] ?? 'Open the key', to: '/keys/$id', keyId: key };
}

const labels: Readonly<Record<string, string>> = {
  activate_key: 'Open the key to activate it',
  regenerate_key: 'Open the key to make a new secret',
  extend_expiry: 'Open the key to change its end',
  allow_address: 'Open the key to change its networks',
  wait_or_raise_limit: 'Open the key to change its limits',
  replace_with_scopes: 'Open the key to replace it',
};
