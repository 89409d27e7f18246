import type { CallerRow } from '../../store/telemetry/usage-reader.ts';
import { type App, type Context, holdsScope } from '../app.ts';
import { askTelemetry } from '../logs.ts';
import { readKey, secretStatusOf } from './details.ts';
import { endOfSecret } from './view.ts';

const dayMs = 86_400_000;
const lookBackDays = 30;

export interface RotationProgress {
  /** null: no secret is retiring. */
  readonly retiring: {
    readonly secretId: string;
    readonly hint: string;
    readonly endsAt: number;
    readonly lastUsedAt: number | null;
    /** Who used it since the rotation, those seen last first; null: the asker may not see them. */
    readonly callers: readonly CallerRow[] | null;
  } | null;
  readonly current: {
    readonly secretId: string;
    readonly hint: string;
    readonly lastUsedAt: number | null;
  } | null;
  /** Nobody has used the retiring secret for 24 hours, so that it may end now. */
  readonly mayRetireNow: boolean;
}

/** Who still has to take the new secret of a key that was rotated. */
export async function readRotation(app: App, ctx: Context, id: string): Promise<RotationProgress> {
  const details = await readKey(app, ctx, id);
  const { secrets } = details;
  const now = app.clock.wallMs();
  const current = secrets.find((secret) => secret.ends_at === null);
  const retiring = secrets.find((secret) => secretStatusOf(secret, now) === 'retiring');
  const shown = current && { secretId: current.id, hint: current.hint, lastUsedAt: current.last_used_at };
  if (retiring === undefined) return { retiring: null, current: shown ?? null, mayRetireNow: false };
  const rotatedAt = current?.created_at ?? now;
  const from = Math.max(rotatedAt, now - lookBackDays * dayMs);
  const callers = holdsScope(app, ctx, 'logs:read')
    ? await askTelemetry(app, 'callers', id, { from, to: now + 1 })
    : null;
  const quietSince = Math.max(rotatedAt, retiring.last_used_at ?? 0);
  return {
    retiring: {
      secretId: retiring.id,
      hint: retiring.hint,
      endsAt: endOfSecret(details, retiring)!,
      lastUsedAt: retiring.last_used_at,
      callers:
        callers?.filter(({ secretId, lastSeenAt }) => secretId === retiring.id && lastSeenAt >= from) ?? null,
    },
    current: shown ?? null,
    mayRetireNow: now - quietSince >= dayMs,
  };
}
