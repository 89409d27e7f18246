import { composeMail } from '../../core/alert-mail.ts';
import { type NoticeItem, type NoticeKind, nextAttemptAt } from '../../core/alert-notices.ts';
import { quietUntil } from '../../core/alert-quiet.ts';
import type { Environment } from '../../core/environments.ts';
import type { Place } from '../../core/policy.ts';
import {
  correctMails,
  countMails,
  deleteNotification,
  dueNotifications,
  findAlert,
  lockDue,
  type NotificationRow,
  noteMails,
  tenantName,
  updateNotification,
} from '../../store/alerts.ts';
import { type App, atomically, type Unit } from '../app.ts';
import { publishEvent } from '../events.ts';
import type { MailOutcome } from '../mail.ts';
import { type Alert, alertKind, alertOf } from './rules.ts';

/** Longer than a mail server may keep us. */
const leaseMs = 120_000;
const hourMs = 3_600_000;
/** Of a tenant in an hour: nobody makes a mail cannon of this. */
const maxMails = 60;
const atOnce = 50;
const mailsAtOnce = 4;

const noMailServer =
  'No mail server is set any more: whoever runs Keyward sets KEYWARD_SMTP_URL and KEYWARD_SMTP_FROM.';
const tooMany = `More than ${maxMails} e-mails would go out within an hour: this one waits.`;

/** What was taken to be sent by mail, and is this server's until its lease ends. */
interface Taken {
  readonly row: NotificationRow;
  readonly rule: Alert;
  readonly recipients: readonly string[];
  readonly at: number;
}

export type Outcome = 'sent' | 'failed' | 'retried' | 'cancelled';

/** Sends what rules have gathered, when it is due; what fails again and again for a day is given up. */
export class AlertSender {
  readonly outcomes = new Map<Outcome, number>();
  readonly #app: App;

  constructor(app: App) {
    this.#app = app;
  }

  /** Sends all that is due; whether there was any. */
  async sendDue(): Promise<boolean> {
    const app = this.#app;
    const ids = await dueNotifications(app.database.read, app.clock.wallMs(), atOnce);
    const mails = new Set<Promise<void>>();
    for (const id of ids) {
      const taken = await atomically(app, (unit) => this.#take(unit, id));
      if (taken === null) continue;
      const mail = this.#mail(taken).finally(() => mails.delete(mail));
      mails.add(mail);
      if (mails.size >= mailsAtOnce) await Promise.race(mails);
    }
    await Promise.all(mails);
    return ids.length > 0;
  }

  #count(outcome: Outcome): void {
    this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
  }

  /** Publishes the event and reserves the mails, or puts it off; null where there is no mail to send now. */
  async #take(unit: Unit, id: string): Promise<Taken | null> {
    const app = this.#app;
    const { tx } = unit;
    const now = app.clock.wallMs();
    const row = await lockDue(tx, app.database.dialect, id, now);
    if (row === undefined) return null;
    const found = await findAlert(tx, row.alert_id);
    if (found === undefined) {
      await deleteNotification(tx, id);
      return null;
    }
    const rule = alertOf(alertKind, found);
    if (row.kind !== 'test') {
      if (rule.isActive === 0) return this.#end(unit, id, 'cancelled', 'The rule was switched off.');
      const from = rule.quiet === null ? now : quietUntil(rule.quiet, now);
      if (from > now) return this.#putOff(unit, id, from, row.error);
    }
    if (row.state === 'gathering' && rule.channels.webhook) await publishNotice(app, unit, row, rule);
    const isFirst = row.state === 'gathering';
    const recipients: readonly string[] = isFirst ? rule.channels.emails : JSON.parse(row.recipients);
    if (recipients.length === 0) return this.#end(unit, id, 'sent', null);
    await updateNotification(tx, id, { state: 'sending', recipients: JSON.stringify(recipients) });
    const { mails, first } = await countMails(tx, app.database.dialect, row.tenant_id, now - hourMs);
    if (mails + recipients.length > maxMails)
      return this.#putOff(unit, id, (first ?? now) + hourMs + 1, tooMany);
    await noteMails(tx, { notification_id: id, tenant_id: row.tenant_id, at: now, mails: recipients.length });
    const taken = { attempts: row.attempts + 1, began_at: row.began_at ?? now };
    await updateNotification(tx, id, { ...taken, due_at: now + leaseMs });
    return { row: { ...row, ...taken }, rule, recipients, at: now };
  }

  async #putOff({ tx }: Unit, id: string, until: number, error: string | null): Promise<null> {
    await updateNotification(tx, id, { due_at: until, error });
    return null;
  }

  async #end({ tx, afterCommit }: Unit, id: string, state: Outcome, error: string | null): Promise<null> {
    const ended = { state, error, due_at: null, ended_at: this.#app.clock.wallMs(), recipients: '[]' };
    await updateNotification(tx, id, ended);
    afterCommit.push(() => this.#count(state));
    return null;
  }

  async #mail(taken: Taken): Promise<void> {
    const { row, rule, recipients } = taken;
    const { mailer, log } = this.#app;
    const outcome: MailOutcome =
      mailer === null
        ? { accepted: [], failure: noMailServer }
        : await mailer.send({
            to: recipients,
            id: row.id,
            listId: rule.id,
            ...(await this.#textOf(row, rule)),
          });
    if (outcome.failure !== null) {
      log.warn(
        { event: 'alerts.mail_failed', notificationId: row.id, reason: outcome.failure, ...outcome.details },
        'A notification could not be sent by mail',
      );
    }
    // Where this fails, the lease ends, and the mail is sent again.
    await atomically(this.#app, (unit) => this.#settle(unit, taken, outcome)).catch((error: unknown) => {
      log.error({ err: error }, 'It cannot be written that a notification was sent: it may be sent again');
    });
  }

  async #textOf(row: NotificationRow, rule: Alert) {
    const { kind, environment, total } = row;
    const items: NoticeItem[] = JSON.parse(row.items);
    const notice = { kind: kind as NoticeKind, name: rule.name, environment, items, total };
    const tenant = await tenantName(this.#app.database.read, row.tenant_id);
    return composeMail(notice, tenant, this.#app.settings.publicUrl);
  }

  async #settle(unit: Unit, { row, recipients, at }: Taken, outcome: MailOutcome): Promise<void> {
    const { tx, afterCommit } = unit;
    const accepted = new Set(outcome.accepted);
    const left = recipients.filter((address) => !accepted.has(address));
    if (left.length > 0) await correctMails(tx, row.id, at, recipients.length - left.length);
    else return void (await this.#end(unit, row.id, 'sent', null));
    const next = nextAttemptAt(row.attempts, row.began_at!, this.#app.clock.wallMs());
    const error = outcome.failure ?? 'The mail server did not say why.';
    if (next === null) return void (await this.#end(unit, row.id, 'failed', error));
    await updateNotification(tx, row.id, { recipients: JSON.stringify(left), error, due_at: next });
    afterCommit.push(() => this.#count('retried'));
  }
}

/** Once for each notice, in the transaction that begins to send it. */
async function publishNotice(app: App, unit: Unit, row: NotificationRow, rule: Alert): Promise<void> {
  const items: NoticeItem[] = JSON.parse(row.items);
  const place: Place = { tenantId: row.tenant_id, environment: row.environment as Environment };
  await publishEvent(app, place, unit, row.kind === 'resolved' ? 'alert.resolved' : 'alert.raised', {
    alertId: rule.id,
    name: rule.name,
    environment: row.environment,
    isTest: row.kind === 'test',
    items,
    more: row.total - items.length,
  });
}
