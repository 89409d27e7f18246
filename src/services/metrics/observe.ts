import { maskSecrets } from '../../core/secret.ts';
import type { App } from '../app.ts';
import type { CountedRequest } from './requests.ts';

export interface ObservedRequest extends CountedRequest {
  readonly requestId: string;
  /** As it came, with or without the query. */
  readonly url: string;
  readonly ip: string | null;
}

/** Called once for every answer, when it is sent: counts it, and writes the access log where that is switched on. */
export function observeRequest(app: App, request: ObservedRequest): void {
  app.requests.add(request);
  const { accessLog } = app.settings;
  if (accessLog === 'all' || (accessLog === 'errors' && request.status >= 400)) logAccess(app, request);
}

const maxPathLength = 500;

function logAccess(app: App, request: ObservedRequest): void {
  const { requestId, method, url, route, status, code, durationMs, ip, key } = request;
  app.log.info(
    {
      event: 'request',
      requestId,
      method,
      path: maskSecrets(url.split('?', 1)[0]!).slice(0, maxPathLength),
      route,
      status,
      code,
      durationMs: Math.round(durationMs * 1_000) / 1_000,
      ip,
      tenantId: key?.tenantId ?? null,
      environment: key?.environment ?? null,
      keyId: key?.keyId ?? null,
    },
    'A request was answered',
  );
}
