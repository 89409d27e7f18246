import { memo } from 'react';

interface ChartTableProps {
  /** What the table is about: "Requests by hour, in UTC". */
  readonly caption: string;
  readonly columns: readonly string[];
  /** The first cell of each row says what it is about. */
  readonly rows: readonly (readonly string[])[];
}

const cell = 'border-line border-b px-2 py-1 first:pl-0 last:pr-0';

/** The figures of a chart, for those who do not see it or want to copy them. */
export const ChartTable = memo(function ChartTable({ caption, columns, rows }: ChartTableProps) {
  return (
    <details className="mt-2">
      <summary className="w-fit rounded text-muted text-sm hover:text-ink">Show as a table</summary>
      <section
        aria-label={caption}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        className="mt-2 max-h-80 overflow-auto"
      >
        <table className="w-full border-separate border-spacing-0 text-sm">
          <caption className="sr-only">{caption}</caption>
          <thead>
            <tr>
              {columns.map((column, i) => (
                <th
                  key={column}
                  scope="col"
                  className={`${cell} sticky top-0 whitespace-nowrap bg-raised font-medium text-muted ${i === 0 ? 'text-left' : 'text-right'}`}
                >
                  {column}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(([name = '', ...values]) => (
              <tr key={name}>
                <th scope="row" className={`${cell} whitespace-nowrap text-left font-normal`}>
                  {name}
                </th>
                {values.map((value, i) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: the place is what a cell is
                  <td key={i} className={`${cell} text-right`}>
                    {value}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </details>
  );
});
