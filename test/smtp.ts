import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { SMTPServer } from 'smtp-server';
import { makeCertificate } from './certificate.ts';

export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly isEncrypted: boolean;
  readonly user: string | undefined;
  readonly headers: ReadonlyMap<string, string>;
  readonly text: string;
}

export interface SmtpOptions {
  readonly login?: { readonly user: string; readonly password: string };
  /** Whether STARTTLS is offered, with a certificate that this process trusts, or not. */
  readonly tls?: 'trusted' | 'untrusted' | 'none';
}

export interface TestSmtp {
  readonly port: number;
  readonly mails: ReceivedMail[];
  /** Called with each recipient; what it answers is why it is refused. */
  refuse: (address: string) => string | null;
  close(): Promise<void>;
}

function decoded(body: string, encoding: string | undefined): string {
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString();
  if (encoding !== 'quoted-printable') return body;
  const bytes = body
    .replaceAll(/=\r?\n/g, '')
    .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString();
}

function parsed(raw: string) {
  const end = raw.indexOf('\r\n\r\n');
  const lines = raw
    .slice(0, end)
    .replaceAll(/\r\n[ \t]+/g, ' ')
    .split('\r\n');
  const headers = new Map(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
    }),
  );
  const text = decoded(raw.slice(end + 4), headers.get('content-transfer-encoding'));
  return { headers, text: text.replaceAll('\r\n', '\n') };
}

function refusal(message: string): Error {
  return Object.assign(new Error(message), { responseCode: 550 });
}

let trusted: ReturnType<typeof makeCertificate> | undefined;

/** One for all: authorities of the same name would be taken for each other. */
function trustedCertificate() {
  if (trusted === undefined) {
    trusted = makeCertificate(undefined, undefined, 'localhost');
    setDefaultCACertificates([...getCACertificates('default'), trusted.cert]);
  }
  return trusted;
}

/** A real mail server on a port of its own, that keeps what it is given. */
export async function openSmtp({ login, tls = 'trusted' }: SmtpOptions = {}): Promise<TestSmtp> {
  const { cert, key } = tls === 'untrusted' ? makeCertificate() : trustedCertificate();
  const mails: ReceivedMail[] = [];
  const smtp: TestSmtp = { port: 0, mails, refuse: () => null, close: async () => {} };
  const server = new SMTPServer({
    cert,
    key,
    disabledCommands: [...(tls === 'none' ? ['STARTTLS'] : []), ...(login ? [] : ['AUTH'])],
    authOptional: login === undefined,
    allowInsecureAuth: true,
    onAuth: (auth, _session, done) => {
      const isKnown = auth.username === login?.user && auth.password === login?.password;
      if (isKnown) done(null, { user: auth.username });
      else done(new Error(`wrong password ${auth.password}`));
    },
    onRcptTo: ({ address }, _session, done) => {
      const reason = smtp.refuse(address);
      done(reason === null ? null : refusal(reason));
    },
    onData: (stream, session, done) => {
      const { mailFrom, rcptTo } = session.envelope;
      readText(stream).then((raw) => {
        const from = mailFrom === false ? '' : mailFrom.address;
        const to = rcptTo.map(({ address }) => address);
        mails.push({ from, to, isEncrypted: session.secure, user: session.user, ...parsed(raw) });
        done(null);
      }, done);
    },
  });
  server.on('error', () => {});
  const listening = server.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  const { port } = listening.address() as AddressInfo;
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()));
  return Object.assign(smtp, { port, close });
}
