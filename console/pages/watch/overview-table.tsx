import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { KeyRound } from 'lucide-react';
import { useCallback } from 'react';
import { Sparkline } from '@/components/charts/sparkline.tsx';
import { KeyStatus, WarningSign } from '@/components/keys.tsx';
import { Badge } from '@/components/ui/badge.tsx';
import { Button } from '@/components/ui/button.tsx';
import { type Column, DataTable } from '@/components/ui/data-table.tsx';
import { Empty } from '@/components/ui/empty.tsx';
import { Filter } from '@/components/ui/filter.tsx';
import { SearchField } from '@/components/ui/search.tsx';
import { Segmented } from '@/components/ui/tabs.tsx';
import { Time } from '@/components/ui/time.tsx';
import { environmentLabel, useEnvironment } from '@/environment.ts';
import { alertNames } from '@/lib/flag-names.ts';
import { formatCount, formatPercent } from '@/lib/format.ts';
import type { SearchParams } from '@/lib/search-params.ts';
import type { OverviewFilters } from '@/queries/overview.ts';
import type { OverviewKey, OverviewTotals, Page } from '@/types.ts';
import type { alertCodes } from '../../../src/core/alerts.ts';
import { flagCodes } from '../../../src/core/flags.ts';
import { toneOf } from './overview-attention.tsx';
import { urgencies } from './overview-flags.ts';

const columns: readonly Column<OverviewKey>[] = [
  {
    id: 'name',
    header: 'Key',
    isFixed: true,
    cell: ({ id, name, flags }) => (
      <span className="flex min-w-0 items-center gap-1.5">
        <Link to="/keys/$id/usage" params={{ id }} className="truncate font-medium hover:underline">
          {name}
        </Link>
        <span className="flex xl:hidden">
          <WarningSign warnings={flags.map(({ code, cause }) => ({ code, message: cause }))} />
        </span>
      </span>
    ),
  },
  {
    id: 'requests',
    header: 'In 24 hours',
    className: 'w-24 text-right',
    cell: ({ requests24h }) => formatCount(requests24h),
  },
  {
    id: 'sparkline',
    header: 'By hour',
    className: 'w-32 hidden md:table-cell',
    cell: ({ sparkline }) => (
      <Sparkline values={sparkline} label="Requests by hour" className="block h-6 w-24" />
    ),
  },
  {
    id: 'errors',
    header: 'Errors',
    className: 'w-20 text-right max-sm:w-16',
    cell: ({ requests24h, errorRate24h, flags }) => {
      if (requests24h === 0) return <span className="text-muted">–</span>;
      const isHigh = flags.some(({ code }) => code === 'error_rate');
      return (
        <span className={isHigh ? 'font-medium text-red-ink' : undefined}>{formatPercent(errorRate24h)}</span>
      );
    },
  },
  {
    id: 'lastUsed',
    header: 'Last used',
    className: 'w-36 pl-6 hidden sm:table-cell',
    cell: ({ lastUsedAt }) => <Time at={lastUsedAt} />,
  },
  {
    id: 'status',
    header: 'Status',
    className: 'w-24 hidden lg:table-cell',
    cell: ({ status }) => <KeyStatus status={status} />,
  },
  {
    id: 'flags',
    header: 'Flags',
    className: 'hidden xl:table-cell xl:w-72',
    cell: ({ flags }) => (
      <span className="flex gap-1">
        {flags.map(({ code, cause }) => (
          <Badge key={code} tone={flagTone(code)} title={cause}>
            {alertNames[code]}
          </Badge>
        ))}
      </span>
    ),
  },
];

const flagTone = (code: (typeof alertCodes)[number]) =>
  toneOf[urgencies.find(({ codes }) => codes.includes(code))?.urgency ?? 'tidy'];

const statuses = [
  { value: 'active', label: 'Active' },
  { value: 'inactive', label: 'Inactive' },
  { value: 'expired', label: 'Expired' },
];
const sorts = [
  { value: 'attention', label: 'Attention first' },
  { value: 'newest', label: 'Newest first' },
] as const;

interface OverviewTableProps {
  readonly filters: OverviewFilters;
  readonly query: UseInfiniteQueryResult<InfiniteData<Page<OverviewKey>>, Error>;
  readonly totals: OverviewTotals | null;
  onChange(changes: SearchParams): void;
}

/** Every key with what it did in 24 hours. */
export function OverviewTable({ filters, query, totals, onChange }: OverviewTableProps) {
  const navigate = useNavigate();
  const environment = useEnvironment();
  const { q, flag, status, sort } = filters;
  const search = useCallback((text: string) => onChange({ q: text || undefined }), [onChange]);
  return (
    <DataTable
      label="Usage of keys"
      columns={columns}
      query={query}
      idOf={({ id }) => id}
      onOpen={({ id }) => void navigate({ to: '/keys/$id/usage', params: { id } })}
      rowClass={({ status }) => (status === 'active' ? undefined : 'text-muted')}
      toolbar={
        <>
          <SearchField label="Search by name or id" value={q ?? ''} onSearch={search} />
          <Filter
            label="Flag"
            value={flag ?? ''}
            choices={flagChoices(totals)}
            onChange={(value) => onChange({ flag: value })}
          />
          <Filter
            label="Status"
            value={status ?? ''}
            choices={statuses}
            onChange={(value) => onChange({ status: value })}
          />
          <Segmented
            label="Order"
            value={sort}
            choices={sorts}
            onChange={(value) => onChange({ sort: value === 'attention' ? undefined : value })}
          />
        </>
      }
      empty={
        <Empty
          icon={KeyRound}
          title="No key is like that"
          action={
            <Button onClick={() => onChange({ q: '', flag: '', status: '' })}>Clear the filters</Button>
          }
        >
          No key in {environmentLabel[environment]} passes these filters.
        </Empty>
      }
    />
  );
}

function flagChoices(totals: OverviewTotals | null) {
  const all = flagCodes.map((code) => {
    const total = totals?.flags[code] ?? 0;
    return {
      value: code as string,
      label: total > 0 ? `${alertNames[code]} (${formatCount(total)})` : alertNames[code],
    };
  });
  return [{ value: 'any', label: 'Any flag' }, ...all];
}
