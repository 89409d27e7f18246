import { randomBytes } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../errors.ts';
import type { App } from '../services/app.ts';
import { sendProblem, setHeaders, write } from './answer.ts';
import type { BuildState } from './console-builder.ts';
import type { Asset, ConsoleFiles, Encoding } from './console-files.ts';
import { closeWhenStopping } from './handler.ts';
import { isConsolePath } from './pages/console-paths.ts';
import { buildFailedPage, buildingPage, noConsolePage, type StatePage } from './pages/console-states.ts';

/** The console as this server has it. */
export interface ConsoleSource {
  readonly files: ConsoleFiles;
  /** Of the build beside this server, where there is one. */
  buildState(): BuildState;
}

const noncePlace = '{nonce}';

/** Of the console's page. Nothing of another host, nothing that stands in the page but what has its nonce. */
const pagePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  `style-src 'self' 'nonce-${noncePlace}'`,
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

/** What the console never asks a browser for. Writing to the clipboard is left to it. */
const closedFeatures = [
  'accelerometer',
  'autoplay',
  'camera',
  'clipboard-read',
  'display-capture',
  'encrypted-media',
  'fullscreen',
  'geolocation',
  'gyroscope',
  'hid',
  'magnetometer',
  'microphone',
  'midi',
  'payment',
  'picture-in-picture',
  'screen-wake-lock',
  'serial',
  'usb',
  'xr-spatial-tracking',
];

const pageHeaders = {
  'content-type': 'text/html; charset=utf-8',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': [...closedFeatures.map((name) => `${name}=()`), 'clipboard-write=(self)'].join(', '),
  'cache-control': 'no-store',
};

const assetHeaders = {
  'cache-control': 'public, max-age=31536000, immutable',
  'cross-origin-resource-policy': 'same-origin',
};

const assetPrefix = '/assets/';
const allow = 'GET, HEAD, OPTIONS';

/**
 * The path of a request target, which may be a whole URL. It stays as it was sent: nothing here needs an escape.
 * `OPTIONS *` asks about the server, and is answered as its root.
 */
function pathOf({ url }: FastifyRequest): string {
  if (url === '*') return '/';
  return url.replace(/^https?:\/\/[^/?#]*/i, '').split(/[?#]/, 1)[0]!;
}

/** The best encoding that both sides have. */
function encodingFor(asset: Asset, accepted: string | undefined): Encoding {
  if (accepted === undefined) return 'identity';
  const names = accepted
    .toLowerCase()
    .split(',')
    .map((part) => part.split(';').map((text) => text.trim()))
    .filter(([, weight]) => weight === undefined || !/^q=0(\.0*)?$/.test(weight))
    .map(([name]) => name);
  const best = (['br', 'gzip'] as const).find((name) => names.includes(name) && name in asset.bytes);
  return best ?? 'identity';
}

function sendAsset(request: FastifyRequest, reply: FastifyReply, asset: Asset): void {
  const encoding = encodingFor(asset, request.headers['accept-encoding'] as string | undefined);
  const etag = `"${asset.digest}${encoding === 'identity' ? '' : `-${encoding}`}"`;
  setHeaders(reply, { ...assetHeaders, etag });
  // Beside the one that CORS may have set.
  reply.head.push('vary', 'Accept-Encoding');
  const known = request.headers['if-none-match']?.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  if (known?.some((tag) => tag === etag || tag === '*')) {
    write(reply, 304, undefined);
    return;
  }
  setHeaders(reply, { 'content-type': asset.type });
  if (encoding !== 'identity') setHeaders(reply, { 'content-encoding': encoding });
  write(reply, 200, asset.bytes[encoding]!);
}

function sendPage(reply: FastifyReply, pieces: readonly string[]): void {
  const nonce = randomBytes(16).toString('base64');
  setHeaders(reply, {
    ...pageHeaders,
    'content-security-policy': pagePolicy.replace(noncePlace, () => nonce),
  });
  write(reply, 200, pieces.join(nonce));
}

/** What stands in the place of the console while there is none. */
function pageInstead({ files, buildState }: ConsoleSource): StatePage | null {
  const state = buildState();
  if (state.kind === 'building') return buildingPage(state.seconds);
  if (state.kind === 'failed') return buildFailedPage();
  return files.current() === null ? noConsolePage() : null;
}

function answerPage(reply: FastifyReply, source: ConsoleSource): void {
  const instead = pageInstead(source);
  if (instead === null) {
    sendPage(reply, source.files.current()!.page);
    return;
  }
  setHeaders(reply, { ...pageHeaders, 'content-security-policy': instead.policy });
  write(reply, 200, instead.text);
}

function answerAsset(app: App, request: FastifyRequest, reply: FastifyReply, asset: Asset | undefined): void {
  if (asset !== undefined) {
    sendAsset(request, reply, asset);
    return;
  }
  const detail = 'The console has no such file: it may have been built anew. Reload its page.';
  sendProblem(reply, app.settings.publicUrl, new AppError('not_found', detail));
}

function answerOtherMethod(app: App, request: FastifyRequest, reply: FastifyReply): void {
  setHeaders(reply, { allow });
  if (request.method === 'OPTIONS') {
    write(reply, 204, undefined);
    return;
  }
  const detail = `${request.method} is not a method of the console's pages; they have ${allow}.`;
  sendProblem(reply, app.settings.publicUrl, new AppError('method_not_allowed', detail));
}

/**
 * Answers for the console, and is false where a path is none of its own. Its pages and files are no operations of the
 * API: no key is asked for or counted, and the request log has none of them.
 */
export function consoleAnswers(app: App, source: ConsoleSource) {
  return (request: FastifyRequest, reply: FastifyReply): boolean => {
    const path = pathOf(request);
    const isAsset = path.startsWith(assetPrefix);
    if (!isAsset && !isConsolePath(path)) return false;
    reply.trace.isConsole = true;
    closeWhenStopping(reply);
    if (request.method !== 'GET' && request.method !== 'HEAD') answerOtherMethod(app, request, reply);
    else if (!isAsset) answerPage(reply, source);
    else {
      const name = path.slice(assetPrefix.length);
      answerAsset(app, request, reply, source.files.current()?.assets.get(name));
    }
    return true;
  };
}
