import { targetOf } from '@/lib/secret-snippets.ts';
import type { Key } from '@/types.ts';

/** The call for a program that has an administrator's key of the same environment. */
export function curlOf(key: Key, method: 'POST', action: string, body: unknown): string {
  const { origin, host } = targetOf(key.environment, location.origin);
  return [
    `curl -X ${method} '${origin}/api/v1/api-keys/${encodeURIComponent(key.id)}${action}'`,
    ...(host === null ? [] : [`-H 'Host: ${host}'`]),
    '-H "Authorization: Bearer $ADMIN_KEY"',
    "-H 'Content-Type: application/json'",
    `-d '${JSON.stringify(body).replaceAll("'", "'\\''")}'`,
  ].join(' \\\n  ');
}
