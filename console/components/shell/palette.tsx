import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Command } from 'cmdk';
import {
  BookOpen,
  CirclePlus,
  Contrast,
  FlaskConical,
  KeyRound,
  type LucideIcon,
  Search,
  SquareTerminal,
  UserPlus,
} from 'lucide-react';
import { Dialog } from 'radix-ui';
import { type ReactNode, useDeferredValue, useEffect, useState } from 'react';
import { get } from '@/api.ts';
import { useEnvironment } from '@/environment.ts';
import { withoutSecrets } from '@/lib/typed-text.ts';
import { keyArea, useMay } from '@/session.ts';
import type { Environment, Key, Page } from '@/types.ts';
import { environmentCatalog } from '../../../src/core/environments.ts';
import { sections } from './navigation.ts';
import { useTheme } from './theme.ts';

interface Entry {
  readonly label: string;
  readonly icon: LucideIcon;
  readonly keywords?: string;
  /** A few grey words at the right end. */
  readonly note?: string;
  run(): void;
}

/** Goes anywhere and begins anything by typing. Finds keys by name, id and the hint of a secret. */
export default function Palette({ onClose }: { onClose(): void }) {
  const [text, setText] = useState('');
  const pages = usePages();
  const actions = useActions();
  const keys = useKeys(text);
  const [chosen, setChosen] = useState('');
  // They come a moment after the letters: what Enter takes is then the first of them.
  const found = keys[0] && itemValue('Keys', keys[0]);
  useEffect(() => {
    if (found) setChosen(found);
  }, [found]);
  const run = (entry: Entry) => {
    onClose();
    entry.run();
  };
  return (
    <Dialog.Root open onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-40 animate-appear bg-overlay" />
        <Dialog.Content
          aria-describedby={undefined}
          className="fixed inset-x-2 top-[10vh] z-50 mx-auto max-w-xl animate-rise overflow-hidden rounded-xl border border-line bg-raised shadow-2xl outline-none"
        >
          <Dialog.Title className="sr-only">Search and commands</Dialog.Title>
          <Command loop label="Search and commands" value={chosen} onValueChange={setChosen}>
            <div className="flex items-center gap-2 border-line border-b px-4">
              <Search className="size-4 shrink-0 text-muted" aria-hidden />
              <Command.Input
                value={text}
                onValueChange={(typed) => setText(withoutSecrets(typed))}
                placeholder="Where to, or what to do? A key’s name or id works, too."
                className="h-12 w-full bg-transparent outline-none"
              />
            </div>
            <Command.List className="max-h-[60vh] scroll-py-2 overflow-y-auto p-2">
              <Command.Empty className="px-3 py-8 text-center text-muted">
                Nothing is called that. Try a page, an action, or the name of a key.
              </Command.Empty>
              <Group heading="Keys" entries={keys} run={run} isFound />
              <Group heading="Actions" entries={actions} run={run} />
              <Group heading="Pages" entries={pages} run={run} />
            </Command.List>
          </Command>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function itemValue(heading: string, { label, note = '' }: Entry): string {
  return `${heading} ${label} ${note}`.trim();
}

interface GroupProps {
  readonly heading: string;
  readonly entries: readonly Entry[];
  run(entry: Entry): void;
  /** The server has looked already: all of them fit what was typed. */
  readonly isFound?: boolean;
}

function Group({ heading, entries, run, isFound }: GroupProps): ReactNode {
  if (entries.length === 0) return null;
  return (
    <Command.Group
      heading={heading}
      forceMount={isFound}
      className="[&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:py-1.5 [&_[cmdk-group-heading]]:text-muted [&_[cmdk-group-heading]]:text-xs"
    >
      {entries.map((entry) => (
        <Command.Item
          key={`${entry.label} ${entry.note ?? ''}`}
          value={itemValue(heading, entry)}
          keywords={entry.keywords?.split(' ')}
          forceMount={isFound}
          onSelect={() => run(entry)}
          className="flex h-9 cursor-pointer items-center gap-2.5 rounded-md px-2 data-[selected=true]:bg-sunken"
        >
          <entry.icon className="size-4 shrink-0 text-muted" aria-hidden />
          <span className="truncate">{entry.label}</span>
          {entry.note && <span className="ml-auto truncate font-mono text-muted text-sm">{entry.note}</span>}
        </Command.Item>
      ))}
    </Command.Group>
  );
}

function usePages(): readonly Entry[] {
  const may = useMay();
  const navigate = useNavigate();
  const go = (to: string) => () => void navigate({ to });
  const destinations = sections
    .flatMap(({ items }) => items)
    .filter(({ area }) => area === undefined || may(area, 'read'));
  return [
    ...destinations.map(({ label, icon, keywords, to }) => ({ label, icon, keywords, run: go(to) })),
    { label: 'My API keys', icon: KeyRound, keywords: 'personal credential', run: go('/my-keys') },
    {
      label: 'Account and security',
      icon: KeyRound,
      keywords: 'password two-factor sessions',
      run: go('/account'),
    },
    {
      label: 'API reference',
      icon: BookOpen,
      keywords: 'docs openapi curl',
      run: () => location.assign('/docs/api'),
    },
    {
      label: 'Error codes',
      icon: SquareTerminal,
      keywords: 'docs problems',
      run: () => location.assign('/docs/errors'),
    },
  ];
}

function useActions(): readonly Entry[] {
  const may = useMay();
  const environment = useEnvironment();
  const navigate = useNavigate();
  const [theme, setTheme] = useTheme();
  const go = (to: string, search?: Record<string, string | undefined>) => () =>
    void navigate(search ? { to, search: (before: object) => ({ ...before, ...search }) } : { to });
  const actions: Entry[] = [];
  if (may(keyArea(environment), 'write')) {
    actions.push({ label: 'Create a key', icon: CirclePlus, keywords: 'new add', run: go('/keys/new') });
  }
  if (may('members', 'write')) {
    actions.push({
      label: 'Invite somebody',
      icon: UserPlus,
      keywords: 'member people',
      run: go('/members'),
    });
  }
  for (const { name, label } of environmentCatalog) {
    if (name === environment) continue;
    const env = name === 'production' ? undefined : name;
    actions.push({
      label: `Switch to ${label}`,
      icon: FlaskConical,
      keywords: 'environment',
      run: go('.', { env }),
    });
  }
  const other = theme === 'dark' ? 'light' : 'dark';
  actions.push({
    label: `Use the ${other} theme`,
    icon: Contrast,
    keywords: 'appearance',
    run: () => setTheme(other),
  });
  return actions;
}

function useKeys(text: string): readonly Entry[] {
  const environment = useEnvironment();
  const navigate = useNavigate();
  const client = useQueryClient();
  const q = useDeferredValue(text.trim());
  const { data } = useQuery({
    queryKey: ['keys', environment, 'palette', q],
    queryFn: ({ signal }) => findKeys(environment, q, signal),
    enabled: q.length >= 2,
    placeholderData: (before) => before,
  });
  if (q.length < 2 || !data) return [];
  return data.map((key) => ({
    label: key.name,
    icon: KeyRound,
    note: key.hint,
    run: () => {
      client.setQueryData(['keys', environment, 'one', key.id], key);
      void navigate({ to: '/keys/$id', params: { id: key.id } });
    },
  }));
}

async function findKeys(environment: Environment, q: string, signal: AbortSignal): Promise<readonly Key[]> {
  const page = await get<Page<Key>>('/api-keys', {
    environment,
    query: { environment, q, limit: 6 },
    signal,
  });
  return page.data;
}
