import { type InfiniteData, type UseInfiniteQueryResult, useInfiniteQuery } from '@tanstack/react-query';
import { Activity } from 'lucide-react';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { ProblemAlert } from '@/components/ui/alert.tsx';
import { Button } from '@/components/ui/button.tsx';
import { CodeBlock } from '@/components/ui/copy.tsx';
import { DataTable } from '@/components/ui/data-table.tsx';
import { Empty } from '@/components/ui/empty.tsx';
import { environmentLabel, useEnvironment } from '@/environment.ts';
import { mayGrow, noLogFilters, readLogFilters } from '@/lib/log-filters.ts';
import { type SearchParams, stringifySearch, useFilters } from '@/lib/search-params.ts';
import { logsQuery } from '@/queries/logs.ts';
import { useMay } from '@/session.ts';
import type { LogEntry, Page } from '@/types.ts';
import { logColumns } from './columns.tsx';
import { LogDrawer } from './drawer.tsx';
import { ExportButton } from './export-dialog.tsx';
import { FilterBar, FilterChips } from './filter-bar.tsx';
import { LiveControl, NewPill } from './live-control.tsx';
import { useLogStream } from './log-stream.ts';

/** Requests, newest first and as they come. With `keyId`: of one key. */
export function LogList({ keyId }: { readonly keyId?: string }) {
  const isReader = useMay()('logs', 'read');
  if (!isReader) {
    return (
      <Empty icon={Activity} title="Requests are not shown to viewers">
        They say what callers do and from where. Owners, admins and developers may read them; you see the
        counts of each key under Overview and on the page of the key.
      </Empty>
    );
  }
  return <ReadableList keyId={keyId} />;
}

function ReadableList({ keyId }: { readonly keyId?: string }) {
  const environment = useEnvironment();
  const [search, change] = useFilters();
  const place = JSON.stringify(readLogFilters(search, keyId));
  const filters = useMemo(() => JSON.parse(place) as ReturnType<typeof readLogFilters>, [place]);
  const query = useInfiniteQuery(logsQuery(environment, filters));
  const [isPaused, setPaused] = useState(false);
  const { top, isAtTop } = useTop();
  const request = search.request || undefined;
  const isLive = mayGrow(filters);
  const isHeld = isPaused || !isAtTop || request !== undefined;
  const stream = useLogStream({ environment, filters, isOn: isLive, isHeld });
  const toggle = useCallback(() => setPaused((isNow) => !isNow), []);
  const isOfKey = keyId !== undefined;
  const open = useCallback((id: string, view?: string) => change({ request: id, view }, 'step'), [change]);
  const base = stringifySearch({ ...search, request: undefined, view: undefined });
  const columns = useMemo(() => {
    const hrefOf = (id: string, view?: string) =>
      `${base}${base === '' ? '?' : '&'}${new URLSearchParams({ request: id, ...(view && { view }) })}`;
    return logColumns({ hrefOf, open }, isOfKey);
  }, [base, open, isOfKey]);
  return (
    <div>
      <div ref={top} className="h-px scroll-mt-20" aria-hidden />
      {stream.problem && (
        <div className="mb-3">
          <ProblemAlert problem={stream.problem} />
        </div>
      )}
      {isLive && !isPaused && request === undefined && (
        <NewPill count={isAtTop ? 0 : stream.waiting} onClick={() => top.current?.scrollIntoView()} />
      )}
      <DataTable
        label={isOfKey ? 'Requests of the key' : 'Requests'}
        columns={columns}
        query={query}
        newer={stream.rows}
        idOf={({ requestId }) => requestId}
        onOpen={({ requestId }) => open(requestId)}
        rowClass={({ requestId }) => (requestId === request ? 'bg-accent-soft' : undefined)}
        toolbar={
          <>
            <FilterBar filters={filters} isOfKey={isOfKey} change={change} />
            <FilterChips filters={filters} isOfKey={isOfKey} change={change} />
            {isLive && <LiveControl stream={stream} isPaused={isPaused} toggle={toggle} />}
            <ExportButton filters={filters} />
          </>
        }
        empty={
          <NoRequests
            isFiltered={Object.keys(filters).length > (isOfKey ? 1 : 0)}
            isOfKey={isOfKey}
            clear={() => change(noLogFilters)}
          />
        }
      />
      {request !== undefined && (
        <OpenDrawer
          id={request}
          isWhy={search.view === 'why'}
          newer={stream.rows}
          query={query}
          change={change}
        />
      )}
    </div>
  );
}

/** Whether the beginning of the list is in sight: only then may new rows push the others down. */
function useTop() {
  const top = useRef<HTMLDivElement>(null);
  const [isAtTop, setAtTop] = useState(true);
  useEffect(() => {
    const observer = new IntersectionObserver(
      (entries) => {
        const last = entries.at(-1);
        if (last) setAtTop(last.isIntersecting || last.boundingClientRect.top > 0);
      },
      { rootMargin: '-48px 0px 0px 0px' },
    );
    if (top.current) observer.observe(top.current);
    return () => observer.disconnect();
  }, []);
  return { top, isAtTop };
}

interface OpenDrawerProps {
  readonly id: string;
  readonly isWhy: boolean;
  readonly newer: readonly LogEntry[];
  readonly query: UseInfiniteQueryResult<InfiniteData<Page<LogEntry>>, Error>;
  change(changes: SearchParams): void;
}

/** The drawer, with its neighbours in the list. */
function OpenDrawer({ id, isWhy, newer, query, change }: OpenDrawerProps) {
  const { data, hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  const rows = useMemo(() => [...newer, ...(data?.pages.flatMap((page) => page.data) ?? [])], [newer, data]);
  const at = rows.findIndex(({ requestId }) => requestId === id);
  const isNearEnd = at >= rows.length - 2;
  useEffect(() => {
    if (at >= 0 && isNearEnd && hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [at, isNearEnd, hasNextPage, isFetchingNextPage, fetchNextPage]);
  return (
    <LogDrawer
      id={id}
      listed={rows[at]}
      isWhy={isWhy}
      newer={at > 0 ? rows[at - 1] : undefined}
      older={at >= 0 ? rows[at + 1] : undefined}
      change={change}
    />
  );
}

interface NoRequestsProps {
  readonly isFiltered: boolean;
  readonly isOfKey: boolean;
  clear(): void;
}

function NoRequests({ isFiltered, isOfKey, clear }: NoRequestsProps) {
  const environment = useEnvironment();
  if (isFiltered) {
    return (
      <Empty
        icon={Activity}
        title="No request is like that"
        action={<Button onClick={clear}>Clear the filters</Button>}
      >
        Nothing in the log of {environmentLabel[environment]} passes these filters. New requests that do will
        appear here.
      </Empty>
    );
  }
  return (
    <Empty
      icon={Activity}
      title={isOfKey ? 'Nobody has used this key yet' : `No requests in ${environmentLabel[environment]} yet`}
    >
      <p>Each request with a key stands here within a second of its answer, admitted or refused. Make one:</p>
      <CodeBlock
        className="mt-3 text-left"
        label="A request"
        text={`curl ${location.origin}/api/v1/me -H "Authorization: Bearer $KEYWARD_API_KEY"`}
      />
    </Empty>
  );
}
