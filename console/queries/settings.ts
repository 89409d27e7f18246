import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import type { z } from 'zod';
import { get, patch, post } from '@/api.ts';
import { toast } from '@/components/ui/toast.tsx';
import type { tenantView } from '../../src/contract/people.ts';
import type { retentionPreview } from '../../src/contract/retention.ts';
import type { patchSettingsBody, settingsView } from '../../src/contract/settings.ts';

export type Settings = z.output<typeof settingsView>;
export type SettingsChange = z.output<typeof patchSettingsBody>;
export type Tenant = z.output<typeof tenantView>;
export type RetentionPreview = z.output<typeof retentionPreview>;

export const settingsQuery = queryOptions({
  queryKey: ['settings'],
  queryFn: ({ signal }) => get<Settings>('/settings', { signal }),
});

export const tenantQuery = queryOptions({
  queryKey: ['tenant'],
  queryFn: ({ signal }) => get<Tenant>('/tenant', { signal }),
});

/** Changes what is named and leaves the rest. */
export function useChangeSettings() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (change: SettingsChange) => patch<Settings>('/settings', { body: change }),
    onSuccess: (settings) => {
      client.setQueryData(settingsQuery.queryKey, settings);
      toast({ title: 'Settings saved' });
    },
  });
}

export interface TenantChange {
  readonly name?: string;
  readonly ceilings?: Readonly<Record<string, { perMinute: number; burst: number; perDay: number } | null>>;
}

export function useChangeTenant() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (change: TenantChange) => patch<Tenant>('/tenant', { body: change }),
    onSuccess: async (tenant) => {
      client.setQueryData(tenantQuery.queryKey, tenant);
      toast({ title: 'Saved' });
      await client.invalidateQueries({ queryKey: ['session'] });
    },
  });
}

/** What would go with other settings; nothing is deleted. */
export function previewRetention(retention: Partial<Settings['retention']>): Promise<RetentionPreview> {
  return post<RetentionPreview>('/retention/preview', { body: { retention } });
}
