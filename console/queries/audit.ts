import { queryOptions } from '@tanstack/react-query';
import { get, urlOf } from '@/api.ts';
import { pageSize, pagesOf } from '@/lib/infinite.ts';
import { problemOf } from '@/problem.ts';
import type { AuditCheckpoint, AuditEntry, AuditVerdict, Member, Page } from '@/types.ts';

export interface AuditFilters {
  readonly action?: string;
  readonly actorId?: string;
  readonly targetId?: string;
  readonly environment?: string;
  readonly from?: string;
  readonly to?: string;
}

/** Of the whole organisation: people see every environment, and what belongs to none. */
export function auditQuery(filters: AuditFilters) {
  return pagesOf<AuditEntry>(['audit', 'list', filters], (cursor, signal) =>
    get<Page<AuditEntry>>('/audit-log', { query: { ...filters, limit: pageSize, cursor }, signal }),
  );
}

/** Walks the whole chain, which takes a moment where it is long: asked for once, and then by a button. */
export const verdictQuery = queryOptions({
  queryKey: ['audit', 'verdict'],
  queryFn: ({ signal }) => get<AuditVerdict>('/audit-log/verification', { signal }),
  staleTime: Number.POSITIVE_INFINITY,
  refetchOnWindowFocus: false,
});

/** null: the first comes seconds after the first entry. */
export const checkpointQuery = queryOptions({
  queryKey: ['audit', 'checkpoint'],
  queryFn: async ({ signal }) => {
    try {
      return await get<AuditCheckpoint>('/audit-log/checkpoint', { signal });
    } catch (error) {
      if (problemOf(error).status === 404) return null;
      throw error;
    }
  },
});

/** A plain link: an export is of the whole organisation, so that no environment has to be named. */
export function auditExportUrl(format: 'ndjson' | 'csv', { from, to }: AuditFilters): string {
  return urlOf('/audit-log/export', { format, from, to });
}

export function memberQuery(id: string) {
  return queryOptions({
    queryKey: ['members', 'one', id],
    queryFn: ({ signal }) => get<Member>(`/members/${encodeURIComponent(id)}`, { signal }),
    staleTime: 5 * 60_000,
    retry: false,
  });
}
