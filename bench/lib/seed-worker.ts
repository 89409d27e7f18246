import { writeFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type Seeded, seedKeys } from './keys.ts';

/** Seeds in a process of its own, whose memory is gone afterwards, and leaves some of the keys in a file. */

export interface SeedJob {
  readonly directory: string;
  readonly tenantId: string;
  readonly from: number;
  readonly count: number;
  /** Gets a `Sample`. */
  readonly file: string;
}

export interface Sample {
  /** From all over what was added, none of them revoked or expired. */
  readonly keys: readonly Seeded[];
  /** The keys after which the last page and the middle of the list (newest first) begin. */
  readonly beforeLastPage: string;
  readonly middle: string;
}

const samples = 50_000;
const pageSize = 50;

const job = JSON.parse(process.argv[2]!) as SeedJob;
const every = Math.max(1, Math.floor(job.count / samples));
const keys: Seeded[] = [];
seedKeys(job.directory, {
  ...job,
  cacheBytes: Math.min(totalmem() / 4, job.count * 400),
  onKey: (key, index) => {
    const isUsable = index % 20 !== 7 && index % 50 !== 11;
    if (isUsable && (index - job.from) % every === 0) keys.push(key);
  },
});

const db = new DatabaseSync(join(job.directory, 'keyward.db'), { readOnly: true });
const byAge = db.prepare('select id from keys order by id limit 1 offset ?');
const idAt = (offset: number) => String(byAge.get(offset)!.id);
const sample: Sample = {
  keys,
  beforeLastPage: idAt(pageSize),
  middle: idAt(Math.floor((job.from + job.count) / 2)),
};
db.close();
writeFileSync(job.file, JSON.stringify(sample), { mode: 0o600 });
