import { useVirtualizer } from '@tanstack/react-virtual';
import { Download } from 'lucide-react';
import { useRef } from 'react';
import { Button } from '@/components/ui/button.tsx';
import { Panel } from '@/components/ui/page.tsx';
import { formatCount } from '@/lib/format.ts';
import { showHidden } from '@/lib/pretty-json.ts';
import type { Job } from '@/types.ts';
import { csvLine } from '../../../src/core/csv.ts';

const lineHeight = 36;

/** What was wrong with which line. There can be ten thousand: those in sight alone are in the document. */
export function JobErrors({ job: { id, errors, errorCount } }: { readonly job: Job }) {
  const box = useRef<HTMLElement>(null);
  const virtual = useVirtualizer({
    count: errors.length,
    getScrollElement: () => box.current,
    estimateSize: () => lineHeight,
    overscan: 8,
  });
  const items = virtual.getVirtualItems();
  const before = items[0]?.start ?? 0;
  const after = virtual.getTotalSize() - (items.at(-1)?.end ?? 0);
  const hasAll = errors.length >= errorCount;
  return (
    <Panel
      title="Lines that could not be used"
      description={
        hasAll
          ? 'They were left out, and the others taken. Mend them, and send the file again: what is equal already is not written twice.'
          : `The first ${formatCount(errors.length)} of ${formatCount(errorCount)}. They were left out, and the others taken.`
      }
      actions={
        <Button size="sm" onClick={() => saveReport(id, errors)}>
          <Download aria-hidden />
          As CSV
        </Button>
      }
      isFlush
    >
      <section
        ref={box}
        aria-label="Lines that could not be used"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        className="max-h-[28rem] overflow-y-auto rounded-b-lg"
      >
        <table className="w-full border-separate border-spacing-0" aria-rowcount={errors.length + 1}>
          <thead>
            <tr>
              {['Line', 'What is wrong'].map((header) => (
                <th
                  key={header}
                  scope="col"
                  className="sticky top-0 border-line border-b bg-raised px-4 py-1.5 text-left font-medium text-muted text-sm"
                >
                  {header}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {before > 0 && <Gap height={before} />}
            {items.map(({ index, key }) => {
              const { line, message } = errors[index]!;
              return (
                <tr key={key} ref={virtual.measureElement} data-index={index} aria-rowindex={index + 2}>
                  <td className="w-24 border-line border-b px-4 py-2 align-top font-mono text-sm">
                    {formatCount(line)}
                  </td>
                  <td className="break-words border-line border-b px-4 py-2">
                    <bdi>{showHidden(message)}</bdi>
                  </td>
                </tr>
              );
            })}
            {after > 0 && <Gap height={after} />}
          </tbody>
        </table>
      </section>
    </Panel>
  );
}

function Gap({ height }: { readonly height: number }) {
  return (
    <tr aria-hidden>
      <td style={{ height, padding: 0 }} />
    </tr>
  );
}

function saveReport(id: string, errors: Job['errors']): void {
  const lines = [
    csvLine(['line', 'message']),
    ...errors.map(({ line, message }) => csvLine([line, message])),
  ];
  const link = document.createElement('a');
  const url = URL.createObjectURL(new Blob(lines, { type: 'text/csv;charset=utf-8' }));
  link.href = url;
  link.download = `${id}-lines.csv`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
