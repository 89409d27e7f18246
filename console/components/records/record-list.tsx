import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query';
import type { LucideIcon } from 'lucide-react';
import { type ReactNode, useCallback } from 'react';
import { Button } from '@/components/ui/button.tsx';
import { type Column, DataTable } from '@/components/ui/data-table.tsx';
import { Empty } from '@/components/ui/empty.tsx';
import { Filter } from '@/components/ui/filter.tsx';
import { SearchField } from '@/components/ui/search.tsx';
import { environmentLabel, useEnvironment } from '@/environment.ts';
import { type SearchParams, useFilters } from '@/lib/search-params.ts';
import type { Page } from '@/types.ts';
import type { Chosen } from './choices.ts';
import { RecordFilter } from './record-filter.tsx';

type ListFilter = { readonly name: string; readonly label: string } & (
  | { readonly choices: readonly { readonly value: string; readonly label: string }[] }
  | { readonly of: Chosen }
);

interface RecordListProps<T> {
  /** "Customers" */
  readonly label: string;
  /** "customer" */
  readonly noun: string;
  readonly icon: LucideIcon;
  readonly columns: readonly Column<T>[];
  readonly query: UseInfiniteQueryResult<InfiniteData<Page<T>>, Error>;
  /** What the search field looks through; left out where there is no search. */
  readonly search?: string;
  readonly filters?: readonly ListFilter[];
  /** Beside the filters, and the names of those that are in it. */
  readonly tools?: ReactNode;
  readonly otherFilters?: readonly string[];
  /** What this is for and how the first one gets here. */
  readonly empty: ReactNode;
  readonly emptyAction?: ReactNode;
  onOpen(row: T): void;
  rowClass?(row: T): string | undefined;
}

/** What the filters of a list say, as the server takes it. Read it with the names that the list was given. */
export function filtersOf(
  params: SearchParams,
  names: readonly string[],
): Record<string, string | undefined> {
  return Object.fromEntries(names.map((name) => [name, params[name]?.slice(0, 200) || undefined]));
}

/** A list of records with its search and filters, which live in the address. */
export function RecordList<T extends { readonly id: string }>(props: RecordListProps<T>) {
  const { label, noun, icon, columns, query, search, filters = [], tools, onOpen, rowClass } = props;
  const { otherFilters = [] } = props;
  const environment = useEnvironment();
  const [params, change] = useFilters();
  const find = useCallback((text: string) => change({ q: text || undefined }), [change]);
  const names = [...(search ? ['q'] : []), ...filters.map(({ name }) => name), ...otherFilters];
  const clear = () => change(Object.fromEntries(names.map((name) => [name, undefined])));
  return (
    <DataTable
      label={label}
      columns={columns}
      query={query}
      idOf={({ id }) => id}
      onOpen={onOpen}
      rowClass={rowClass}
      toolbar={
        <>
          {search && <SearchField label={search} value={params.q ?? ''} onSearch={find} />}
          {filters.map((filter) =>
            'of' in filter ? (
              <RecordFilter
                key={filter.name}
                label={filter.label}
                of={filter.of}
                value={params[filter.name] ?? ''}
                onChange={(value) => change({ [filter.name]: value || undefined })}
              />
            ) : (
              <Filter
                key={filter.name}
                label={filter.label}
                choices={filter.choices}
                value={params[filter.name] ?? ''}
                onChange={(value) => change({ [filter.name]: value || undefined })}
              />
            ),
          )}
          {tools}
        </>
      }
      empty={
        names.some((name) => params[name]) ? (
          <Empty
            icon={icon}
            title={`No ${noun} is like that`}
            action={<Button onClick={clear}>Clear the filters</Button>}
          >
            No {noun} in {environmentLabel[environment]} passes these filters.
          </Empty>
        ) : (
          <Empty
            icon={icon}
            title={`No ${label.toLowerCase()} in ${environmentLabel[environment]} yet`}
            action={props.emptyAction}
          >
            {props.empty}
          </Empty>
        )
      }
    />
  );
}
