import { limitOf, limitSentences } from '@/components/limit-picker/limits.ts';
import { inheritsAll, isUnfinished, mayInherit, scopesOf } from '@/components/scope-picker/choice.ts';
import { abilityWords } from '@/components/scope-picker/words.ts';
import { environmentLabel } from '@/environment.ts';
import { formatExact, plural } from '@/lib/format.ts';
import { networksOf } from '@/lib/ip.ts';
import { useNow } from '@/lib/now.ts';
import type { Draft, Rules } from './draft.ts';
import { endOf } from './expiry.ts';

interface SummaryProps {
  readonly draft: Draft;
  readonly rules: Rules;
}

/** What the key will be able to do, where, how much, and until when: as one reads it to somebody. */
export function Summary({ draft, rules }: SummaryProps) {
  const { name, environment, customerIds } = draft;
  const now = useNow();
  const networks = networksOf(draft.addresses);
  const end = endOf(draft.expiry, rules.policy, now);
  const limit = limitOf(draft.limits);
  return (
    <div className="flex flex-col gap-2">
      <p className="break-words">
        <strong className="font-medium">{name.trim() || 'The key'}</strong> {abilities(draft, rules)} in{' '}
        <strong className="font-medium">{environmentLabel[environment]}</strong>
        {customerIds.length > 0 && <>, for {plural(customerIds.length, 'customer')} only</>}
        {', '}
        {fromWhere(networks)}.
      </p>
      {limit && <p className="text-muted">{limitSentences(limit)[0]}</p>}
      <p className="text-muted">
        {end !== null && Number.isFinite(end)
          ? `It ends ${formatExact(end)}.`
          : 'It works until it is revoked.'}
      </p>
    </div>
  );
}

function abilities({ scopes }: Draft, { catalogue, bundles, refusalOf }: Rules) {
  const isOpen = inheritsAll(scopes) && !mayInherit(catalogue, refusalOf);
  if (isOpen || isUnfinished(scopes)) return 'will be able to do what you choose,';
  if (inheritsAll(scopes)) {
    return (
      <>
        will <span className="font-medium text-amber-ink">inherit everything</span>
      </>
    );
  }
  return `will be able to ${abilityWords(scopesOf(scopes, catalogue, bundles), catalogue)},`;
}

function fromWhere(networks: readonly string[] | null): string {
  if (networks === null) return 'from the addresses you are typing';
  if (networks.length === 0) return 'from every address';
  if (networks.length > 3) return `from ${networks.length} networks`;
  return `from ${networks.map((network) => network.replace(/\/(32|128)$/, '')).join(' and ')}`;
}
