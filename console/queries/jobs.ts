import { type QueryClient, queryOptions } from '@tanstack/react-query';
import { del, get, post, send } from '@/api.ts';
import { pageSize, pagesOf } from '@/lib/infinite.ts';
import { isUnderWay } from '@/lib/job-words.ts';
import type { Environment, Job, ListedJob, Page } from '@/types.ts';

export interface JobFilters {
  readonly state?: string;
  readonly kind?: string;
}

const quickMs = 2_000;
const calmMs = 5_000;
/** A report of so many lines is not fetched every two seconds. */
const longReport = 500;

/** Asked again while anything of what is shown is under way. */
export function jobsQuery(environment: Environment, filters: JobFilters) {
  return {
    ...pagesOf<ListedJob>(['jobs', environment, 'list', filters], (cursor, signal) =>
      get<Page<ListedJob>>('/jobs', { environment, query: { ...filters, limit: pageSize, cursor }, signal }),
    ),
    refetchInterval: (query: {
      readonly state: { readonly data?: { readonly pages: readonly Page<ListedJob>[] } };
    }) => (query.state.data?.pages.some(({ data }) => data.some(isUnderWay)) ? quickMs : false),
  } as const;
}

export function jobQuery(environment: Environment, id: string) {
  return queryOptions({
    queryKey: ['jobs', environment, 'one', id],
    queryFn: ({ signal }) => get<Job>(`/jobs/${encodeURIComponent(id)}`, { environment, signal }),
    refetchInterval: ({ state: { data } }) => {
      if (data === undefined || !isUnderWay(data)) return false;
      return data.errors.length > longReport ? calmMs : quickMs;
    },
  });
}

const shownInHeader = 30;
const recentKey = (environment: Environment) => ['jobs', environment, 'recent'];
/** So soon after its start a job is likely to end any moment. */
const youngMs = 15_000;

/** For the notices in the header: one small question, asked again only while something is under way. */
export function recentJobsQuery(environment: Environment) {
  return queryOptions({
    queryKey: recentKey(environment),
    queryFn: async ({ signal }) =>
      (await get<Page<ListedJob>>('/jobs', { environment, query: { limit: shownInHeader }, signal })).data,
    refetchInterval: ({ state: { data } }) => {
      const underWay = data?.filter(isUnderWay) ?? [];
      if (underWay.length === 0) return false;
      return underWay.some(({ createdAt }) => Date.now() - Date.parse(createdAt) < youngMs)
        ? quickMs
        : calmMs;
    },
    staleTime: 30_000,
    refetchOnWindowFocus: false,
  });
}

/** Call it with every job that a page has started: the header then follows it, and says when it has ended. */
export function jobStarted(client: QueryClient, environment: Environment, job: ListedJob): void {
  client.setQueryData<readonly ListedJob[]>(recentKey(environment), (before = []) => [
    job,
    ...before.filter(({ id }) => id !== job.id),
  ]);
  void client.invalidateQueries({ queryKey: ['jobs', environment, 'list'] });
}

function changed(client: QueryClient, environment: Environment): Promise<unknown> {
  return client.invalidateQueries({ queryKey: ['jobs', environment] });
}

const pathOf = (id: string) => `/jobs/${encodeURIComponent(id)}`;

export async function retryJob(client: QueryClient, environment: Environment, id: string): Promise<void> {
  jobStarted(client, environment, await post<Job>(`${pathOf(id)}/retry`, { environment }));
  await changed(client, environment);
}

export async function cancelJob(client: QueryClient, environment: Environment, id: string): Promise<void> {
  await post<Job>(`${pathOf(id)}/cancel`, { environment });
  await changed(client, environment);
}

/** Without the page of the job, which would ask for it once more. */
export async function deleteJob(client: QueryClient, environment: Environment, id: string): Promise<void> {
  await del<void>(pathOf(id), { environment });
  await Promise.all(
    ['list', 'recent'].map((what) => client.invalidateQueries({ queryKey: ['jobs', environment, what] })),
  );
}

/**
 * What a job has made, as a file. A plain link cannot name the environment, without which only jobs of the one that
 * the host stands for are found; browsers keep a large blob on the disk and not in memory.
 */
export async function downloadJob(environment: Environment, { id, kind }: ListedJob): Promise<void> {
  const answer = await send('GET', `${pathOf(id)}/download`, { environment });
  const named = /filename="([^"]+)"/.exec(answer.headers.get('content-disposition') ?? '')?.[1];
  const url = URL.createObjectURL(await answer.blob());
  const link = document.createElement('a');
  link.href = url;
  link.download = named ?? `${kind}-${id}`;
  link.click();
  // The browser has opened it by then.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** A file that becomes a job, line after line. */
export function startImport(
  environment: Environment,
  path: string,
  { file, mediaType }: { readonly file: File; readonly mediaType: string },
  idempotencyKey: string,
) {
  const headers = { 'Content-Type': mediaType, 'Idempotency-Key': idempotencyKey };
  return post<Job>(path, { environment, body: file, headers });
}
