import { useInfiniteQuery } from '@tanstack/react-query';
import { Ellipsis, ShieldUser, UserMinus, UsersRound } from 'lucide-react';
import { type ReactNode, useMemo, useState } from 'react';
import { Badge, Status } from '@/components/ui/badge.tsx';
import { IconButton } from '@/components/ui/button.tsx';
import { type Column, DataTable } from '@/components/ui/data-table.tsx';
import { Empty } from '@/components/ui/empty.tsx';
import { Menu, MenuItem, MenuLabel } from '@/components/ui/menu.tsx';
import { Time } from '@/components/ui/time.tsx';
import { membersQuery } from '@/queries/people.ts';
import { useMay, useSession } from '@/session.ts';
import type { Member } from '@/types.ts';
import { mayGrantRole } from '../../../../src/core/roles.ts';
import { ChangeRoleDialog } from './change-role.tsx';
import { RemoveDialog } from './remove.tsx';
import { roleLabel } from './roles.tsx';

function Name({ member }: { readonly member: Member }) {
  const isSelf = useSession().user.id === member.id;
  return (
    <span className="flex min-w-0 items-center gap-1.5" title={`${member.name}, ${member.email}`}>
      <span className="truncate font-medium">{member.name}</span>
      {isSelf && <Badge tone="accent">You</Badge>}
    </span>
  );
}

const columns: readonly Column<Member>[] = [
  { id: 'name', header: 'Name', isFixed: true, cell: (member) => <Name member={member} /> },
  {
    id: 'email',
    header: 'E-mail address',
    className: 'hidden sm:table-cell',
    cell: (member) => member.email,
  },
  { id: 'role', header: 'Role', className: 'w-28', cell: (member) => roleLabel[member.role] },
  {
    id: 'twoFactor',
    header: 'Two-factor',
    className: 'w-28 hidden md:table-cell',
    cell: ({ twoFactorEnabled }) =>
      twoFactorEnabled ? <Status tone="green">On</Status> : <Status tone="neutral">Off</Status>,
  },
  {
    id: 'created',
    header: 'Joined',
    className: 'w-32 hidden lg:table-cell',
    cell: (member) => <Time at={member.createdAt} />,
  },
];

export function MemberList({ toolbar }: { readonly toolbar: ReactNode }) {
  const query = useInfiniteQuery(membersQuery);
  const mayWrite = useMay()('members', 'write');
  const owners = query.data?.pages.flatMap(({ data }) => data).filter(({ role }) => role === 'owner') ?? [];
  // Where the list goes on there may be more; the server decides then.
  const lastOwner = query.hasNextPage || owners.length !== 1 ? null : owners[0]!.id;
  const all = useMemo(
    (): readonly Column<Member>[] => [
      ...columns,
      {
        id: 'menu',
        header: 'Actions',
        className: 'w-12',
        isFixed: true,
        cell: (member) => mayWrite && <MemberMenu member={member} isLastOwner={member.id === lastOwner} />,
      },
    ],
    [mayWrite, lastOwner],
  );
  return (
    <DataTable
      label="Members"
      columns={all}
      query={query}
      idOf={({ id }) => id}
      toolbar={toolbar}
      empty={<Empty icon={UsersRound} title="No members" />}
    />
  );
}

function MemberMenu({ member, isLastOwner }: { readonly member: Member; readonly isLastOwner: boolean }) {
  const { user } = useSession();
  const [open, setOpen] = useState<'role' | 'remove' | null>(null);
  const isSelf = member.id === user.id;
  const isAbove = !mayGrantRole(user.role, member.role);
  const reason = isAbove
    ? 'An admin cannot change or remove an owner.'
    : isLastOwner
      ? 'The last owner stays one: make somebody else an owner first.'
      : null;
  const close = () => setOpen(null);
  return (
    <>
      <Menu
        trigger={
          <IconButton label={`Actions for ${member.name}`} size="icon-sm">
            <Ellipsis />
          </IconButton>
        }
      >
        <MenuItem disabled={reason !== null} onSelect={() => setOpen('role')}>
          <ShieldUser aria-hidden />
          Change the role
        </MenuItem>
        <MenuItem tone="danger" disabled={reason !== null} onSelect={() => setOpen('remove')}>
          <UserMinus aria-hidden />
          {isSelf ? 'Leave' : 'Remove'}
        </MenuItem>
        {reason && <MenuLabel>{reason}</MenuLabel>}
      </Menu>
      {open === 'role' && <ChangeRoleDialog member={member} onClose={close} />}
      {open === 'remove' && <RemoveDialog member={member} isSelf={isSelf} onClose={close} />}
    </>
  );
}
