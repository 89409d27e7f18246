import { isEmail } from './people.ts';

export interface SmtpSettings {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte; otherwise by STARTTLS. */
  readonly isTls: boolean;
  /** A password never goes over a network in the clear. */
  readonly needsTls: boolean;
  /** null: the server asks for none. */
  readonly login: { readonly user: string; readonly password: string } | null;
  readonly from: MailAddress;
}

export interface MailAddress {
  readonly name: string;
  readonly address: string;
}

const form = 'smtp://user:password@host:port, or smtps:// for TLS from the first byte';
const loopback = /^(localhost|127\.\d+\.\d+\.\d+|::1)$/;

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Error('has a user or password with a % that begins no %-escape: write %25 for it');
  }
}

/** Throws how a sentence about the setting ends; it never repeats the password. */
export function smtpServer(text: string): Omit<SmtpSettings, 'from'> {
  const url = URL.parse(text);
  if (url === null || !['smtp:', 'smtps:'].includes(url.protocol) || url.hostname === '')
    throw new Error(`must be of the form ${form}`);
  if (!['', '/'].includes(url.pathname) || url.search || url.hash)
    throw new Error(`must end after the port: its form is ${form}`);
  const isTls = url.protocol === 'smtps:';
  const host = url.hostname.replaceAll(/^\[|\]$/g, '');
  const [user, password] = [decoded(url.username), decoded(url.password)];
  if ((user === '') !== (password === '')) throw new Error('has a user without a password, or the reverse');
  return {
    host,
    port: url.port === '' ? (isTls ? 465 : 587) : Number(url.port),
    isTls,
    needsTls: user !== '' && !loopback.test(host),
    login: user === '' ? null : { user, password },
  };
}

/** `alerts@example.com`, or `Keyward <alerts@example.com>`. */
export function mailAddress(text: string): MailAddress {
  const [, name = '', address = text.trim()] = /^\s*([^<>]*?)\s*<([^<>]*)>\s*$/.exec(text) ?? [];
  if (isEmail(address.toLowerCase()) && !/[\p{Cc}"]/u.test(name)) return { name, address };
  throw new Error('must be an address, such as alerts@example.com or Keyward <alerts@example.com>');
}
