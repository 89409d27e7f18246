import type { MailAddress, SmtpSettings } from '../core/smtp-settings.ts';

export interface Mail {
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  /** Stays the same when it is sent again, so that a mail program can tell that it is the same mail. */
  readonly id: string;
  /** What mails of this kind have in common. */
  readonly listId: string;
}

export interface MailOutcome {
  /** Addresses that the mail server took it for. */
  readonly accepted: readonly string[];
  /** A sentence about the others, for whoever wrote the addresses; null where there are none. */
  readonly failure: string | null;
  /** For the server log. */
  readonly details?: object;
}

const timeoutMs = 10_000;
const maxAnswer = 200;

interface SmtpError {
  readonly code?: string;
  readonly command?: string;
  readonly response?: string;
  readonly responseCode?: number;
  readonly message: string;
}

const sentences: Readonly<Record<string, string>> = {
  EAUTH: 'The mail server does not accept the user and password that Keyward has for it.',
  ECONNECTION: 'The mail server cannot be reached.',
  ESOCKET: 'The connection to the mail server cannot be made, or its certificate is not trusted.',
  ETLS: 'The mail server offers no TLS that can be trusted, and without it no password is sent.',
  EREQUIRETLS: 'The mail server cannot pass this mail on by TLS.',
  ETIMEDOUT: 'The mail server did not answer in time.',
  EDNS: 'The name of the mail server is not known.',
};

/** What a mail server said, on one line. */
function answerOf(response: string | undefined): string {
  const line = (response ?? '').replaceAll(/[\p{Cc}\s]+/gu, ' ').trim();
  return line === '' ? '' : ` It said: ${line.slice(0, maxAnswer)}`;
}

function sentenceOf({ code = '', response, responseCode }: SmtpError): string {
  // What it says to a password may repeat it.
  const known = sentences[code];
  if (known !== undefined) return known;
  return responseCode === undefined
    ? 'The mail server broke off.'
    : `The mail server refused it.${answerOf(response)}`;
}

/** Hands mails to the operator's mail server, each over a connection of its own. */
export class Mailer {
  readonly #settings: SmtpSettings;
  readonly #hostName: string;

  constructor(settings: SmtpSettings, publicUrl: string) {
    this.#settings = settings;
    this.#hostName = new URL(publicUrl).hostname;
  }

  async #connect() {
    const { createTransport } = await import('nodemailer');
    const { host, port, isTls, needsTls, login } = this.#settings;
    return createTransport({
      host,
      port,
      secure: isTls,
      requireTLS: needsTls,
      ...(login ? { auth: { user: login.user, pass: login.password } } : {}),
      connectionTimeout: timeoutMs,
      greetingTimeout: timeoutMs,
      socketTimeout: timeoutMs,
      dnsTimeout: timeoutMs,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
  }

  /** Never throws: what went wrong is in the outcome. */
  async send({ to, subject, text, id, listId }: Mail): Promise<MailOutcome> {
    try {
      const transport = await this.#connect();
      const info = await transport.sendMail({
        from: addressOf(this.#settings.from),
        to: to.map((address) => addressOf({ name: '', address })),
        envelope: { from: this.#settings.from.address, to: [...to] },
        subject,
        text,
        messageId: `<${id}@${this.#hostName}>`,
        xMailer: false,
        headers: {
          'Auto-Submitted': 'auto-generated',
          'X-Auto-Response-Suppress': 'All',
          'List-Id': `<${listId}.${this.#hostName}>`,
        },
      });
      const refused = info.rejectedErrors?.[0] as SmtpError | undefined;
      const failure = refused === undefined ? null : sentenceOf({ ...refused, code: '' });
      return { accepted: info.accepted.map(String), failure };
    } catch (error) {
      return failureOf(error as SmtpError);
    }
  }

  /** Whether the mail server takes us; null: it does. */
  async check(): Promise<MailOutcome | null> {
    try {
      const transport = await this.#connect();
      await transport.verify();
      return null;
    } catch (error) {
      return failureOf(error as SmtpError);
    }
  }
}

function addressOf({ name, address }: MailAddress) {
  return { name, address };
}

function failureOf(error: SmtpError): MailOutcome {
  const { code, command, responseCode } = error;
  // The message itself may repeat what the server said to a password.
  const message = code === 'EAUTH' ? undefined : error.message;
  return { accepted: [], failure: sentenceOf(error), details: { code, command, responseCode, message } };
}
