import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../errors.ts';
import type { App } from '../services/app.ts';
import { setHeader } from './answer.ts';
import { captureSentPart } from './capture.ts';
import type { Upload } from './route.ts';

type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<void> | void;
type Fail = (error: unknown, reply: FastifyReply) => void;

function mediaTypeOf({ headers }: FastifyRequest, { mediaTypes }: Upload): string {
  const [type = '', ...parameters] = (headers['content-type'] ?? '').toLowerCase().split(';');
  const name = type.trim();
  const charset = parameters.map((text) => /^\s*charset="?([\w-]+)"?\s*$/.exec(text)?.[1]).find(Boolean);
  const isPlain = /^(identity)?$/i.test(headers['content-encoding'] ?? '');
  const isUtf8 = charset === undefined || charset === 'utf-8';
  if (Object.hasOwn(mediaTypes, name) && isUtf8 && isPlain) return name;
  const names = Object.keys(mediaTypes).join(' or ');
  throw new AppError('unsupported_media_type', `Send the body as ${names}, in UTF-8 and not compressed.`);
}

function tooLarge({ maxBytes }: Upload): AppError {
  return new AppError(
    'body_too_large',
    `The body may have ${maxBytes} bytes at most. Send less in one request.`,
  );
}

async function* limited(request: FastifyRequest, upload: Upload): AsyncGenerator<Buffer> {
  let length = 0;
  // To stop reading would otherwise take the connection, and the answer with it.
  for await (const chunk of request.raw.iterator({ destroyOnReturn: false })) {
    length += (chunk as Buffer).length;
    if (length > upload.maxBytes) throw tooLarge(upload);
    captureSentPart(request, chunk as Buffer);
    yield chunk as Buffer;
  }
}

async function receive(app: App, upload: Upload, request: FastifyRequest, reply: FastifyReply) {
  try {
    const mediaType = mediaTypeOf(request, upload);
    const { 'content-length': length, expect } = request.headers;
    if (Number(length ?? 0) > upload.maxBytes) throw tooLarge(upload);
    if (expect !== undefined && /^100-continue$/i.test(expect) && request.raw.httpVersionMinor > 0)
      reply.raw.writeContinue();
    return await upload.receive(app, limited(request, upload), mediaType);
  } catch (error) {
    // What has not been read yet would be taken for the next request.
    setHeader(reply, 'connection', 'close');
    throw error;
  }
}

/** The last `onRequest` hook of a route that takes its body as it comes: reads it, then runs the handler. */
export function uploading(app: App, upload: Upload, handler: Handler, fail: Fail) {
  const answer = async (request: FastifyRequest, reply: FastifyReply) => {
    request.body = await receive(app, upload, request, reply);
    await handler(request, reply);
  };
  return (request: FastifyRequest, reply: FastifyReply) => {
    answer(request, reply)
      .catch((error: unknown) => {
        // Who hangs up, or was too slow and has been told so, is owed no answer.
        if (request.raw.destroyed && !request.raw.complete) reply.raw.destroy();
        else {
          request.raw.resume();
          fail(error, reply);
        }
      })
      .catch(() => reply.raw.destroy());
  };
}
