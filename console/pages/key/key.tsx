import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, Outlet, useParams } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { KeyStatus } from '@/components/keys.tsx';
import { ProblemAlert } from '@/components/ui/alert.tsx';
import { Badge, EnvironmentBadge } from '@/components/ui/badge.tsx';
import { Button } from '@/components/ui/button.tsx';
import { Copyable } from '@/components/ui/copy.tsx';
import { PageFrame } from '@/components/ui/page.tsx';
import { PageSkeleton } from '@/components/ui/skeleton.tsx';
import { TabLinks } from '@/components/ui/tabs.tsx';
import { useEnvironment } from '@/environment.ts';
import { useFilters } from '@/lib/search-params.ts';
import { problemOf } from '@/problem.ts';
import { targetOf } from '@/queries/key-actions.ts';
import { keyQuery } from '@/queries/keys.ts';
import { useMay, useSession } from '@/session.ts';
import type { Key, Propagation } from '@/types.ts';
import { KeyActions } from './key-actions.tsx';
import { type KeyDialog, KeyPageContext } from './key-context.tsx';
import { KeyDialogs } from './key-dialogs.tsx';
import { KeyElsewhere } from './key-elsewhere.tsx';
import { KeyNotices, PendingNodes } from './key-notices.tsx';
import { type KeyRights, rightsOver } from './rights.ts';

const toKeys = (
  <Link to="/keys" className="hover:text-ink hover:underline">
    API keys
  </Link>
);

/** One key: what it is, what can be done with it, and its tabs. */
export function KeyPage() {
  const environment = useEnvironment();
  const { id = '' } = useParams({ strict: false });
  const query = useQuery(keyQuery(environment, id));
  if (query.isPending) return <PageSkeleton />;
  const problem = query.isError ? problemOf(query.error) : null;
  if (problem?.status === 404) return <KeyElsewhere id={id} above={toKeys} />;
  // Another key is another page: nothing of an open dialog may go over to it.
  if (query.data) return <LoadedKey key={query.data.id} apiKey={query.data} />;
  return (
    <PageFrame title="The key did not come" above={toKeys}>
      <ProblemAlert
        problem={problemOf(query.error)}
        action={
          <Button size="sm" onClick={() => query.refetch()}>
            Try again
          </Button>
        }
      />
    </PageFrame>
  );
}

function LoadedKey({ apiKey: key }: { readonly apiKey: Key }) {
  const may = useMay();
  const { user } = useSession();
  const [dialog, setDialog] = useState<KeyDialog | null>(null);
  const [pending, setPending] = useState<Propagation['pending']>([]);
  const target = targetOf(key, user.id);
  const client = useQueryClient();
  const open = (next: KeyDialog) => {
    setDialog(next);
    // A dialog says when the key was last used: that must not be what the page has known for a while.
    void client.invalidateQueries({ queryKey: keyQuery(key.environment, key.id).queryKey });
  };
  const rights = rightsOver(key, user.id, may);
  const state = { apiKey: key, target, rights, open };
  const [{ do: asked }, change] = useFilters();
  // biome-ignore lint/correctness/useExhaustiveDependencies: a link opens its dialog once
  useEffect(() => {
    if (!asked) return;
    change({ do: undefined });
    const next = dialogOf(asked, rights);
    if (next) open(next);
  }, [asked]);
  return (
    <KeyPageContext value={state}>
      <PageFrame
        title={key.name}
        above={toKeys}
        badge={
          <>
            <EnvironmentBadge environment={key.environment} />
            {key.owner === 'user' && <Badge>Personal: {key.ownerUser?.name ?? 'no member any more'}</Badge>}
            <KeyStatus status={key.status} />
          </>
        }
        description={
          <>
            <p className="flex flex-wrap gap-x-4 gap-y-1 text-sm">
              <span className="inline-flex max-w-full items-center gap-1.5">
                Id <Copyable text={key.id} />
              </span>
              <span className="inline-flex max-w-full items-center gap-1.5">
                Secret <Copyable text={key.hint} />
              </span>
            </p>
            {key.description && <p className="mt-1 whitespace-pre-wrap text-ink">{key.description}</p>}
          </>
        }
        actions={<KeyActions />}
      >
        <div className="flex flex-col gap-2 not-empty:mb-4">
          <PendingNodes pending={pending} />
          <KeyNotices />
        </div>
        <TabLinks label="Parts of the key" tabs={useTabs(key.id)} className="mb-5" />
        <Outlet />
      </PageFrame>
      <KeyDialogs dialog={dialog} onOpen={setDialog} onPending={setPending} />
    </KeyPageContext>
  );
}

/** What a link with `?do=` asks for, where the person may. */
function dialogOf(asked: string, { mayChange, mayEnd }: KeyRights): KeyDialog | null {
  if (asked === 'rotate' && mayChange) return { kind: 'rotate' };
  if (asked === 'edit' && mayChange) return { kind: 'edit' };
  if (asked === 'expiry' && mayChange) return { kind: 'edit', focus: 'expiry' };
  if (asked === 'delete' && mayEnd) return { kind: 'delete' };
  return null;
}

/** Without those that the role may not read. */
function useTabs(id: string) {
  const may = useMay();
  const params = { id };
  return [
    { label: 'Summary', to: '/keys/$id', params, isExact: true },
    ...(may('logs', 'counts') ? [{ label: 'Usage', to: '/keys/$id/usage', params }] : []),
    { label: 'Rotation', to: '/keys/$id/rotation', params },
    { label: 'Access advisor', to: '/keys/$id/access', params },
    ...(may('logs', 'read') ? [{ label: 'Logs', to: '/keys/$id/logs', params }] : []),
    ...(may('audit', 'read') ? [{ label: 'Audit', to: '/keys/$id/audit', params }] : []),
  ];
}
