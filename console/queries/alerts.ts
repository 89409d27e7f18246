import type { QueryClient } from '@tanstack/react-query';
import type { z } from 'zod';
import { del, get, patch, post } from '@/api.ts';
import { pageSize, pagesOf } from '@/lib/infinite.ts';
import type { Environment, Page } from '@/types.ts';
import type { alertView, notificationView } from '../../src/contract/alerts.ts';

export type AlertRule = z.output<typeof alertView>;
export type AlertNotification = z.output<typeof notificationView>;
export type AlertBody = Omit<AlertRule, 'id' | 'createdAt' | 'updatedAt'>;

export function alertsQuery(environment: Environment) {
  return pagesOf<AlertRule>(['alerts', environment], (cursor, signal) =>
    get<Page<AlertRule>>('/alerts', { environment, query: { limit: pageSize, cursor }, signal }),
  );
}

export function notificationsQuery(environment: Environment, id: string) {
  return pagesOf<AlertNotification>(['alerts', environment, id, 'notifications'], (cursor, signal) =>
    get<Page<AlertNotification>>(`/alerts/${encodeURIComponent(id)}/notifications`, {
      environment,
      query: { limit: pageSize, cursor },
      signal,
    }),
  );
}

export const refreshAlerts = (client: QueryClient) => client.invalidateQueries({ queryKey: ['alerts'] });

export function saveAlert(environment: Environment, id: string | null, body: AlertBody) {
  return id === null
    ? post<AlertRule>('/alerts', { environment, body })
    : patch<AlertRule>(`/alerts/${encodeURIComponent(id)}`, { environment, body });
}

export function deleteAlert(environment: Environment, id: string) {
  return del(`/alerts/${encodeURIComponent(id)}`, { environment });
}

export function testAlert(environment: Environment, id: string) {
  return post(`/alerts/${encodeURIComponent(id)}/test`, { environment, body: {} });
}
