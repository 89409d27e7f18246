import { once } from 'node:events';
import type { FastifyReply } from 'fastify';
import type { App } from '../services/app.ts';
import { isStillAdmitted } from './guard.ts';
import type { Reply, Route } from './route.ts';

/** Whoever loses the right to read a stream loses the stream within a second. */
const judgedEveryMs = 400;

interface Watch {
  /** Resolves when nothing more may be sent. */
  readonly isOver: Promise<'over'>;
  end(): void;
}

/**
 * Aborts, and cuts the connection, as soon as the client hangs up or would no longer be admitted. A stream without an
 * end is over, too, when the server stops, and when the client closes its side: it has nothing more to wait for.
 */
function watchReader(
  app: App,
  route: Route,
  reply: FastifyReply,
  { ending, isEndless }: { readonly ending: AbortController; readonly isEndless: boolean },
): Watch {
  const { raw, request } = reply;
  const { promise: isOver, resolve } = Promise.withResolvers<'over'>();
  const cut = () => {
    ending.abort();
    resolve('over');
    raw.destroy();
  };
  let isJudging = false;
  const timer = setInterval(() => {
    if (isEndless && reply.server.isStopping) {
      cut();
      return;
    }
    if (isJudging) return;
    isJudging = true;
    isStillAdmitted(app, route, request)
      .catch(() => false)
      .then((isAdmitted) => {
        isJudging = false;
        if (!isAdmitted) cut();
      });
  }, judgedEveryMs);
  raw.once('close', cut);
  const { socket } = request.raw;
  if (isEndless) socket.once('end', cut);
  return {
    isOver,
    end: () => {
      clearInterval(timer);
      raw.off('close', cut);
      socket.off('end', cut);
    },
  };
}

interface Streaming extends Required<Pick<Reply, 'status' | 'stream'>> {
  readonly isEndless: boolean;
  /** Sets the headers, once it is certain that there will be a stream. */
  readonly prepare: () => void;
}

/**
 * Sends a stream, as fast as the client takes it. Until its first piece is there a failure is thrown and answered as any
 * other; after that the connection is cut, so that half an answer never looks like a whole one.
 */
export async function sendStream(
  app: App,
  route: Route,
  reply: FastifyReply,
  { status, stream, isEndless, prepare }: Streaming,
): Promise<void> {
  const { raw, server, request } = reply;
  const ending = new AbortController();
  const pieces = stream(ending.signal)[Symbol.asyncIterator]();
  const leave = () => void pieces.return?.().catch(() => {});
  let next = await pieces.next();
  if (raw.destroyed) return leave();
  reply.trace.firstPieceMs = performance.now();
  prepare();
  raw.writeHead(status, reply.head);
  reply.hijack();
  if (request.method === 'HEAD') {
    leave();
    server.onAnswer(reply, status, 0);
    raw.end();
    return;
  }
  const watch = watchReader(app, route, reply, { ending, isEndless });
  let bytes = 0;
  try {
    while (!next.done && !ending.signal.aborted) {
      bytes += Buffer.byteLength(next.value);
      if (!raw.write(next.value))
        await Promise.race([once(raw, 'drain', { signal: ending.signal }), watch.isOver]);
      const following = await Promise.race([pieces.next(), watch.isOver]);
      if (following === 'over') break;
      next = following;
    }
    watch.end();
    if (next.done) raw.end();
    else raw.destroy();
  } catch (error) {
    watch.end();
    const isLeft = ending.signal.aborted;
    ending.abort();
    raw.destroy();
    if (!isLeft) app.log.error({ err: error, requestId: request.id, route: route.path }, 'A stream failed');
  } finally {
    leave();
    server.onAnswer(reply, status, bytes);
  }
}
