import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Confirm } from '@/components/ui/confirm.tsx';
import { toast } from '@/components/ui/toast.tsx';
import { refreshKeys } from '@/queries/keys.ts';
import { changeRole } from '@/queries/people.ts';
import { useSession } from '@/session.ts';
import type { Member } from '@/types.ts';
import { mayGrantRole } from '../../../../src/core/roles.ts';
import { RoleSelect } from './role-select.tsx';
import { RoleRights, roleLabel } from './roles.tsx';

export function ChangeRoleDialog({ member, onClose }: { readonly member: Member; onClose(): void }) {
  const client = useQueryClient();
  const isSelf = useSession().user.id === member.id;
  const [role, setRole] = useState(member.role);
  const isDemotion = !mayGrantRole(role, member.role);
  const run = async () => {
    if (role === member.role) return;
    await changeRole(member.id, role);
    // Their sessions have ended, and this is one of them.
    if (isSelf && isDemotion) return location.assign('/sign-in');
    toast({ title: `${member.name} is ${roleLabel[role].toLowerCase()} now` });
    await Promise.all([client.invalidateQueries({ queryKey: ['members'] }), refreshKeys(client)]);
  };
  return (
    <Confirm
      title={`Role of ${member.name}`}
      action="Change the role"
      warning={isDemotion && <Demotion isSelf={isSelf} />}
      onClose={onClose}
      run={run}
    >
      <RoleSelect value={role} onChange={setRole} />
      <RoleRights role={role} />
    </Confirm>
  );
}

function Demotion({ isSelf }: { readonly isSelf: boolean }) {
  if (isSelf)
    return 'This is your own role. You are signed out, and somebody above you must give it back if you want it again.';
  return 'They are signed out everywhere. Their personal keys lose what the new role may not do, from the next request on.';
}
