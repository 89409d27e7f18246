import { Link, Outlet, useRouterState } from '@tanstack/react-router';
import { Menu as MenuIcon, Search } from 'lucide-react';
import { lazy, Suspense, useEffect, useState } from 'react';
import { environmentBar, useEnvironment } from '@/environment.ts';
import { cn } from '@/lib/cn.ts';
import { ownPage } from '@/page-owner.ts';
import { useSession } from '@/session.ts';
import { Button, IconButton } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { EnvironmentSwitch } from './environment-switch.tsx';
import { JobNotices } from './job-notices.tsx';
import { ProfileMenu } from './profile-menu.tsx';
import { SideBar } from './side-bar.tsx';

const Palette = lazy(() => import('./palette.tsx'));

/** What stands round every page: where one can go, and in which environment one is. */
export function Shell() {
  const { user } = useSession();
  useEffect(() => ownPage(user.id), [user.id]);
  const environment = useEnvironment();
  const [isNavigationOpen, setNavigationOpen] = useState(false);
  const [isPaletteOpen, setPaletteOpen] = useState(false);
  const path = useRouterState({ select: ({ location }) => location.pathname });
  // biome-ignore lint/correctness/useExhaustiveDependencies: whoever arrived somewhere needs the list no more
  useEffect(() => setNavigationOpen(false), [path]);
  useEffect(() => {
    const open = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || !(event.metaKey || event.ctrlKey)) return;
      event.preventDefault();
      // What goes away with its dialog may be shown this once; and a form must not change its environment.
      setPaletteOpen((isOpen) => !isOpen && document.querySelector('[role=dialog]') === null);
    };
    addEventListener('keydown', open);
    return () => removeEventListener('keydown', open);
  }, []);
  return (
    <div className="min-h-dvh [--header-height:49px]">
      <a
        href="#main"
        className="sr-only z-60 rounded-md bg-accent px-3 py-2 text-accent-ink focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        Skip to the page
      </a>
      <header className="sticky top-0 z-30 h-(--header-height) border-line border-b bg-page">
        <div aria-hidden className={cn('absolute inset-x-0 top-0 h-[3px]', environmentBar[environment])} />
        <div className="flex h-12 items-center gap-2 px-3 sm:px-4">
          <IconButton label="Menu" className="lg:hidden" onClick={() => setNavigationOpen(true)}>
            <MenuIcon />
          </IconButton>
          <Link to="/" className="flex items-center gap-2 font-semibold max-sm:sr-only">
            <Mark />
            Keyward
          </Link>
          <EnvironmentSwitch />
          <div className="ml-auto flex items-center gap-1 sm:gap-2">
            <Button
              onClick={() => setPaletteOpen(true)}
              title="Search and commands"
              className="text-muted max-sm:size-8 max-sm:px-0"
            >
              <Search aria-hidden />
              <span className="max-sm:sr-only">Search</span>
              <kbd aria-hidden className="rounded border border-line px-1 font-sans text-xs max-sm:hidden">
                ⌘K
              </kbd>
            </Button>
            <JobNotices />
            <ProfileMenu />
          </div>
        </div>
      </header>
      <div className="mx-auto flex max-w-[1440px]">
        <aside className="sticky top-(--header-height) h-[calc(100dvh-var(--header-height))] w-56 shrink-0 overflow-y-auto px-3 py-4 max-lg:hidden">
          <SideBar />
        </aside>
        <main id="main" tabIndex={-1} className="min-w-0 flex-1 px-4 pt-5 pb-16 outline-none sm:px-6">
          <Outlet />
        </main>
      </div>
      {isNavigationOpen && (
        <Dialog title="Keyward" onClose={() => setNavigationOpen(false)}>
          <SideBar />
        </Dialog>
      )}
      {isPaletteOpen && (
        <Suspense>
          <Palette onClose={() => setPaletteOpen(false)} />
        </Suspense>
      )}
    </div>
  );
}

export function Mark() {
  return (
    <svg viewBox="0 0 32 32" className="size-6 shrink-0" aria-hidden>
      <rect width="32" height="32" rx="7" className="fill-accent" />
      <g fill="none" strokeWidth="3" className="stroke-accent-ink">
        <circle cx="12" cy="13" r="5" />
        <path d="M15.7 16.7 24 25m-4-4 3-3" strokeLinecap="round" />
      </g>
    </svg>
  );
}
