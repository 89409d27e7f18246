import { abilityWords } from '@/components/scope-picker/words.ts';
import { Confirm } from '@/components/ui/confirm.tsx';
import { environmentLabel } from '@/environment.ts';
import type { Draft, Rules } from './draft.ts';

interface ConfirmInheritingProps {
  readonly draft: Draft;
  readonly rules: Rules;
  run(): Promise<void>;
  onClose(): void;
}

/** An empty choice gives the most: that must be meant. */
export function ConfirmInheriting({ draft, rules, run, onClose }: ConfirmInheritingProps) {
  const inherited = rules.catalogue.filter(({ inheritable }) => inheritable).map(({ name }) => name);
  return (
    <Confirm
      title="Create a key that inherits everything?"
      action="Create it all the same"
      tone="danger"
      warning={`No scope is ticked, so ${draft.name.trim()} gets every scope that may be inherited in ${environmentLabel[draft.environment]}, and those of later versions.`}
      run={run}
      onClose={onClose}
    >
      <p>It will be able to {abilityWords(inherited, rules.catalogue)}.</p>
      <p>
        Whoever finds its secret can do the same. Go back and tick what the program needs, if you know it.
      </p>
    </Confirm>
  );
}
