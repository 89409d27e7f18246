import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { KeyRound, LogOut, UserRound } from 'lucide-react';
import { post } from '@/api.ts';
import { tellOtherTabs } from '@/page-owner.ts';
import { problemOf } from '@/problem.ts';
import { useSession } from '@/session.ts';
import { Menu, MenuItem, MenuLabel, MenuRadio, MenuSeparator } from '../ui/menu.tsx';
import { toast } from '../ui/toast.tsx';
import { type Theme, useTheme } from './theme.ts';

export function ProfileMenu() {
  const { user, tenant } = useSession();
  const [theme, setTheme] = useTheme();
  const client = useQueryClient();
  const signOut = async () => {
    try {
      await post('/api/auth/sign-out', { isUngated: true });
    } catch (error) {
      const problem = problemOf(error);
      if (problem.status !== 401)
        return toast({ title: 'You are still signed in', text: problem.message, tone: 'red' });
    }
    tellOtherTabs(null);
    client.clear();
    // A whole new page: nothing of this session stays in memory.
    location.assign('/sign-in');
  };
  return (
    <Menu
      trigger={
        <button
          type="button"
          title={user.name}
          className="flex size-8 items-center justify-center rounded-full bg-accent-soft font-semibold text-accent text-sm"
        >
          <span aria-hidden>{initials(user.name)}</span>
          <span className="sr-only">Profile of {user.name}</span>
        </button>
      }
    >
      <div className="px-2 py-1.5">
        <p className="truncate font-medium">{user.name}</p>
        <p className="truncate text-muted text-sm">{user.email}</p>
        <p className="truncate text-muted text-sm">
          {user.role} of {tenant.name}
        </p>
      </div>
      <MenuSeparator />
      <MenuItem asChild>
        <Link to={'/my-keys'}>
          <KeyRound aria-hidden />
          My API keys
        </Link>
      </MenuItem>
      <MenuItem asChild>
        <Link to={'/account'}>
          <UserRound aria-hidden />
          Account and security
        </Link>
      </MenuItem>
      <MenuSeparator />
      <MenuLabel>Theme</MenuLabel>
      <MenuRadio
        value={theme}
        onChange={(value) => setTheme(value as Theme)}
        choices={[
          { value: 'system', label: 'As the system' },
          { value: 'light', label: 'Light' },
          { value: 'dark', label: 'Dark' },
        ]}
      />
      <MenuSeparator />
      <MenuItem onSelect={() => void signOut()}>
        <LogOut aria-hidden />
        Sign out
      </MenuItem>
    </Menu>
  );
}

function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  return [words[0], words.length > 1 ? words.at(-1) : '']
    .map((word) => [...(word ?? '')][0] ?? '')
    .join('')
    .toUpperCase();
}
