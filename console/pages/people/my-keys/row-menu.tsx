import { Link } from '@tanstack/react-router';
import {
  Copy,
  Ellipsis,
  PauseCircle,
  PlayCircle,
  RefreshCw,
  RotateCw,
  SquareArrowOutUpRight,
  TimerOff,
  Trash2,
} from 'lucide-react';
import { IconButton } from '@/components/ui/button.tsx';
import { Menu, MenuItem, MenuSeparator } from '@/components/ui/menu.tsx';
import { useCopy } from '@/lib/copy.ts';
import type { Key } from '@/types.ts';
import type { KeyAction } from './actions.tsx';

interface MyKeyMenuProps {
  readonly apiKey: Key;
  onAction(action: KeyAction): void;
}

export function MyKeyMenu({ apiKey, onAction }: MyKeyMenuProps) {
  const { copy } = useCopy();
  const isRetiring = apiKey.secrets.some(({ status }) => status === 'retiring');
  const open = (kind: KeyAction['kind']) => () => onAction({ kind, apiKey });
  return (
    <Menu
      trigger={
        <IconButton label={`Actions for ${apiKey.name}`} size="icon-sm">
          <Ellipsis />
        </IconButton>
      }
    >
      <MenuItem asChild>
        <Link to="/keys/$id" params={{ id: apiKey.id }}>
          <SquareArrowOutUpRight aria-hidden />
          Open
        </Link>
      </MenuItem>
      <MenuItem onSelect={() => void copy(apiKey.id)}>
        <Copy aria-hidden />
        Copy the Credential ID
      </MenuItem>
      <MenuSeparator />
      {apiKey.status === 'active' && (
        <MenuItem onSelect={open('rotate')}>
          <RotateCw aria-hidden />
          Rotate
        </MenuItem>
      )}
      {isRetiring && (
        <MenuItem onSelect={open('end-secret')}>
          <TimerOff aria-hidden />
          End the old secret now
        </MenuItem>
      )}
      <MenuItem onSelect={open('regenerate')}>
        <RefreshCw aria-hidden />
        Regenerate
      </MenuItem>
      <MenuSeparator />
      {apiKey.status === 'inactive' ? (
        <MenuItem onSelect={open('activate')}>
          <PlayCircle aria-hidden />
          Activate
        </MenuItem>
      ) : (
        <MenuItem tone="danger" onSelect={open('revoke')}>
          <PauseCircle aria-hidden />
          Revoke
        </MenuItem>
      )}
      <MenuItem tone="danger" onSelect={open('delete')}>
        <Trash2 aria-hidden />
        Delete
      </MenuItem>
    </Menu>
  );
}
