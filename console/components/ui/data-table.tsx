import { columnVisibilityFeature, tableFeatures, useTable } from '@tanstack/react-table';
import { Columns3 } from 'lucide-react';
import { useMemo } from 'react';
import { usePreference } from '@/lib/preference.ts';
import { problemOf } from '@/problem.ts';
import { ProblemAlert } from './alert.tsx';
import { Button } from './button.tsx';
import { Rows } from './data-table/rows.tsx';
import type { Column, DataTableProps } from './data-table/types.ts';
import { Menu, MenuCheckbox, MenuLabel } from './menu.tsx';

export type { Column, Selection } from './data-table/types.ts';

const features = tableFeatures({ columnVisibilityFeature });
/** The table knows the columns alone: to make its model of a hundred thousand rows would hold the page up. */
const noRows: never[] = [];

/** Which columns are shown, remembered by this browser. */
function useColumns<T>(label: string, columns: readonly Column<T>[]) {
  const [stored, store] = usePreference(`columns.${label}`);
  const visibility = useMemo(() => {
    const hidden = stored?.split(',') ?? columns.filter(({ isExtra }) => isExtra).map(({ id }) => id);
    return Object.fromEntries(hidden.map((id) => [id, false]));
  }, [stored, columns]);
  const defs = useMemo(
    () => columns.map(({ id, header, isFixed }) => ({ id, header, enableHiding: !isFixed })),
    [columns],
  );
  const table = useTable({ features, columns: defs, data: noRows, state: { columnVisibility: visibility } });
  const visible = useMemo(
    () => columns.filter(({ id, isFixed }) => isFixed || visibility[id] !== false),
    [columns, visibility],
  );
  const toggle = (id: string, isShown: boolean) => {
    const hidden = new Set(Object.keys(visibility));
    if (isShown) hidden.delete(id);
    else hidden.add(id);
    store([...hidden].join(','));
  };
  return { visible, choices: table.getAllLeafColumns().filter((column) => column.getCanHide()), toggle };
}

/**
 * A list of any length: fetches page after page as it is scrolled, and holds in the document only the rows near the
 * window. Arrow keys move between the rows' links.
 */
export function DataTable<T>(props: DataTableProps<T>) {
  const { label, query, newer, toolbar, bulk, empty, columns } = props;
  const rows = useMemo(() => {
    const asked = query.data?.pages.flatMap(({ data }) => data) ?? [];
    return newer && newer.length > 0 ? [...newer, ...asked] : asked;
  }, [query.data, newer]);
  const { visible, choices, toggle } = useColumns(label, columns);
  const isEmpty = query.isSuccess && rows.length === 0 && !query.hasNextPage;
  return (
    <div>
      <div className="flex flex-wrap items-center gap-2 not-empty:mb-3 max-sm:has-[>.only-wide:only-child]:hidden">
        {bulk || (
          <>
            {toolbar}
            {!isEmpty && choices.length > 0 && (
              <div className="only-wide ml-auto max-sm:hidden">
                <Menu
                  trigger={
                    <Button tone="quiet" size="sm">
                      <Columns3 aria-hidden />
                      Columns
                    </Button>
                  }
                >
                  <MenuLabel>Columns</MenuLabel>
                  {choices.map((column) => (
                    <MenuCheckbox
                      key={column.id}
                      checked={column.getIsVisible()}
                      onChange={(isShown) => toggle(column.id, isShown)}
                    >
                      {String(column.columnDef.header)}
                    </MenuCheckbox>
                  ))}
                </Menu>
              </div>
            )}
          </>
        )}
      </div>
      {query.isError && !query.data ? (
        <ProblemAlert
          problem={problemOf(query.error)}
          action={
            <Button size="sm" onClick={() => query.refetch()}>
              Try again
            </Button>
          }
        />
      ) : isEmpty ? (
        empty
      ) : (
        <Rows table={props} rows={rows} columns={visible} />
      )}
    </div>
  );
}
