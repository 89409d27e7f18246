import { type MouseEvent, useCallback, useMemo, useRef, useState } from 'react';
import type { Key } from '@/types.ts';

type Ids = ReadonlySet<string>;

/** The one id in which two selections differ; undefined where more did. */
function toggledId(before: Ids, after: Ids): string | undefined {
  const [less, more] = before.size < after.size ? [before, after] : [after, before];
  return more.size - less.size === 1 ? [...more].find((id) => !less.has(id)) : undefined;
}

/** Selected keys. With the shift key held, a click takes everything from the last click to it. */
export function useRangeSelection(rows: readonly Key[]) {
  // With their names: a key that is selected may leave the rows that are loaded.
  const [selected, setSelected] = useState<ReadonlyMap<string, string>>(new Map());
  const ids: Ids = useMemo(() => new Set(selected.keys()), [selected]);
  const isShifted = useRef(false);
  const last = useRef<string | null>(null);
  const nameOf = useMemo(() => {
    const names = new Map(rows.map(({ id, name }) => [id, name]));
    return (id: string) => names.get(id) ?? selected.get(id) ?? id;
  }, [rows, selected]);
  const setIds = (next: Iterable<string>) => setSelected(new Map([...next].map((id) => [id, nameOf(id)])));
  const change = (after: Ids) => {
    const id = toggledId(ids, after);
    const from = isShifted.current ? rows.findIndex((row) => row.id === last.current) : -1;
    if (id === undefined || from < 0) setIds(after);
    else
      setIds(
        rangeOf(rows, { from, to: rows.findIndex((row) => row.id === id), isTaken: after.has(id) }, after),
      );
    last.current = id ?? null;
  };
  /** Of those that are selected. */
  const keep = useCallback((kept: readonly string[]) => {
    setSelected((before) => new Map(kept.map((id) => [id, before.get(id) ?? id])));
  }, []);
  const noticeShift = (event: MouseEvent) => {
    isShifted.current = event.shiftKey;
    // The browser would select the text in between, too.
    const isBox = event.target instanceof Element && event.target.closest('input[type="checkbox"]');
    if (event.shiftKey && isBox && event.type === 'mousedown') event.preventDefault();
  };
  return { ids, change, keep, nameOf, noticeShift };
}

interface Range {
  readonly from: number;
  readonly to: number;
  readonly isTaken: boolean;
}

function rangeOf(rows: readonly Key[], { from, to, isTaken }: Range, ids: Ids): Ids {
  const next = new Set(ids);
  for (const { id } of rows.slice(Math.min(from, to), Math.max(from, to) + 1)) {
    if (isTaken) next.add(id);
    else next.delete(id);
  }
  return next;
}
