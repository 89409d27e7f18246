import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { EnvironmentBadge } from '@/components/ui/badge.tsx';
import { Confirm } from '@/components/ui/confirm.tsx';
import { Segmented } from '@/components/ui/tabs.tsx';
import { Time } from '@/components/ui/time.tsx';
import { toast } from '@/components/ui/toast.tsx';
import { plural } from '@/lib/format.ts';
import { tellOtherTabs } from '@/page-owner.ts';
import { Problem, problemOf } from '@/problem.ts';
import { refreshKeys } from '@/queries/keys.ts';
import { type LeaversChoice, type LeaversKeys, removeMember } from '@/queries/people.ts';
import { useSession } from '@/session.ts';
import type { Member } from '@/types.ts';

interface RemoveDialogProps {
  readonly member: Pick<Member, 'id' | 'name' | 'email'>;
  readonly isSelf: boolean;
  onClose(): void;
}

/** Ends a membership. Where personal keys still work, it shows which, and asks what becomes of them. */
export function RemoveDialog({ member, isSelf, onClose }: RemoveDialogProps) {
  const { tenant } = useSession();
  const client = useQueryClient();
  const [working, setWorking] = useState<LeaversKeys | null>(null);
  const [choice, setChoice] = useState<LeaversChoice>('revoke');
  const run = async () => {
    try {
      await removeMember(member.id, working ? choice : undefined);
    } catch (error) {
      const problem = problemOf(error);
      const found = problem.document.personalKeys as LeaversKeys | undefined;
      if (found === undefined) throw problem;
      setWorking(found);
      const detail = refusal(found, isSelf);
      throw new Problem(problem.status, { ...problem.document, detail, requestId: null });
    }
    if (isSelf) {
      tellOtherTabs(null);
      // A whole new page: nothing of this session stays in memory.
      return location.assign('/sign-in');
    }
    toast({ title: `${member.name} is removed` });
    await Promise.all([client.invalidateQueries({ queryKey: ['members'] }), refreshKeys(client)]);
  };
  return (
    <Confirm
      title={isSelf ? `Leave ${tenant.name}?` : `Remove ${member.name}?`}
      action={isSelf ? 'Leave' : 'Remove member'}
      tone="danger"
      typed={isSelf ? tenant.name : null}
      onClose={onClose}
      run={run}
    >
      <p>
        {isSelf
          ? 'You are signed out everywhere, and only a new invitation lets you in again. '
          : `${member.email} is signed out everywhere, and only a new invitation lets them in again. `}
        Invitations that {isSelf ? 'you' : 'they'} sent end. Keys of the organisation that{' '}
        {isSelf ? 'you' : 'they'} made go on.
      </p>
      {working && <WorkingKeys keys={working} choice={choice} onChoose={setChoice} />}
    </Confirm>
  );
}

function refusal({ count }: LeaversKeys, isSelf: boolean): string {
  const whose = isSelf ? 'You have' : 'They have';
  return `${whose} ${plural(count, 'personal key')} that still ${count === 1 ? 'works' : 'work'}. Programs that use ${count === 1 ? 'it' : 'them'} will stop: say below what becomes of ${count === 1 ? 'it' : 'them'}, and confirm again.`;
}

const hints: Readonly<Record<LeaversChoice, string>> = {
  revoke: 'They stay in the list of keys, to look at. They can never work again.',
  delete: 'They leave the list; logs and audit log keep their history.',
};

interface WorkingKeysProps {
  readonly keys: LeaversKeys;
  readonly choice: LeaversChoice;
  onChoose(choice: LeaversChoice): void;
}

function WorkingKeys({ keys: { keys, count }, choice, onChoose }: WorkingKeysProps) {
  return (
    <>
      <ul
        aria-label="Personal keys that still work"
        className="max-h-48 divide-y divide-line overflow-y-auto rounded-md border border-line px-3"
      >
        {keys.map((key) => (
          <li key={key.id} className="py-1.5">
            <p className="flex items-center justify-between gap-2">
              <span className="truncate font-medium">{key.name}</span>
              <EnvironmentBadge environment={key.environment} />
            </p>
            <p className="text-muted text-sm">
              Last used: <Time at={key.lastUsedAt} />
              {key.lastUsedIp && (
                <>
                  {' '}
                  from <span className="font-mono">{key.lastUsedIp}</span>
                </>
              )}
            </p>
          </li>
        ))}
        {count > keys.length && <li className="py-1.5 text-muted">and {count - keys.length} more</li>}
      </ul>
      <div className="flex flex-wrap items-center gap-3">
        <Segmented<LeaversChoice>
          label="What becomes of the personal keys"
          value={choice}
          choices={[
            { value: 'revoke', label: 'Revoke them' },
            { value: 'delete', label: 'Delete them' },
          ]}
          onChange={onChoose}
        />
        <p className="text-muted text-sm">{hints[choice]}</p>
      </div>
    </>
  );
}
