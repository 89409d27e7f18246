import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { Page } from '@/types.ts';

export interface Column<T> {
  readonly id: string;
  /** The words over the column; in the list of columns, too. */
  readonly header: string;
  cell(row: T): ReactNode;
  /** Class of header and cells: width (`w-32`), alignment, from which width of the screen on it is shown (`hidden md:table-cell`). */
  readonly className?: string;
  /** The value of `sort` for each direction, where the server can sort by it; the first click takes the first. */
  readonly sort?: readonly [string, string];
  /** Cannot be hidden: what tells rows apart, and the menu of a row. */
  readonly isFixed?: boolean;
  /** Hidden until somebody asks for it. */
  readonly isExtra?: boolean;
}

export interface Selection {
  readonly ids: ReadonlySet<string>;
  change(ids: ReadonlySet<string>): void;
  /** How a row is called by a screen reader: "Select Zendesk sync". */
  nameOf(id: string): string;
}

export interface Sort {
  readonly value: string;
  change(value: string): void;
}

export interface DataTableProps<T> {
  /** What the rows are: "API keys". Also the place where hidden columns are remembered. */
  readonly label: string;
  /** A list that stays the same from one rendering to the next keeps rows from being rendered again. */
  readonly columns: readonly Column<T>[];
  readonly query: UseInfiniteQueryResult<InfiniteData<Page<T>>, Error>;
  /** Rows above those of the query: what came since it was asked. */
  readonly newer?: readonly T[];
  idOf(row: T): string;
  /** A click on the row beside its links and buttons. */
  onOpen?(row: T): void;
  readonly selection?: Selection;
  readonly sort?: Sort;
  /** What stands here when there is no row. */
  readonly empty: ReactNode;
  /** Filters and the search field. */
  readonly toolbar?: ReactNode;
  /** In the place of the toolbar while something is selected. */
  readonly bulk?: ReactNode;
  /** A class for a row that wants attention or has lost it. */
  rowClass?(row: T): string | undefined;
}
