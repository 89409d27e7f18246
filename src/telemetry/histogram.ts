const subBucketBits = 4;
const subBuckets = 2 ** subBucketBits;
const maxUs = 2 ** 36; // 19 hours

/**
 * Counts durations in buckets whose width is a sixteenth of the power of two they lie in: below 16 µs exact, above it
 * a quantile is at most 1/32 (3.1 %) off. Histograms of parts add up to the histogram of the whole, bucket by bucket.
 */
export class LatencyHistogram {
  readonly #counts = new Map<number, number>();
  #total = 0;

  get total(): number {
    return this.#total;
  }

  /** `us` is a duration in microseconds; what is longer than 19 hours counts as that. */
  add(us: number, count = 1): void {
    this.#addTo(bucketOf(us), count);
  }

  merge(other: LatencyHistogram): void {
    for (const [bucket, count] of other.#counts) this.#addTo(bucket, count);
  }

  /** The middle of the bucket that holds the quantile `q` (0 to 1), in microseconds; null without a duration. */
  quantileUs(q: number): number | null {
    if (this.#total === 0) return null;
    let left = Math.max(1, Math.ceil(q * this.#total));
    for (const [bucket, count] of this.#sorted()) {
      left -= count;
      if (left <= 0) return middleOf(bucket);
    }
    return null;
  }

  /** The count of durations up to each bound, in microseconds: exact at powers of two from 16 on, which bound buckets. */
  countsUpTo(boundsUs: readonly number[]): number[] {
    const sorted = this.#sorted();
    return boundsUs.map((bound) =>
      sorted.reduce((sum, [bucket, count]) => (upperOf(bucket) <= bound ? sum + count : sum), 0),
    );
  }

  /** `bucket:count` pairs in order of buckets, differences of the former in base 36; empty for no durations. */
  encode(): string {
    let before = 0;
    return this.#sorted()
      .map(([bucket, count]) => {
        const step = bucket - before;
        before = bucket;
        return count === 1 ? step.toString(36) : `${step.toString(36)}:${count.toString(36)}`;
      })
      .join(' ');
  }

  static decode(text: string): LatencyHistogram {
    const histogram = new LatencyHistogram();
    let bucket = 0;
    for (const part of text === '' ? [] : text.split(' ')) {
      const [step, count] = part.split(':');
      bucket += Number.parseInt(step!, 36);
      histogram.#addTo(bucket, count === undefined ? 1 : Number.parseInt(count, 36));
    }
    return histogram;
  }

  #addTo(bucket: number, count: number): void {
    this.#counts.set(bucket, (this.#counts.get(bucket) ?? 0) + count);
    this.#total += count;
  }

  #sorted(): [number, number][] {
    return [...this.#counts].sort(([a], [b]) => a - b);
  }
}

/** Two powers of two share no bucket, and each has sixteen; the first sixteen are one microsecond wide. */
function bucketOf(us: number): number {
  const value = Math.min(maxUs - 1, Math.max(0, Math.floor(us)));
  if (value < subBuckets) return value;
  const exponent = Math.floor(Math.log2(value));
  return (
    (exponent - subBucketBits + 1) * subBuckets +
    Math.floor(value / 2 ** (exponent - subBucketBits)) -
    subBuckets
  );
}

function lowerOf(bucket: number): number {
  if (bucket < subBuckets) return bucket;
  const exponent = Math.floor(bucket / subBuckets) + subBucketBits - 1;
  return (subBuckets + (bucket % subBuckets)) * 2 ** (exponent - subBucketBits);
}

function upperOf(bucket: number): number {
  return lowerOf(bucket + 1);
}

function middleOf(bucket: number): number {
  return bucket < subBuckets ? bucket : (lowerOf(bucket) + upperOf(bucket)) / 2;
}
