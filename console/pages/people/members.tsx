import { UserPlus, UsersRound } from 'lucide-react';
import { useState } from 'react';
import { Button } from '@/components/ui/button.tsx';
import { Empty } from '@/components/ui/empty.tsx';
import { PageFrame, Panel } from '@/components/ui/page.tsx';
import { Segmented } from '@/components/ui/tabs.tsx';
import { useFilters } from '@/lib/search-params.ts';
import { useMay, useSession } from '@/session.ts';
import { InvitationList } from './members/invitations.tsx';
import { InviteDialog } from './members/invite.tsx';
import { MemberList } from './members/list.tsx';
import { RoleMatrix } from './members/roles.tsx';

const choices = [
  { value: 'members', label: 'Members' },
  { value: 'invitations', label: 'Invitations' },
  { value: 'roles', label: 'Roles' },
] as const;
type View = (typeof choices)[number]['value'];

export function MembersPage() {
  const may = useMay();
  const { user, tenant } = useSession();
  const [{ view }, change] = useFilters();
  const [isInviting, setInviting] = useState(false);
  const shown: View = choices.find(({ value }) => value === view)?.value ?? 'members';
  const show = (next: View) => change({ view: next === 'members' ? undefined : next });
  if (!may('members', 'read')) return <NotYours />;
  const views = <Segmented<View> label="What is shown" value={shown} choices={choices} onChange={show} />;
  return (
    <PageFrame
      title="Members"
      description={`The people of ${tenant.name}, and what each of them may do. Programs have keys instead.`}
      actions={
        may('members', 'write') && (
          <Button tone="primary" onClick={() => setInviting(true)}>
            <UserPlus aria-hidden />
            Invite
          </Button>
        )
      }
    >
      {shown === 'members' && <MemberList toolbar={views} />}
      {shown === 'invitations' && <InvitationList toolbar={views} onInvite={() => setInviting(true)} />}
      {shown === 'roles' && (
        <>
          <div className="mb-3">{views}</div>
          <RoleMatrix own={user.role} />
        </>
      )}
      {isInviting && <InviteDialog onMade={() => show('invitations')} onClose={() => setInviting(false)} />}
    </PageFrame>
  );
}

function NotYours() {
  const { user } = useSession();
  return (
    <PageFrame title="Members">
      <div className="flex flex-col gap-4">
        <Empty icon={UsersRound} title="Owners and admins see the members">
          You are {user.role}. Ask one of them to invite somebody or to change a role.
        </Empty>
        <Panel title="What each role may do">
          <RoleMatrix own={user.role} />
        </Panel>
      </div>
    </PageFrame>
  );
}
