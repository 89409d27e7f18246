import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Copy, Ellipsis, Files, PauseCircle, PlayCircle, SquareArrowOutUpRight } from 'lucide-react';
import { useState } from 'react';
import { RevokeDialog } from '@/components/revoke-dialog.tsx';
import { IconButton } from '@/components/ui/button.tsx';
import { Menu, MenuItem, MenuSeparator } from '@/components/ui/menu.tsx';
import { toast } from '@/components/ui/toast.tsx';
import { useCopy } from '@/lib/copy.ts';
import { problemOf } from '@/problem.ts';
import { activateKeyAt, targetOf } from '@/queries/key-actions.ts';
import { refreshKeys } from '@/queries/keys.ts';
import { keyArea, useMay, useSession } from '@/session.ts';
import type { Key } from '@/types.ts';

/** What can be done with a key from its row. What needs more thought is on its page. */
export function KeyRowMenu({ apiKey: key }: { readonly apiKey: Key }) {
  const mayWrite = useMay()(keyArea(key.environment), 'write');
  const { user } = useSession();
  const client = useQueryClient();
  const [isRevoking, setRevoking] = useState(false);
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
      <Menu
        trigger={
          <IconButton label={`Actions for ${key.name}`} size="icon-sm">
            <Ellipsis />
          </IconButton>
        }
      >
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
        {mayWrite && (
          <>
            <MenuItem asChild>
              <Link to="/keys/new" search={{ like: key.id }}>
                <Files aria-hidden />
                Duplicate
              </Link>
            </MenuItem>
            <MenuSeparator />
            {key.status === 'inactive' ? (
              <MenuItem onSelect={() => void activate()}>
                <PlayCircle aria-hidden />
                Activate
              </MenuItem>
            ) : (
              <MenuItem tone="danger" onSelect={() => setRevoking(true)}>
                <PauseCircle aria-hidden />
                Revoke
              </MenuItem>
            )}
          </>
        )}
      </Menu>
      {isRevoking && <RevokeDialog apiKey={key} onClose={() => setRevoking(false)} />}
    </>
  );
}
