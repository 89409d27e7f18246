import { Link } from '@tanstack/react-router';
import {
  Ellipsis,
  Files,
  PauseCircle,
  Pencil,
  PlayCircle,
  RefreshCw,
  Replace,
  RotateCw,
  Trash2,
} from 'lucide-react';
import { Button } from '@/components/ui/button.tsx';
import { Menu, MenuItem, MenuSeparator } from '@/components/ui/menu.tsx';
import { useKeyPage } from './key-context.tsx';

/** What can be done with the key; what the server would refuse is left out. */
export function KeyActions() {
  const { apiKey: key, rights, open } = useKeyPage();
  const { mayChange, mayEnd, mayCreate } = rights;
  if (!mayChange && !mayEnd) return null;
  const isActive = key.status === 'active';
  return (
    <>
      {mayChange && isActive && (
        <Button tone="primary" onClick={() => open({ kind: 'rotate' })}>
          <RotateCw aria-hidden />
          Rotate
        </Button>
      )}
      {mayChange && key.status === 'inactive' && (
        <Button tone="primary" onClick={() => open({ kind: 'activate' })}>
          <PlayCircle aria-hidden />
          Activate
        </Button>
      )}
      {mayChange && (
        <Button onClick={() => open({ kind: 'edit' })}>
          <Pencil aria-hidden />
          Edit
        </Button>
      )}
      <Menu
        trigger={
          <Button>
            <Ellipsis aria-hidden />
            More
          </Button>
        }
      >
        {mayChange && (
          <MenuItem onSelect={() => open({ kind: 'regenerate' })}>
            <RefreshCw aria-hidden />
            Regenerate the secret
          </MenuItem>
        )}
        {mayCreate && isActive && key.endsAt === null && (
          <MenuItem onSelect={() => open({ kind: 'replace' })}>
            <Replace aria-hidden />
            Replace, with other scopes
          </MenuItem>
        )}
        {mayCreate && key.owner === 'tenant' && (
          <MenuItem asChild>
            <Link to="/keys/new" search={(before: { env?: string }) => ({ env: before.env, like: key.id })}>
              <Files aria-hidden />
              Duplicate
            </Link>
          </MenuItem>
        )}
        {mayEnd && (
          <>
            {(mayChange || mayCreate) && <MenuSeparator />}
            {key.status !== 'inactive' && (
              <MenuItem tone="danger" onSelect={() => open({ kind: 'revoke' })}>
                <PauseCircle aria-hidden />
                Revoke
              </MenuItem>
            )}
            <MenuItem tone="danger" onSelect={() => open({ kind: 'delete' })}>
              <Trash2 aria-hidden />
              Delete
            </MenuItem>
          </>
        )}
      </Menu>
    </>
  );
}
