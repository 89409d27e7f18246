import { queryOptions } from '@tanstack/react-query';
import { del, get, patch, post, send } from '@/api.ts';
import type { ChangedKey, DeletedKey, Environment, Key, KeySecret, ReissuedKey } from '@/types.ts';
import { environments } from '../../src/core/environments.ts';

/** Where changes of a key go. */
export interface KeyTarget {
  readonly environment: Environment;
  readonly path: string;
}

/** Of one's own personal keys everybody may change what their role allows nobody's else. */
export function targetOf(key: Key, userId: string): KeyTarget {
  const root = key.owner === 'user' && key.ownerUser?.id === userId ? '/me/api-keys' : '/api-keys';
  return { environment: key.environment, path: `${root}/${encodeURIComponent(key.id)}` };
}

/** The other environments that have a key with this id: at most one does. */
export function keyElsewhereQuery(not: Environment, id: string) {
  return queryOptions({
    queryKey: ['keys', not, 'elsewhere', id],
    queryFn: async ({ signal }) => {
      const others = environments.filter((environment) => environment !== not);
      const asked = others.map((environment) =>
        get<Key>(`/api-keys/${encodeURIComponent(id)}`, { environment, signal }),
      );
      const answers = await Promise.allSettled(asked);
      return answers.find((answer) => answer.status === 'fulfilled')?.value ?? null;
    },
  });
}

/** A key as it is, and the tag under which a change is accepted as long as it stays like that. */
export interface TaggedKey {
  readonly key: Key;
  readonly tag: string | null;
}

export async function readTaggedKey(target: KeyTarget): Promise<TaggedKey> {
  const answer = await send('GET', target.path, { environment: target.environment });
  return { key: (await answer.json()) as Key, tag: answer.headers.get('ETag') };
}

export interface KeyChanges {
  readonly name?: string;
  readonly description?: string | null;
  readonly tier?: string;
  readonly rateLimit?: { readonly perMinute: number; readonly burst: number; readonly perDay: number };
  readonly ipAllowlist?: readonly string[];
  readonly customerIds?: readonly string[];
  readonly expiresAt?: string | null;
}

export function changeKey({ environment, path }: KeyTarget, tag: string | null, body: KeyChanges) {
  const headers: Record<string, string> = tag === null ? {} : { 'If-Match': tag };
  return patch<ChangedKey>(path, { environment, body, headers });
}

export function activateKeyAt({ environment, path }: KeyTarget) {
  return post<ChangedKey>(`${path}/activate`, { environment, body: {} });
}

export function revokeKeyAt({ environment, path }: KeyTarget, reason: string | null) {
  return post<ChangedKey>(`${path}/revoke`, { environment, body: reason === null ? {} : { reason } });
}

export function deleteKey({ environment, path }: KeyTarget) {
  return del<DeletedKey>(path, { environment });
}

export function endSecret({ environment, path }: KeyTarget, secretId: KeySecret['id']) {
  return del<undefined>(`${path}/secrets/${encodeURIComponent(secretId)}`, { environment });
}

const once = (key: string) => ({ 'Idempotency-Key': key });

export function regenerateKey({ environment, path }: KeyTarget, idempotencyKey: string) {
  return post<ReissuedKey>(`${path}/regenerate`, { environment, headers: once(idempotencyKey) });
}

export interface Rotate {
  readonly gracePeriodSeconds: number;
  readonly endRetiring: boolean;
}

export function rotateKey({ environment, path }: KeyTarget, body: Rotate, idempotencyKey: string) {
  return post<ReissuedKey>(`${path}/rotate`, { environment, body, headers: once(idempotencyKey) });
}

export interface Replace {
  readonly name?: string;
  readonly scopes?: readonly string[];
  readonly bundle?: string;
  readonly gracePeriodSeconds: number;
}

export function replaceKey(key: Key, body: Replace, idempotencyKey: string) {
  const { environment, id } = key;
  const path = `/api-keys/${encodeURIComponent(id)}/replace`;
  return post<ReissuedKey>(path, { environment, body, headers: once(idempotencyKey) });
}
