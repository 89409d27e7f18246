import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { cn } from '@/lib/cn.ts';
import { Foot } from './foot.tsx';
import { Header } from './header.tsx';
import { moveBetweenRows } from './keyboard.ts';
import { LoadingRows, Row, Spacer } from './row.tsx';
import type { Column, DataTableProps } from './types.ts';

const rowHeight = 40;
/** So many rows before the last one in hand the next page is asked for. */
const fetchAhead = 40;

interface RowsProps<T> {
  readonly table: DataTableProps<T>;
  readonly rows: readonly T[];
  /** Those that are shown. */
  readonly columns: readonly Column<T>[];
}

/** Distance of the element from the beginning of the page, which changes with what stands above it. */
function useOffset() {
  const ref = useRef<HTMLTableSectionElement>(null);
  const [offset, setOffset] = useState(0);
  useLayoutEffect(() => {
    const measure = () => {
      if (ref.current) setOffset(Math.round(ref.current.getBoundingClientRect().top + scrollY));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(document.body);
    return () => observer.disconnect();
  }, []);
  return { ref, offset };
}

export function Rows<T>({ table, rows, columns }: RowsProps<T>) {
  const { label, query, newer, idOf, selection, sort, onOpen, rowClass } = table;
  const latest = useRef(table);
  latest.current = table;
  const { ref, offset } = useOffset();
  const virtual = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => rowHeight,
    overscan: 8,
    scrollMargin: offset,
  });
  const items = virtual.getVirtualItems();
  const [first, last] = [items[0], items.at(-1)];
  const lastIndex = last?.index ?? -1;
  const { hasNextPage, isFetchingNextPage, fetchNextPage, isFetching, isPlaceholderData, isError } = query;
  useEffect(() => {
    const isNear = lastIndex >= rows.length - fetchAhead;
    if (isNear && hasNextPage && !isFetchingNextPage && !isError) void fetchNextPage();
  }, [lastIndex, rows.length, hasNextPage, isFetchingNextPage, fetchNextPage, isError]);
  const before = first ? first.start - offset : 0;
  const after = last ? virtual.getTotalSize() - (last.end - offset) : 0;
  const isSelecting = selection !== undefined;
  // Only a selection asks for all of them.
  // biome-ignore lint/correctness/useExhaustiveDependencies: `idOf` says the same of the same row
  const ids = useMemo(() => (isSelecting ? rows.map(idOf) : []), [rows, isSelecting]);
  return (
    <>
      <table
        aria-label={label}
        aria-rowcount={hasNextPage ? -1 : rows.length + 1}
        aria-busy={isFetching || undefined}
        className={cn(
          'w-full table-fixed border-separate border-spacing-0',
          isPlaceholderData && 'opacity-60',
          // Rows that come in above move the others down, and never the page.
          newer && '[overflow-anchor:none]',
        )}
      >
        <Header columns={columns} sort={sort} selection={selection} ids={ids} />
        <tbody ref={ref} onKeyDown={moveBetweenRows}>
          {before > 0 && <Spacer height={before} />}
          {items.map(({ index }) => {
            const row = rows[index];
            if (row === undefined) return null;
            const id = idOf(row);
            return (
              <Row
                key={id}
                row={row}
                id={id}
                index={index}
                columns={columns}
                isSelected={selection?.ids.has(id)}
                isOpenable={onOpen !== undefined}
                className={rowClass?.(row)}
                latest={latest}
              />
            );
          })}
          {after > 0 && <Spacer height={after} />}
          {(query.isPending || isFetchingNextPage) && (
            <LoadingRows columns={columns} isSelecting={isSelecting} count={query.isPending ? 8 : 2} />
          )}
        </tbody>
      </table>
      <Foot query={query} count={rows.length} isSaid={newer === undefined} />
    </>
  );
}
