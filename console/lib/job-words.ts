import { formatBytes, formatCount, plural } from './format.ts';

/** What of a job is told in words. */
interface ToldJob {
  readonly kind: string;
  readonly state: JobState;
  readonly progress: { readonly done: number; readonly total: number | null };
  readonly errorCount: number;
  readonly result: Readonly<Record<string, number>> | null;
}

export type JobState = 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled';

interface Kind {
  readonly kind: string;
  readonly label: string;
  readonly about: string;
  /** What `progress` counts. */
  readonly unit: string;
}

export const jobKinds: readonly Kind[] = [
  {
    kind: 'kb.import',
    label: 'Import of articles',
    about: 'Creates and updates articles of the knowledge base from a file.',
    unit: 'lines',
  },
  {
    kind: 'contacts.import',
    label: 'Import of contacts',
    about: 'Creates and updates contacts from a file.',
    unit: 'lines',
  },
  {
    kind: 'licenses.create',
    label: 'Batch of licences',
    about: 'Creates many licences of one product at once.',
    unit: 'licences',
  },
  {
    kind: 'logs.export',
    label: 'Export of requests',
    about: 'Writes requests of the log into a file.',
    unit: 'places',
  },
  {
    kind: 'retention',
    label: 'Clearing by retention',
    about: 'Deletes what is older than the settings keep. Runs by itself once a day.',
    unit: 'parts',
  },
  {
    kind: 'usage.repair',
    label: 'Repair of usage',
    about: 'Counts the usage of a time again from the requests in the log.',
    unit: 'hours',
  },
];

export const kindOf = (kind: string): Kind =>
  jobKinds.find((each) => each.kind === kind) ?? { kind, label: kind, about: '', unit: 'steps' };

export const isUnderWay = ({ state }: { readonly state: JobState }): boolean =>
  state === 'queued' || state === 'running';

export const stateWords: Readonly<Record<JobState, string>> = {
  queued: 'Waiting',
  running: 'Running',
  succeeded: 'Succeeded',
  failed: 'Failed',
  cancelled: 'Cancelled',
};

export const stateTones = {
  queued: 'neutral',
  running: 'blue',
  succeeded: 'green',
  failed: 'red',
  cancelled: 'neutral',
} as const satisfies Record<JobState, string>;

const resultWords: Readonly<Record<string, string>> = {
  created: 'created',
  updated: 'updated',
  unchanged: 'unchanged',
  failed: 'left out',
  rows: 'requests found',
  logs: 'requests deleted',
  minuteUsage: 'minutes of usage deleted',
  hourUsage: 'hours of usage deleted',
  callers: 'callers deleted',
  jobs: 'jobs deleted',
  hours: 'hours counted',
  requests: 'requests counted',
};

export interface ResultFact {
  readonly label: string;
  readonly value: string;
}

/** What was done so far, one count after the other. */
export function resultFacts({ result }: Pick<ToldJob, 'result'>): ResultFact[] {
  return Object.entries(result ?? {}).map(([name, count]) =>
    name === 'bytes'
      ? { label: 'Size of the text', value: formatBytes(count) }
      : { label: capitalised(resultWords[name] ?? name), value: formatCount(count) },
  );
}

/** `9,990 created, 4 updated`; what is 0 is left out. '' where there is nothing to say. */
export function resultSentence({ result }: Pick<ToldJob, 'result'>): string {
  const parts = Object.entries(result ?? {}).flatMap(([name, count]) => {
    if (name === 'bytes' || (count === 0 && name !== 'rows')) return [];
    return [`${formatCount(count)} ${resultWords[name] ?? name}`];
  });
  if (parts.length > 0) return parts.join(', ');
  return result === null ? '' : 'Nothing had to be done';
}

/** `1,200 of 10,000 lines` */
export function progressWords({
  kind,
  progress: { done, total },
}: Pick<ToldJob, 'kind' | 'progress'>): string {
  const { unit } = kindOf(kind);
  return total === null
    ? `${formatCount(done)} ${unit}`
    : `${formatCount(done)} of ${formatCount(total)} ${unit}`;
}

/** 0 to 1; null while nobody knows. */
export function shareDone({
  state,
  progress: { done, total },
}: Pick<ToldJob, 'state' | 'progress'>): number | null {
  if (state === 'succeeded') return 1;
  if (total === null) return null;
  return total === 0 ? 0 : Math.min(1, done / total);
}

/** What a notice says when a job has ended. */
export function endWords(job: ToldJob & { readonly error: string | null }): { title: string; text: string } {
  const { label } = kindOf(job.kind);
  const lines = wrongLines(job);
  const done = resultSentence(job);
  if (job.state === 'failed') return { title: `${label} failed`, text: job.error ?? lines };
  if (job.state === 'cancelled') return { title: `${label} was cancelled`, text: done && `${done}.` };
  const isReady = job.kind === 'logs.export';
  return {
    title: isReady ? `${label} is ready` : `${label} is done`,
    text: [done && `${done}.`, lines].filter(Boolean).join(' '),
  };
}

/** '' where the result counts them already. */
export function wrongLines({ errorCount, result }: Pick<ToldJob, 'errorCount' | 'result'>): string {
  return errorCount === 0 || result?.failed === errorCount
    ? ''
    : `${plural(errorCount, 'line')} could not be used.`;
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
