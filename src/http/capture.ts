import type { FastifyReply, FastifyRequest } from 'fastify';
import { MAX_BODY_BYTES } from '../core/body-mask.ts';
import type { KnownSecret } from '../core/policy.ts';
import type { CapturedBody } from '../telemetry/captured-body.ts';
import type { Route } from './route.ts';

/** The bodies of a request whose key's place keeps them, gathered on its way. */
export interface Capture {
  /** As they came; null until they did. */
  sent: Buffer | null;
  /** How many there were, of which `sent` may be the beginning. */
  sentBytes: number;
  answer: string | Buffer | null;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Where there is none, as nearly everywhere, nothing is kept; undefined in what the router itself refuses. */
    capture: Capture | null | undefined;
  }
}

/** Answers of the log would be copied into the log, and those of the audit log be shown to whoever may not read it. */
const ownReaders = new Set(['logs:read', 'audit:read']);

export function beginCapture(request: FastifyRequest, { access }: Route, { policy }: KnownSecret): void {
  if (policy.capture === null || !('scopes' in access)) return;
  if (access.scopes.some((scope) => ownReaders.has(scope))) return;
  request.capture = { sent: null, sentBytes: 0, answer: null };
}

/** The whole body, once it has come. */
export function captureSent({ capture }: FastifyRequest, body: Buffer): void {
  if (!capture) return;
  capture.sent = body;
  capture.sentBytes = body.length;
}

/** A piece of a body that is never held as a whole. */
export function captureSentPart({ capture }: FastifyRequest, part: Buffer): void {
  if (!capture) return;
  capture.sentBytes += part.length;
  const held = capture.sent ?? Buffer.alloc(0);
  if (held.length < MAX_BODY_BYTES)
    capture.sent = Buffer.concat([held, part.subarray(0, MAX_BODY_BYTES - held.length)]);
}

export function captureAnswer({ capture }: FastifyRequest, body: string | Buffer | undefined): void {
  if (capture) capture.answer = body ?? null;
}

export interface CapturedBodies {
  readonly requestBody: CapturedBody | null;
  readonly responseBody: CapturedBody | null;
}

const nothing: CapturedBodies = { requestBody: null, responseBody: null };

/** `bytes` is the length of the answer. */
export function capturedBodies(reply: FastifyReply, bytes: number): CapturedBodies {
  const { request } = reply;
  const { capture } = request;
  if (!capture) return nothing;
  return { requestBody: sentBody(request, capture), responseBody: answerBody(reply, capture, bytes) };
}

function sentBody({ headers }: FastifyRequest, { sent, sentBytes }: Capture): CapturedBody | null {
  const mediaType = mediaTypeOf(headers['content-type']);
  if (sent !== null) {
    if (sentBytes === 0) return null;
    // What is compressed says another type than its bytes have.
    if (headers['content-encoding'] !== undefined) return { mediaType, start: null, note: 'not_text' };
    return { mediaType, start: sent, note: sentBytes > sent.length ? 'cut' : null };
  }
  const isThere = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  return isThere ? { mediaType, start: null, note: 'not_read' } : null;
}

function answerBody(
  { head, request }: FastifyReply,
  { answer }: Capture,
  bytes: number,
): CapturedBody | null {
  if (bytes === 0 || request.method === 'HEAD') return null;
  const at = head.indexOf('content-type');
  const mediaType = mediaTypeOf(at === -1 ? undefined : String(head[at + 1]));
  return { mediaType, start: answer, note: answer === null ? 'stream' : null };
}

/** Without parameters; whatever is none is nobody's concern. */
function mediaTypeOf(header: string | undefined): string {
  const type = (header ?? '').split(';', 1)[0]!.trim().toLowerCase();
  return /^[a-z0-9][\w.+-]{0,48}\/[a-z0-9][\w.+-]{0,48}$/.test(type) ? type : 'unknown';
}
