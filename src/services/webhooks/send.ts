import { lookup as askSystem, Resolver } from 'node:dns/promises';
import * as http from 'node:http';
import * as https from 'node:https';
import type { LookupFunction } from 'node:net';
import { normalizeIp } from '../../core/cidr.ts';
import { maskShapes } from '../../core/secret-shapes.ts';
import { hostOf, isUnusual, reachable, type WebhookReach } from '../../core/webhook-address.ts';
import { maskWebhookSecrets } from '../../core/webhook-secret.ts';

/** For all of it: resolving, connecting, TLS, and the answer. */
export const sendTimeoutMs = 10_000;
const keptAnswerBytes = 1_024;
/** Beyond this the connection is cut: nobody needs the rest. */
const maxAnswerBytes = 65_536;
const maxHeaderBytes = 16_384;

/** All addresses of a name. Throws as node:dns does. */
export type Resolve = (name: string, signal: AbortSignal) => Promise<readonly string[]>;

/** Asks the name servers itself: the system's own resolver has few threads, which slow names of others could hold. */
export const askNameServers: Resolve = async (name, signal) => {
  const resolver = new Resolver({ timeout: 2_500, tries: 2 });
  const cancel = () => resolver.cancel();
  signal.addEventListener('abort', cancel, { once: true });
  try {
    const answers = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
    const addresses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    if (addresses.length > 0) return addresses;
    throw answers.find((answer) => answer.status === 'rejected')?.reason;
  } finally {
    signal.removeEventListener('abort', cancel);
  }
};

/** Knows the names of the machine and of its own network, too; for development. */
export const askTheSystem: Resolve = async (name) =>
  (await askSystem(name, { all: true })).map(({ address }) => address);

export interface SentMessage {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What became of an attempt. */
export interface SendResult {
  /** null: there was no answer. */
  readonly status: number | null;
  readonly retryAfter: string | undefined;
  /** In plain words; null where it was accepted. */
  readonly error: string | null;
  /** The beginning of the answer's body, without what has the shape of a secret. */
  readonly answer: string | null;
  /** The server is stopping: it does not count. */
  readonly isCut: boolean;
}

class Unreachable extends Error {}

async function addressesOf(url: URL, reach: WebhookReach, resolve: Resolve, signal: AbortSignal) {
  const host = hostOf(url);
  const found = normalizeIp(host) === null ? await resolve(host, signal) : [host];
  signal.throwIfAborted();
  const usable = reachable(url, found, reach);
  if (usable !== null) return usable;
  const what =
    normalizeIp(host) === null ? `The name ${host} stands for an address` : 'The webhook has an address';
  const why = isUnusual(url)
    ? 'by http, or on a port other than 443 and 8443, only networks that the operator named may be'
    : 'it is not public';
  throw new Unreachable(`${what} that may not be reached: ${why}.`);
}

/** Connects to what was checked, and to nothing that a second look at the name would find. */
function pinned(addresses: readonly string[]): LookupFunction {
  const all = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  return (_host, options, callback) => {
    if (options.all) callback(null, all);
    else callback(null, all[0]!.address, all[0]!.family);
  };
}

function post(message: SentMessage, url: URL, addresses: readonly string[], signal: AbortSignal) {
  const { promise, resolve, reject } = Promise.withResolvers<http.IncomingMessage>();
  const { request, Agent } = url.protocol === 'https:' ? https : http;
  const sent = request(url, {
    method: 'POST',
    headers: { ...message.headers, 'content-length': Buffer.byteLength(message.body) },
    // Of its own: no connection and no TLS session is used twice, and no proxy of the environment is asked.
    agent: new Agent({ keepAlive: false }),
    lookup: pinned(addresses),
    maxHeaderSize: maxHeaderBytes,
    signal,
  });
  sent
    .on('response', resolve)
    .on('error', reject)
    .on('close', () => reject(new Error('closed')));
  sent.end(message.body);
  return promise;
}

/** The beginning of what comes; however it ends, the status is known already. */
async function readAnswer(answer: http.IncomingMessage): Promise<string | null> {
  const kept: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      if (length < keptAnswerBytes) kept.push(chunk);
      length += chunk.length;
      if (length > maxAnswerBytes) break;
    }
  } catch {}
  answer.destroy();
  if (length === 0) return null;
  const isCut = length > keptAnswerBytes;
  const text = Buffer.concat(kept).subarray(0, keptAnswerBytes).toString('utf8').replaceAll('\0', '\uFFFD');
  return maskShapes(maskWebhookSecrets(text), isCut);
}

const texts: Readonly<Record<string, string>> = {
  ENOTFOUND: 'The name of the receiver is not known.',
  ENODATA: 'The name of the receiver has no address.',
  ECONNREFUSED: 'The receiver refused the connection.',
  ECONNRESET: 'The receiver ended the connection without an answer.',
  EHOSTUNREACH: 'There is no way to the receiver.',
  ENETUNREACH: 'There is no way to the receiver.',
  EPROTO: 'The receiver does not speak TLS on this port.',
  HPE_HEADER_OVERFLOW: 'The headers of the answer are too large.',
};

/** No address is named: whoever asks must not learn what the inside of this network looks like. */
function textOf(error: unknown): string {
  if (error instanceof Unreachable) return error.message;
  const inner = error instanceof AggregateError ? error.errors[0] : error;
  const code = inner instanceof Error && 'code' in inner ? String(inner.code) : '';
  const known = texts[code];
  if (known !== undefined) return known;
  if (/CERT|ISSUER|SELF_SIGNED/.test(code))
    return `The certificate of the receiver is not trusted (${code}).`;
  if (code.startsWith('ERR_SSL')) return texts.EPROTO!;
  if (code.startsWith('HPE_')) return 'What the receiver answered is not HTTP.';
  return code === '' ? texts.ECONNRESET! : `The receiver cannot be reached (${code}).`;
}

function errorOf(status: number): string | null {
  if (status >= 200 && status < 300) return null;
  const why = status >= 300 && status < 400 ? ', and redirects are not followed' : '';
  return `The receiver answered ${status}${why}.`;
}

export interface SendWays {
  readonly reach: WebhookReach;
  readonly resolve: Resolve;
  /** Cuts it: the server is stopping. */
  readonly stopping: AbortSignal;
  readonly timeoutMs: number;
}

/** One attempt. It never throws. */
export async function send(message: SentMessage, ways: SendWays): Promise<SendResult> {
  const { reach, resolve, stopping, timeoutMs } = ways;
  const deadline = AbortSignal.timeout(timeoutMs);
  const signal = AbortSignal.any([deadline, stopping]);
  const none = { status: null, retryAfter: undefined, answer: null, isCut: false };
  try {
    const url = new URL(message.url);
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    const addresses = await Promise.race([addressesOf(url, reach, resolve, signal), aborted]);
    const answer = await post(message, url, addresses, signal);
    const status = answer.statusCode!;
    const retryAfter = answer.headers['retry-after'];
    return { status, retryAfter, error: errorOf(status), answer: await readAnswer(answer), isCut: false };
  } catch (error) {
    if (stopping.aborted) return { ...none, error: null, isCut: true };
    const late = `The receiver did not answer within ${Math.round(timeoutMs / 1_000)} seconds.`;
    return { ...none, error: deadline.aborted ? late : textOf(error) };
  }
}
