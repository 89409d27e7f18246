import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useReducer, useRef, useState, useSyncExternalStore } from 'react';
import { followStream } from '@/lib/event-stream.ts';
import { pageSize } from '@/lib/infinite.ts';
import type { LogFilters } from '@/lib/log-filters.ts';
import { LogTail } from '@/lib/log-tail.ts';
import { Problem, problemOf } from '@/problem.ts';
import { logsQuery, openLogStream, readNewestLogs } from '@/queries/logs.ts';
import type { Environment, LogEntry, Page } from '@/types.ts';

/** Rows that come live are kept up to here; then the list is read anew from its newest page. */
const mostRows = 2_000;
/** After so long without the stream a first page may miss the middle of what happened, and the list begins again. */
const longAwayMs = 60_000;
/** Until a first page that could not be read is asked for again. */
const againMs = 2_000;

export type StreamState = 'opening' | 'live' | 'cut' | 'failed';

export interface LogStream {
  /** Above those of the list, newest first. */
  readonly rows: readonly LogEntry[];
  /** How many more have come, and are not shown yet. */
  readonly waiting: number;
  readonly state: StreamState;
  readonly problem: Problem | null;
}

interface Options {
  readonly environment: Environment;
  readonly filters: LogFilters;
  readonly isOn: boolean;
  /** Nothing moves: what comes is counted. */
  readonly isHeld: boolean;
}

const idOf = ({ requestId }: LogEntry) => requestId;

function isVisible(): boolean {
  return document.visibilityState === 'visible';
}

/** Nobody looks at a page that is hidden, and a browser has few connections for all of them. */
function useVisible(): boolean {
  return useSyncExternalStore((listener) => {
    document.addEventListener('visibilitychange', listener);
    return () => document.removeEventListener('visibilitychange', listener);
  }, isVisible);
}

/** Requests as they come, put above the list that `logsQuery` has. */
export function useLogStream({ environment, filters, isOn, isHeld }: Options): LogStream {
  const client = useQueryClient();
  const place = JSON.stringify([environment, filters]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another list is another tail
  const tail = useMemo(() => new LogTail<LogEntry>({ idOf, most: mostRows }), [place]);
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const [state, setState] = useState<StreamState>('opening');
  const [problem, setProblem] = useState<Problem | null>(null);
  const heardAt = useRef(0);
  const held = useRef(isHeld);
  const flush = useRef<() => void>(() => {});
  const isOpen = useVisible() && isOn;

  // biome-ignore lint/correctness/useExhaustiveDependencies: `place` stands for the environment and the filters
  useEffect(() => {
    if (!isOpen) return;
    const ending = new AbortController();
    const { signal } = ending;
    let frame = 0;
    let isReading = false;
    const readAnew = async (take: (page: Page<LogEntry>, before?: readonly Page<LogEntry>[]) => boolean) => {
      if (isReading) return;
      isReading = true;
      while (!signal.aborted) {
        try {
          await readNewestLogs(client, environment, filters, signal, take);
          break;
        } catch {
          await new Promise((resolve) => setTimeout(resolve, againMs));
        }
      }
      isReading = false;
      if (!signal.aborted) schedule();
    };
    const restart = (page: Page<LogEntry>) => {
      tail.restart(page.data);
      return true;
    };
    const catchUp = () => {
      const { dataUpdatedAt = 0 } = client.getQueryState(logsQuery(environment, filters).queryKey) ?? {};
      const isLongAway = Date.now() - Math.max(dataUpdatedAt, heardAt.current) > longAwayMs;
      tail.open();
      void readAnew((page, before) => {
        const below = new Set(before?.flatMap(({ data }) => data.map(idOf)));
        const joins = before && !isLongAway && tail.join(page.data, page.data.length < pageSize, below);
        return joins ? false : restart(page);
      });
    };
    const draw = () => {
      frame = 0;
      if (!held.current && !tail.show()) void readAnew(restart);
      redraw();
    };
    const schedule = () => {
      frame ||= requestAnimationFrame(draw);
    };
    flush.current = schedule;
    setState('opening');
    setProblem(null);
    followStream({
      signal,
      connect: (lastId, either) => openLogStream(environment, filters, lastId, either),
      onOpen: (isResumed) => {
        setState('live');
        if (!isResumed) catchUp();
      },
      onEvents: (events) => {
        heardAt.current = Date.now();
        tail.add(
          events.flatMap(({ type, data }) => (type === 'request' ? [JSON.parse(data) as LogEntry] : [])),
        );
        schedule();
      },
      onCut: () => setState('cut'),
      isWorthRetrying,
    }).catch((error: unknown) => {
      if (signal.aborted) return;
      setProblem(problemOf(error));
      setState('failed');
    });
    return () => {
      ending.abort();
      cancelAnimationFrame(frame);
      flush.current = () => {};
    };
  }, [place, isOpen, tail, client]);

  useEffect(() => {
    held.current = isHeld;
    if (!isHeld) flush.current();
  }, [isHeld]);

  return { rows: tail.shown, waiting: tail.waiting, state, problem };
}

/** A refusal stays one; silence, a broken connection and a server in trouble do not. */
function isWorthRetrying(error: unknown): boolean {
  return !(error instanceof Problem) || error.status === 0 || error.status === 429 || error.status >= 500;
}
