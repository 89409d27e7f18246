const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

/** The waits between attempts; after the last one nothing more is tried. */
export const retryDelaysMs: readonly number[] = [
  5 * second,
  5 * minute,
  30 * minute,
  2 * hour,
  5 * hour,
  10 * hour,
  14 * hour,
  20 * hour,
  24 * hour,
];

const maxRetryAfterMs = 24 * hour;
/** Of the delay, both ways: receivers that failed together are not all asked again together. */
const jitter = 0.1;

/** After so many attempts that failed; null: it was the last one. A receiver that asked for time gets it. */
export function retryDelay(
  attempts: number,
  retryAfterMs: number | null,
  random: () => number,
): number | null {
  const delay = retryDelaysMs[attempts - 1];
  if (delay === undefined) return null;
  const wanted = Math.min(retryAfterMs ?? 0, maxRetryAfterMs);
  return Math.max(Math.round(delay * (1 - jitter + 2 * jitter * random())), wanted);
}

/** How long the receiver asks to wait: `Retry-After` in seconds or as an HTTP date. null: it does not say. */
export function readRetryAfter(header: string | undefined, now: number): number | null {
  if (header === undefined) return null;
  const text = header.trim();
  if (/^\d{1,10}$/.test(text)) return Number(text) * second;
  // A date has the name of its day: Date.parse alone would take almost anything for one.
  const at = /^[A-Z][a-z]{2,8}, .* GMT$/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}
