import { type ComponentType, memo, type RefObject } from 'react';
import { cn } from '@/lib/cn.ts';
import { Checkbox } from '../field.tsx';
import { Skeleton } from '../skeleton.tsx';
import type { Column, DataTableProps } from './types.ts';

interface RowProps<T> {
  readonly row: T;
  readonly id: string;
  readonly index: number;
  readonly columns: readonly Column<T>[];
  /** undefined: rows cannot be selected. */
  readonly isSelected: boolean | undefined;
  readonly isOpenable: boolean;
  readonly className: string | undefined;
  /** What the table was given last: a new function in it must not make every row anew. */
  readonly latest: RefObject<DataTableProps<T>>;
}

function PlainRow<T>({ row, id, index, columns, isSelected, isOpenable, className, latest }: RowProps<T>) {
  const select = () => {
    const { selection } = latest.current;
    selection?.change(toggled(selection.ids, id));
  };
  return (
    <tr
      aria-rowindex={index + 2}
      data-row
      onClick={
        isOpenable
          ? ({ currentTarget, target }) =>
              isBesideControls(currentTarget, target) && latest.current.onOpen?.(row)
          : undefined
      }
      className={cn(
        'group/row h-10 hover:bg-hover',
        isOpenable && 'cursor-pointer',
        isSelected && 'bg-accent-soft hover:bg-accent-soft',
        className,
      )}
    >
      {isSelected !== undefined && (
        <td className="border-line border-b px-2 align-middle">
          <Checkbox
            className="align-middle"
            aria-label={`Select ${latest.current.selection?.nameOf(id) ?? id}`}
            checked={isSelected}
            onChange={select}
          />
        </td>
      )}
      {columns.map((column) => (
        <td key={column.id} className={cn('truncate border-line border-b px-2', column.className)}>
          {column.cell(row)}
        </td>
      ))}
    </tr>
  );
}

const MemoRow = memo(PlainRow) as ComponentType<RowProps<never>>;

/** Rendered again only when something of its own has changed: scrolling makes the rows that come in, and no other. */
export function Row<T>(props: RowProps<T>) {
  return <MemoRow {...(props as unknown as RowProps<never>)} />;
}

/**
 * In the place of rows that are not in the document. One cell: a span over columns that are hidden at this width would
 * make room for them.
 */
export function Spacer({ height }: { readonly height: number }) {
  return (
    <tr aria-hidden>
      <td style={{ height, padding: 0 }} />
    </tr>
  );
}

interface LoadingRowsProps<T> {
  readonly columns: readonly Column<T>[];
  readonly isSelecting: boolean;
  readonly count: number;
}

export function LoadingRows<T>({ columns, isSelecting, count }: LoadingRowsProps<T>) {
  return Array.from({ length: count }, (_, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: they are all alike
    <tr key={index} aria-hidden className="h-10">
      {isSelecting && <td className="border-line border-b" />}
      {columns.map(({ id, className }) => (
        <td key={id} className={cn('border-line border-b px-2', className)}>
          <Skeleton className="h-4 w-full max-w-40" />
        </td>
      ))}
    </tr>
  ));
}

function toggled(ids: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const next = new Set(ids);
  if (!next.delete(id)) next.add(id);
  return next;
}

/** React passes on what happens in a dialog or a menu that the row opened: that is not in the row. */
function isBesideControls(row: Element, target: EventTarget): boolean {
  return (
    target instanceof Element && row.contains(target) && target.closest('a, button, input, label') === null
  );
}
