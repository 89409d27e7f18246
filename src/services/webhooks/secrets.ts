import { newWebhookSecret, seal, unseal } from '../../core/webhook-secret.ts';
import type { Db } from '../../store/database.ts';
import {
  endWebhookSecret,
  forgetWebhookSecrets,
  insertWebhookSecret,
  signingSecrets,
} from '../../store/webhooks.ts';
import type { App, Unit } from '../app.ts';

/** Of one webhook at most: more signatures would only make the header long. */
const maxSigning = 4;

/** Draws a secret, and keeps it encrypted. Its text is in the answer and nowhere else. */
export async function addWebhookSecret(app: App, unit: Unit, webhookId: string): Promise<string> {
  const text = newWebhookSecret();
  await insertWebhookSecret(unit.tx, {
    id: app.newId('sec'),
    webhook_id: webhookId,
    sealed: seal(app.settings.webhookKey, text, webhookId),
    created_at: app.clock.wallMs(),
    ends_at: null,
  });
  return text;
}

/**
 * From now on the new one signs; the one before goes on until `endsAt`, and those before it as long as they were to.
 * Without an overlap all of them end: whoever asks for that knows that one has leaked, and not which.
 */
export async function renewWebhookSecret(
  app: App,
  unit: Unit,
  webhookId: string,
  endsAt: number,
): Promise<string> {
  const now = app.clock.wallMs();
  const older = await signingSecrets(unit.tx, webhookId, now);
  for (const [i, { id, ends_at }] of older.entries()) {
    if (i >= maxSigning - 1 || endsAt <= now) await endWebhookSecret(unit.tx, id, now);
    else if (ends_at === null) await endWebhookSecret(unit.tx, id, endsAt);
  }
  await forgetWebhookSecrets(unit.tx, webhookId, now);
  return addWebhookSecret(app, unit, webhookId);
}

/** The texts that sign now, the newest first. */
export async function openWebhookSecrets(app: App, db: Db, webhookId: string): Promise<string[]> {
  const rows = await signingSecrets(db, webhookId, app.clock.wallMs());
  return rows.map(({ sealed }) => unseal(app.settings.webhookKey, sealed, webhookId));
}
