import type { AlertCode, Finding, Watch } from './alerts.ts';

const minuteMs = 60_000;

/**
 * For how long something must not be so before it counts as over: what hangs on a figure goes to and fro. What can
 * only be over at once, because a day or the life of a key ends, is not here.
 */
const holdMs: Partial<Record<AlertCode, number>> = {
  limit_reached: 15 * minuteMs,
  error_rate: 30 * minuteMs,
  silent: 30 * minuteMs,
  spike: 60 * minuteMs,
  dip: 60 * minuteMs,
};

/** What was found to be so and is not over yet. Times are epoch ms. */
export interface OpenSignal {
  readonly keyId: string;
  /** Whose: the id of its watch. */
  readonly watchId: string;
  readonly code: AlertCode;
  readonly since: number;
  /** Since when it is not so any more; null while it is. */
  readonly clearSince: number | null;
}

export interface Raised {
  readonly keyId: string;
  readonly watchId: string;
  readonly finding: Finding;
}

export interface SignalChanges<S extends OpenSignal> {
  readonly raised: readonly Raised[];
  /** Over: to be told. */
  readonly ended: readonly S[];
  /** Nobody asks for it any more: not to be told. */
  readonly dropped: readonly S[];
  /** As they become. */
  readonly moved: readonly S[];
}

/** What was found of one key. */
export interface KeyFindings {
  readonly keyId: string;
  readonly byWatch: ReadonlyMap<string, readonly Finding[]>;
}

function stillWanted(signal: OpenSignal, watches: ReadonlyMap<string, Watch>): boolean {
  const watch = watches.get(signal.watchId);
  return watch?.conditions.has(signal.code) === true && watch.keyIds?.has(signal.keyId) !== false;
}

/**
 * Compares what is so at `now` with what was known. `found` has every key that was looked at and is still there;
 * `open` has every signal of these keys, and of those that are gone, with the codes that were looked at.
 */
export function compareSignals<S extends OpenSignal>(
  found: readonly KeyFindings[],
  open: readonly S[],
  watches: ReadonlyMap<string, Watch>,
  now: number,
): SignalChanges<S> {
  const nameOf = (keyId: string, watchId: string, code: string) => `${keyId} ${watchId} ${code}`;
  const known = new Set(open.map((signal) => nameOf(signal.keyId, signal.watchId, signal.code)));
  const there = new Set(found.map(({ keyId }) => keyId));
  const isSo = new Set<string>();
  const raised: Raised[] = [];
  for (const { keyId, byWatch } of found) {
    for (const [watchId, findings] of byWatch) {
      for (const finding of findings) {
        const name = nameOf(keyId, watchId, finding.code);
        isSo.add(name);
        if (!known.has(name)) raised.push({ keyId, watchId, finding });
      }
    }
  }
  const ended: S[] = [];
  const dropped: S[] = [];
  const moved: S[] = [];
  for (const signal of open) {
    const { keyId, watchId, code, clearSince } = signal;
    if (!stillWanted(signal, watches)) dropped.push(signal);
    else if (isSo.has(nameOf(keyId, watchId, code))) {
      if (clearSince !== null) moved.push({ ...signal, clearSince: null });
    } else {
      const hold = there.has(keyId) ? (holdMs[code] ?? 0) : 0;
      if (now - (clearSince ?? now) >= hold) ended.push(signal);
      // A clock that was set back must not keep it open for longer.
      else if (clearSince === null || clearSince > now) moved.push({ ...signal, clearSince: now });
    }
  }
  return { raised, ended, dropped, moved };
}
