import type { LimitField } from '@/components/limit-picker/limits.ts';
import { Problem } from '../../../problem.ts';
import type { DraftField, DraftProblems } from './draft.ts';

export interface Refusal {
  readonly fields: DraftProblems;
  /** Of custom limits. */
  readonly limits: Partial<Record<LimitField, string>>;
  /** What belongs to no field. */
  readonly rest: Problem | null;
}

export const noRefusal: Refusal = { fields: {}, limits: {}, rest: null };

const fieldOfPath: Readonly<Record<string, DraftField>> = {
  name: 'name',
  description: 'description',
  environment: 'environment',
  scopes: 'scopes',
  bundle: 'scopes',
  tier: 'limits',
  rateLimit: 'limits',
  ceiling: 'limits',
  ipAllowlist: 'addresses',
  customerIds: 'customerIds',
  expiresAt: 'expiry',
};

interface Finding {
  readonly path: string;
  readonly message: string;
}

const exceedSentences: Partial<Record<DraftField, string>> = {
  scopes: 'These scopes are more than you have yourself.',
  limits: 'These limits are higher than you may give.',
  expiry: 'It would last longer than you may give.',
  addresses: 'It would work from more addresses than you may give.',
  customerIds: 'It would be for more customers than you may give.',
};

function findingsOf(problem: Problem): readonly Finding[] {
  const { code, document, errors } = problem;
  if (code === 'policy_violation' && Array.isArray(document.violations)) {
    return (document.violations as { rule: string; message: string }[]).map(({ rule, message }) => ({
      path: rule,
      message,
    }));
  }
  if (code === 'scope_escalation' && Array.isArray(document.exceeds)) {
    return (document.exceeds as string[]).map((path) => {
      const field = fieldOfPath[path.split('.')[0]!];
      const sentence = (field && exceedSentences[field]) ?? problem.message;
      return { path, message: field === 'scopes' ? `${sentence} ${problem.message}` : sentence };
    });
  }
  return errors;
}

const capitalised = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
const isLimitField = (text: string): text is LimitField => ['perMinute', 'burst', 'perDay'].includes(text);

/** What the server refused, sorted to the fields of the form. */
export function sortRefusal(problem: Problem): Refusal {
  const fields: Record<string, string> = {};
  const limits: Partial<Record<LimitField, string>> = {};
  const rest: Finding[] = [];
  const findings = findingsOf(problem);
  for (const finding of findings) {
    const [head = '', part = ''] = finding.path.split('.');
    const field = fieldOfPath[head];
    const message = capitalised(finding.message);
    if (field === undefined) rest.push(finding);
    else if (field === 'limits' && isLimitField(part)) limits[part] = message;
    else fields[field] = fields[field] ? `${fields[field]} ${message}` : message;
  }
  const isSorted = findings.length > 0 && rest.length === 0;
  const remaining = isSorted ? null : new Problem(problem.status, { ...problem.document, errors: rest });
  return { fields, limits, rest: remaining };
}
