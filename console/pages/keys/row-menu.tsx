import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Copy, Ellipsis, Files, PauseCircle, PlayCircle, SquareArrowOutUpRight } from 'lucide-react';
import { useState } from 'react';
import { RevokeDialog } from '@/components/revoke-dialog.tsx';
import { IconButton } from '@/components/ui/button.tsx';
import { Menu, MenuItem, MenuSeparator } from '@/components/ui/menu.tsx';
import { toast } from '@/components/ui/toast.tsx';
import { useCopy } from '@/lib/copy.ts';
import { rightsOver } from '@/pages/key/rights.ts';
import { problemOf } from '@/problem.ts';
import { activateKeyAt, targetOf } from '@/queries/key-actions.ts';
import { refreshKeys } from '@/queries/keys.ts';
import { useMay, useSession } from '@/session.ts';
import type { Key } from '@/types.ts';

interface RowMenuProps {
  readonly apiKey: Key;
}

/** What can be done with a key from its row. What needs more thought is on its page. */
export function KeyRowMenu({ apiKey: key }: RowMenuProps) {
  const [isRevoking, setRevoking] = useState(false);
  return (
    <>
      <Menu
        trigger={
          <IconButton label={`Actions for ${key.name}`} size="icon-sm">
            <Ellipsis />
          </IconButton>
        }
      >
        <KeyMenuItems apiKey={key} onRevoke={() => setRevoking(true)} />
      </Menu>
      {isRevoking && <RevokeDialog apiKey={key} onClose={() => setRevoking(false)} />}
    </>
  );
}

/** Apart, so that only an open menu asks who is signed in and what they may. */
function KeyMenuItems({ apiKey: key, onRevoke }: RowMenuProps & { onRevoke(): void }) {
  const { user } = useSession();
  const { mayChange, mayEnd, mayCreate } = rightsOver(key, user.id, useMay());
  const client = useQueryClient();
  const { copy } = useCopy();
  const activate = async () => {
    try {
      await activateKeyAt(targetOf(key, user.id));
      toast({ title: `${key.name} is active again` });
    } catch (error) {
      toast({ title: `${key.name} stays inactive`, text: problemOf(error).message, tone: 'red' });
    }
    await refreshKeys(client);
  };
  const copyId = async () => {
    const isCopied = await copy(key.id);
    toast({ title: isCopied ? 'The key id is copied' : `The key id is ${key.id}` });
  };
  return (
    <>
      <MenuItem asChild>
        <Link to="/keys/$id" params={{ id: key.id }}>
          <SquareArrowOutUpRight aria-hidden />
          Open
        </Link>
      </MenuItem>
      <MenuItem onSelect={() => void copyId()}>
        <Copy aria-hidden />
        Copy the key id
      </MenuItem>
      {mayCreate && key.owner === 'tenant' && (
        <MenuItem asChild>
          <Link to="/keys/new" search={{ like: key.id }}>
            <Files aria-hidden />
            Duplicate
          </Link>
        </MenuItem>
      )}
      {(mayChange || mayEnd) && <MenuSeparator />}
      {mayChange && key.status === 'inactive' && (
        <MenuItem onSelect={() => void activate()}>
          <PlayCircle aria-hidden />
          Activate
        </MenuItem>
      )}
      {mayEnd && key.status !== 'inactive' && (
        <MenuItem tone="danger" onSelect={onRevoke}>
          <PauseCircle aria-hidden />
          Revoke
        </MenuItem>
      )}
    </>
  );
}
