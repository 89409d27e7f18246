import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { KeyRound, Plus } from 'lucide-react';
import { useMemo } from 'react';
import { ScopeLabels } from '@/components/keys.tsx';
import { Button } from '@/components/ui/button.tsx';
import { CodeBlock } from '@/components/ui/copy.tsx';
import { DataTable } from '@/components/ui/data-table.tsx';
import { Empty } from '@/components/ui/empty.tsx';
import { PageFrame } from '@/components/ui/page.tsx';
import { environmentLabel, useEnvironment } from '@/environment.ts';
import { useFilters } from '@/lib/search-params.ts';
import { targetOf } from '@/lib/secret-snippets.ts';
import { type KeyFilters, keysQuery } from '@/queries/keys.ts';
import { keyArea, useMay } from '@/session.ts';
import type { Environment } from '@/types.ts';
import { BulkRevoke } from './bulk-revoke.tsx';
import { keyColumns } from './columns.tsx';
import { isFiltered, KeyFilterBar, noFilters } from './filters.tsx';
import { useRangeSelection } from './range-selection.ts';

const newestFirst = '-created';

export function KeysPage() {
  const environment = useEnvironment();
  const mayWrite = useMay()(keyArea(environment), 'write');
  return (
    <PageFrame
      title="API keys"
      description="What lets a program in: a name, an environment, scopes and limits. Each program has a key of its own, so that it can be watched and revoked alone."
      actions={
        mayWrite && (
          <Button tone="primary" asChild>
            <Link to="/keys/new">
              <Plus aria-hidden />
              Create key
            </Link>
          </Button>
        )
      }
    >
      {/* What is selected in one environment must not be revoked in another. */}
      <ScopeLabels key={environment}>
        <KeyList environment={environment} mayWrite={mayWrite} />
      </ScopeLabels>
    </PageFrame>
  );
}

interface KeyListProps {
  readonly environment: Environment;
  readonly mayWrite: boolean;
}

function KeyList({ environment, mayWrite }: KeyListProps) {
  const navigate = useNavigate();
  const [search, change] = useFilters();
  const { q, status, tier, owner, unusedForDays, sort, scope } = search;
  const filters: KeyFilters = { q, status, tier, owner, unusedForDays, sort, scope };
  const query = useInfiniteQuery(keysQuery(environment, filters));
  const rows = useMemo(() => query.data?.pages.flatMap(({ data }) => data) ?? [], [query.data]);
  const { ids, change: select, keep, nameOf, noticeShift } = useRangeSelection(rows);
  return (
    <div
      className="@container"
      onMouseDownCapture={noticeShift}
      onClickCapture={noticeShift}
      role="presentation"
    >
      <DataTable
        label="API keys"
        columns={keyColumns}
        query={query}
        idOf={(key) => key.id}
        onOpen={(key) => void navigate({ to: '/keys/$id', params: { id: key.id } })}
        selection={mayWrite ? { ids, change: select, nameOf } : undefined}
        sort={{
          value: sort ?? newestFirst,
          change: (value) => change({ sort: value === newestFirst ? undefined : value }),
        }}
        rowClass={(key) => (key.status === 'active' ? undefined : 'text-muted')}
        toolbar={<KeyFilterBar />}
        bulk={ids.size > 0 && <BulkRevoke ids={[...ids]} nameOf={nameOf} onKeep={keep} />}
        empty={
          isFiltered(search) ? (
            <Empty
              icon={KeyRound}
              title="No key is like that"
              action={<Button onClick={() => change(noFilters)}>Clear the filters</Button>}
            >
              No key in {environmentLabel[environment]} passes these filters.
            </Empty>
          ) : (
            <NoKeys environment={environment} mayWrite={mayWrite} />
          )
        }
      />
    </div>
  );
}

function NoKeys({ environment, mayWrite }: KeyListProps) {
  const { origin, host } = targetOf(environment, location.origin);
  const call = [
    `curl '${origin}/api/v1/me'`,
    ...(host === null ? [] : [`-H 'Host: ${host}'`]),
    `-H "Authorization: Bearer $KEYWARD_API_KEY"`,
  ].join(' \\\n  ');
  return (
    <Empty
      icon={KeyRound}
      title={`No keys in ${environmentLabel[environment]} yet`}
      action={
        mayWrite && (
          <Button tone="primary" asChild>
            <Link to="/keys/new">Create the first key</Link>
          </Button>
        )
      }
    >
      <p>
        {mayWrite
          ? 'A key lets one program call the API. Create one, copy its secret, and try it:'
          : 'A key lets one program call the API. Somebody whose role may create keys makes one; a program then sends it like this:'}
      </p>
      {/* The command must not be what decides how wide this is. */}
      <div className="mt-3 grid grid-cols-[minmax(0,1fr)]">
        <CodeBlock text={call} label="A first request" className="text-left text-ink" />
      </div>
    </Empty>
  );
}
