import type { RequestLog } from '../../telemetry/request-log.ts';
import { type DayAsk, DayRepair } from './caller-repair.ts';
import { TelemetryUnavailable } from './query-thread.ts';
import { type HourAsk, HourRepair, type RepairParts, repairableSince } from './repair.ts';
import { type ForgetAsk, forgetSome } from './retention.ts';

export interface RepairPiece {
  readonly isMore: boolean;
  /** Rows that went into what was written; 0 while there is more to read. */
  readonly rows: number;
  /** No row of a later time is before this position. */
  readonly seq: number;
}

type Repair = HourRepair | DayRepair;

/** Records wait so long, while a repair reads. */
const budgetMs = 40;
const maxRepairs = 8;

/** What is under way, by job: when this is lost, the job begins its hour or day anew. */
const repairs = new Map<string, { readonly name: string; readonly repair: Repair }>();

async function goOn(jobId: string, name: string, open: () => Promise<Repair>): Promise<RepairPiece> {
  const known = repairs.get(jobId);
  const repair = known?.name === name ? known.repair : await open();
  repairs.delete(jobId);
  repairs.set(jobId, { name, repair });
  if (repairs.size > maxRepairs) repairs.delete(repairs.keys().next().value!);
  try {
    const isMore = await repair.goOn(performance.now() + budgetMs);
    if (!isMore) repairs.delete(jobId);
    return { isMore, rows: isMore ? 0 : repair.rows, seq: repair.seq };
  } catch (error) {
    repairs.delete(jobId);
    throw error;
  }
}

/** What the thread that writes can be asked to do between two batches. Arguments and answers are plain data. */
export const tasks = {
  forget: ({ db, dialect }: RepairParts, ask: ForgetAsk) => forgetSome(db, dialect, ask),
  repairableSince: ({ db }: RepairParts, tenantId: string) => repairableSince(db, tenantId),
  repairHour: (parts: RepairParts, jobId: string, ask: HourAsk) =>
    goOn(jobId, `hour ${ask.hour}`, () => HourRepair.open(parts, ask)),
  repairDay: (parts: RepairParts, jobId: string, ask: DayAsk) =>
    goOn(jobId, `day ${ask.day}`, () => DayRepair.open(parts, ask)),
};

type Tasks = typeof tasks;
export type TaskName = keyof Tasks;
type TaskArgs<N extends TaskName> = Parameters<Tasks[N]> extends [RepairParts, ...infer A] ? A : never;

/** Rejects with `TelemetryUnavailable`. */
export async function askWriter<N extends TaskName>(
  log: Pick<RequestLog<never>, 'ask'>,
  name: N,
  ...args: TaskArgs<N>
): Promise<Awaited<ReturnType<Tasks[N]>>> {
  try {
    return (await log.ask(name, args)) as Awaited<ReturnType<Tasks[N]>>;
  } catch (error) {
    throw new TelemetryUnavailable((error as Error).message);
  }
}
