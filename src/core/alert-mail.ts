import type { NoticeItem, NoticeKind } from './alert-notices.ts';

export interface MailNotice {
  readonly kind: NoticeKind;
  /** Of the rule. */
  readonly name: string;
  readonly environment: string;
  readonly items: readonly NoticeItem[];
  readonly total: number;
}

export interface MailText {
  readonly subject: string;
  readonly text: string;
}

/** Control characters, line ends of every kind, and what turns the direction of a text around. */
const unprintable = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu;
const maxShown = 200;

/** A text of somebody else's, fit for one line of a mail: it can neither end the line nor reorder what stands beside it. */
export function oneLine(text: string): string {
  const line = text.replaceAll(unprintable, ' ').replaceAll(/ {2,}/g, ' ').trim();
  const characters = Array.from(line);
  return characters.length <= maxShown ? line : `${characters.slice(0, maxShown - 1).join('')}…`;
}

const plural = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** Keys, not conditions; where not all are listed, at least so many. */
function keysOf({ items, total }: MailNotice): { readonly text: string; readonly isOne: boolean } {
  const keys = new Set(items.map(({ keyId }) => keyId)).size;
  if (total <= items.length) return { text: plural(keys, 'key'), isOne: keys === 1 };
  return { text: `more than ${plural(keys, 'key')}`, isOne: false };
}

function subjectOf(notice: MailNotice): string {
  const { kind, environment } = notice;
  if (kind === 'test') return `[Keyward] Test of the alert ${oneLine(notice.name)}`;
  const { text, isOne } = keysOf(notice);
  if (kind === 'resolved') return `[Keyward] Resolved: ${text} in ${environment}`;
  return `[Keyward] ${text} ${isOne ? 'needs' : 'need'} attention in ${environment}`;
}

const firstLines: Record<NoticeKind, string> = {
  raised: 'This needs attention:',
  resolved: 'This is over:',
  test: 'This is a test: nothing needs attention. Alerts of this rule will come to this address.',
};

/** The page of a key in the console. */
export function keyPageUrl(publicUrl: string, keyId: string): string {
  return `${publicUrl}/keys/${keyId}`;
}

function itemText(item: NoticeItem, kind: NoticeKind, url: string) {
  const { keyId, name, code, cause, action, since, reason } = item;
  return [
    `${oneLine(name)}`,
    `  ${code}, since ${since}`,
    ...(kind === 'resolved'
      ? [`  It was: ${oneLine(cause)}`, `  ${oneLine(reason ?? '')}`]
      : [`  ${oneLine(cause)}`, `  ${oneLine(action)}`]),
    `  ${keyPageUrl(url, keyId)}`,
  ].join('\n');
}

/** Plain text: what key names say stays text, whatever it looks like. */
export function composeMail(notice: MailNotice, tenant: string, publicUrl: string): MailText {
  const { kind, items, total, name, environment } = notice;
  const rest = total - items.length;
  const parts = [
    firstLines[kind],
    ...items.map((item) => itemText(item, kind, publicUrl)),
    ...(rest > 0 ? [`… and ${rest} more.`] : []),
    `-- \nYou get this because of the alert ${oneLine(name)} of ${oneLine(tenant)}, ${environment}. Whoever may change alerts there can change or end it.`,
  ];
  return { subject: subjectOf(notice), text: `${parts.join('\n\n')}\n` };
}
