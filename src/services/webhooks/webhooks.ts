import { webhookUrlProblem } from '../../core/webhook-address.ts';
import { isEventPattern, scopesForEvents } from '../../core/webhook-events.ts';
import { AppError, invalid } from '../../errors.ts';
import { countWebhooks } from '../../store/webhooks.ts';
import { type App, type Context, change, holdsScope } from '../app.ts';
import { recordChange } from '../audit.ts';
import {
  addRecord,
  getRecord,
  listRecords,
  lockExpected,
  type Precondition,
  patchRecord,
  type RecordAsk,
  type RecordKind,
  removeRecord,
  type StoredRecord,
} from '../records.ts';
import { addWebhookSecret, renewWebhookSecret } from './secrets.ts';

/** Of a place: each change of it asks every one. */
const maxWebhooks = 100;

/** Times are epoch ms. */
export interface Webhook extends StoredRecord {
  readonly name: string;
  readonly url: string;
  readonly events: readonly string[];
  readonly isActive: number;
  readonly disabledReason: string | null;
  readonly lastSuccessAt: number | null;
  readonly lastFailureAt: number | null;
  readonly failingSince: number | null;
}

export interface WebhookInput {
  readonly name: string;
  readonly url: string;
  readonly events: readonly string[];
  readonly active: boolean;
}

const kind: RecordKind<'webhooks'> = {
  table: 'webhooks',
  prefix: 'whk',
  noun: 'webhook',
  customer: null,
  json: ['events'],
  searched: ['name', 'url'],
  personal: [],
};

export function listWebhooks(app: App, ctx: Context, ask: RecordAsk) {
  return listRecords<'webhooks', Webhook>(app, ctx, kind, ask);
}

export function getWebhook(app: App, ctx: Context, id: string): Promise<Webhook> {
  return getRecord(app, ctx, kind, id);
}

/** Nobody lets be sent what they may not see. */
function requireEventScopes(app: App, ctx: Context, events: readonly string[]): void {
  const missing = scopesForEvents(events)
    .filter((scopes) => !scopes.some((scope) => holdsScope(app, ctx, scope)))
    .map(([scope]) => scope!);
  if (missing.length === 0) return;
  const code = ctx.caller.kind === 'key' ? 'insufficient_scope' : 'role_not_allowed';
  const detail = `To subscribe to these events needs ${missing.join(', ')}, too.`;
  const members = { requiredScopes: ['webhooks:write', ...missing], missingScopes: missing };
  throw new AppError(code, detail, { members });
}

function requireKnownEvents(events: readonly string[]): void {
  const errors = events.flatMap((event, i) =>
    isEventPattern(event)
      ? []
      : [
          {
            path: `events.${i}`,
            message: `there is no event ${event}; GET /api/v1/webhooks/events lists them`,
          },
        ],
  );
  if (errors.length > 0) throw invalid(...errors);
}

function requireUsable(app: App, { url, events }: Partial<WebhookInput>): void {
  const message = url === undefined ? null : webhookUrlProblem(url, app.webhooks.reach);
  if (message !== null) throw invalid({ path: 'url', message });
  if (events !== undefined) requireKnownEvents(events);
}

/** Who switches it on begins anew: what was wrong before is forgotten. */
function columnsOf({ active, events, ...input }: Partial<WebhookInput>): Partial<Webhook> {
  return {
    ...input,
    ...(events === undefined ? {} : { events: [...new Set(events)] }),
    ...(active === undefined ? {} : { isActive: active ? 1 : 0 }),
    ...(active === true ? { disabledReason: null, failingSince: null } : {}),
  };
}

/** The secret is in the answer and nowhere else that could be read. */
export async function createWebhook(app: App, ctx: Context, input: WebhookInput) {
  requireUsable(app, input);
  requireEventScopes(app, ctx, input.events);
  return change(app, ctx, async (unit) => {
    await app.database.dialect.serialize(unit.tx, `webhooks ${ctx.tenantId} ${ctx.environment}`);
    if ((await countWebhooks(unit.tx, ctx)) >= maxWebhooks)
      throw new AppError('conflict', `There are ${maxWebhooks} webhooks already, as many as there may be.`);
    const fields = {
      disabledReason: null,
      lastSuccessAt: null,
      lastFailureAt: null,
      failingSince: null,
      ...columnsOf(input),
    };
    const record = (await addRecord<'webhooks', Webhook>(app, ctx, unit, kind, fields))!;
    return { record, isNew: true, secret: await addWebhookSecret(app, unit, record.id) };
  });
}

/** Whoever changes where it goes, what goes there or whether it does must be allowed to see all that it sends. */
export function patchWebhook(
  app: App,
  ctx: Context,
  id: string,
  patch: Partial<WebhookInput>,
  precondition?: Precondition,
): Promise<Webhook> {
  requireUsable(app, patch);
  const changes = ({ events }: Webhook) => {
    const isOnlyName = Object.keys(patch).every((name) => name === 'name');
    if (!isOnlyName) requireEventScopes(app, ctx, [...events, ...(patch.events ?? [])]);
    return columnsOf(patch);
  };
  return patchRecord<'webhooks', Webhook>(app, ctx, kind, id, changes, {
    precondition,
    // What waits for one that was switched off is ended.
    allow: async (unit) => void unit.afterCommit.push(() => app.webhooks.wake()),
  });
}

export function deleteWebhook(
  app: App,
  ctx: Context,
  id: string,
  precondition?: Precondition,
): Promise<void> {
  return removeRecord<'webhooks', Webhook>(app, ctx, kind, id, {
    precondition,
    allow: async (unit) => void unit.afterCommit.push(() => app.webhooks.wake()),
  });
}

/** Until the grace ends every message has a signature of each secret. Whoever can sign must be allowed to see what is sent. */
export async function rotateWebhookSecret(
  app: App,
  ctx: Context,
  id: string,
  { gracePeriodSeconds }: { readonly gracePeriodSeconds: number },
) {
  return change(app, ctx, async (unit) => {
    const record = await lockExpected<'webhooks', Webhook>(app, ctx, unit, kind, id);
    requireEventScopes(app, ctx, record.events);
    const previousEndsAt = app.clock.wallMs() + gracePeriodSeconds * 1_000;
    const secret = await renewWebhookSecret(app, unit, id, previousEndsAt);
    await recordChange(app, ctx, unit, {
      action: 'webhook.secret_rotated',
      targetId: id,
      after: { previousEndsAt },
    });
    return { record, secret, previousEndsAt };
  });
}
