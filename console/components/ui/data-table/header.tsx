import { ArrowDown, ArrowUp, ChevronsUpDown } from 'lucide-react';
import { cn } from '@/lib/cn.ts';
import { formatCount } from '@/lib/format.ts';
import { Checkbox } from '../field.tsx';
import type { Column, Selection, Sort } from './types.ts';

const sticky = 'sticky top-(--header-height) z-10 border-line border-b bg-page';

interface HeaderProps<T> {
  readonly columns: readonly Column<T>[];
  readonly sort?: Sort;
  readonly selection?: Selection;
  /** Of the rows that are there. */
  readonly ids: readonly string[];
}

export function Header<T>({ columns, sort, selection, ids }: HeaderProps<T>) {
  return (
    <thead>
      <tr aria-rowindex={1}>
        {selection && (
          <th scope="col" className={cn(sticky, 'w-9 px-2 text-left align-middle')}>
            <span className="sr-only">Select</span>
            <SelectAll selection={selection} ids={ids} />
          </th>
        )}
        {columns.map((column) => (
          <HeaderCell key={column.id} column={column} sort={sort} />
        ))}
      </tr>
    </thead>
  );
}

function HeaderCell<T>({ column, sort }: { readonly column: Column<T>; readonly sort?: Sort }) {
  const { id, header, className } = column;
  const values = sort ? column.sort : undefined;
  const isBackwards = sort?.value.startsWith('-') ?? false;
  const direction =
    sort && values?.includes(sort.value) ? (isBackwards ? 'descending' : 'ascending') : undefined;
  const Icon = direction === undefined ? ChevronsUpDown : isBackwards ? ArrowDown : ArrowUp;
  return (
    <th
      scope="col"
      aria-sort={direction}
      className={cn(sticky, 'h-9 truncate px-2 text-left font-medium text-muted text-sm', className)}
    >
      {sort && values ? (
        <button
          type="button"
          onClick={() => sort.change(sort.value === values[0] ? values[1] : values[0])}
          className="-mx-1 inline-flex items-center gap-1 rounded px-1 hover:text-ink"
        >
          {header}
          <Icon className={cn('size-3.5', direction === undefined && 'opacity-40')} aria-hidden />
        </button>
      ) : (
        <span className={cn(id === 'menu' && 'sr-only')}>{header}</span>
      )}
    </th>
  );
}

function SelectAll({ selection, ids }: { readonly selection: Selection; readonly ids: readonly string[] }) {
  const chosen = ids.filter((id) => selection.ids.has(id)).length;
  return (
    <Checkbox
      aria-label={`Select all ${formatCount(ids.length)} shown`}
      className="ml-0 align-middle"
      checked={chosen === 0 ? false : chosen === ids.length ? true : 'indeterminate'}
      onChange={(isChecked) => selection.change(new Set(isChecked ? ids : []))}
    />
  );
}
