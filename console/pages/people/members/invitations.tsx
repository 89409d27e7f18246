import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { Ellipsis, Link2, MailOpen, Trash2 } from 'lucide-react';
import { type ReactNode, useMemo, useState } from 'react';
import { Status } from '@/components/ui/badge.tsx';
import { Button, IconButton } from '@/components/ui/button.tsx';
import { Confirm } from '@/components/ui/confirm.tsx';
import { type Column, DataTable } from '@/components/ui/data-table.tsx';
import { Empty } from '@/components/ui/empty.tsx';
import { Menu, MenuItem, MenuLabel } from '@/components/ui/menu.tsx';
import { Time } from '@/components/ui/time.tsx';
import { toast } from '@/components/ui/toast.tsx';
import { useNow } from '@/lib/now.ts';
import { invitationsQuery, withdrawInvitation } from '@/queries/people.ts';
import { useMay, useSession } from '@/session.ts';
import type { Invitation } from '@/types.ts';
import { mayGrantRole } from '../../../../src/core/roles.ts';
import { InviteDialog } from './invite.tsx';
import { roleLabel } from './roles.tsx';

function State({ invitation }: { readonly invitation: Invitation }) {
  const isOver = Date.parse(invitation.expiresAt) <= useNow();
  return isOver ? <Status tone="amber">Expired</Status> : <Status tone="blue">Waiting</Status>;
}

interface Opened {
  readonly kind: 'again' | 'withdraw';
  readonly invitation: Invitation;
}

function columnsFor(onOpen: (opened: Opened) => void): readonly Column<Invitation>[] {
  return [
    {
      id: 'email',
      header: 'E-mail address',
      isFixed: true,
      cell: ({ email }) => (
        <span className="font-medium" title={email}>
          {email}
        </span>
      ),
    },
    { id: 'role', header: 'Role', className: 'w-28', cell: ({ role }) => roleLabel[role] },
    {
      id: 'state',
      header: 'State',
      className: 'w-28 hidden sm:table-cell',
      cell: (invitation) => <State invitation={invitation} />,
    },
    {
      id: 'expires',
      header: 'Expires',
      className: 'w-44 hidden md:table-cell',
      cell: ({ expiresAt }) => <Time at={expiresAt} as="exact" />,
    },
    {
      id: 'created',
      header: 'Invited',
      className: 'w-32 hidden lg:table-cell',
      cell: ({ createdAt }) => <Time at={createdAt} />,
    },
    {
      id: 'menu',
      header: 'Actions',
      className: 'w-12',
      isFixed: true,
      cell: (invitation) => <InvitationMenu invitation={invitation} onOpen={onOpen} />,
    },
  ];
}

interface InvitationListProps {
  readonly toolbar: ReactNode;
  onInvite(): void;
}

export function InvitationList({ toolbar, onInvite }: InvitationListProps) {
  const query = useInfiniteQuery(invitationsQuery);
  const mayWrite = useMay()('members', 'write');
  // Not in the row: a new link is another invitation, and the row of the old one goes.
  const [opened, setOpened] = useState<Opened | null>(null);
  const columns = useMemo(() => columnsFor(setOpened), []);
  const close = () => setOpened(null);
  return (
    <>
      <DataTable
        label="Invitations"
        columns={columns}
        query={query}
        idOf={({ id }) => id}
        toolbar={toolbar}
        empty={
          <Empty
            icon={MailOpen}
            title="No invitation waits"
            action={
              mayWrite && (
                <Button tone="primary" onClick={onInvite}>
                  Invite somebody
                </Button>
              )
            }
          >
            Whoever is invited gets a link from you, opens it within seven days, and chooses a name and a
            password.
          </Empty>
        }
      />
      {opened?.kind === 'again' && <InviteDialog again={opened.invitation} onClose={close} />}
      {opened?.kind === 'withdraw' && <WithdrawDialog invitation={opened.invitation} onClose={close} />}
    </>
  );
}

interface InvitationMenuProps {
  readonly invitation: Invitation;
  onOpen(opened: Opened): void;
}

function InvitationMenu({ invitation, onOpen }: InvitationMenuProps) {
  const own = useSession().user.role;
  const isAbove = !mayGrantRole(own, invitation.role);
  return (
    <Menu
      trigger={
        <IconButton label={`Actions for the invitation of ${invitation.email}`} size="icon-sm">
          <Ellipsis />
        </IconButton>
      }
    >
      <MenuItem disabled={isAbove} onSelect={() => onOpen({ kind: 'again', invitation })}>
        <Link2 aria-hidden />
        Make a new link
      </MenuItem>
      <MenuItem tone="danger" disabled={isAbove} onSelect={() => onOpen({ kind: 'withdraw', invitation })}>
        <Trash2 aria-hidden />
        Withdraw
      </MenuItem>
      {isAbove && <MenuLabel>Only an owner may change the invitation of an owner.</MenuLabel>}
    </Menu>
  );
}

interface WithdrawDialogProps {
  readonly invitation: Invitation;
  onClose(): void;
}

function WithdrawDialog({ invitation, onClose }: WithdrawDialogProps) {
  const client = useQueryClient();
  const withdraw = async () => {
    await withdrawInvitation(invitation.id);
    toast({ title: `The invitation of ${invitation.email} is withdrawn` });
    await client.invalidateQueries({ queryKey: ['members', 'invitations'] });
  };
  return (
    <Confirm
      title="Withdraw the invitation?"
      action="Withdraw"
      tone="danger"
      onClose={onClose}
      run={withdraw}
    >
      <p>The link that {invitation.email} has stops working at once. You can invite them again.</p>
    </Confirm>
  );
}
