/** One server-sent event. */
export interface StreamEvent {
  readonly type: string;
  readonly data: string;
}

/**
 * Reads `text/event-stream` from chunks that may end anywhere, as the HTML standard says. A browser's own reader of it
 * cannot send headers, and the environment is one.
 */
export class EventStreamParser {
  /** Of the last event that had one: where to go on from. */
  lastId = '';
  /** What the server asks to wait before coming back. */
  retryMs: number | null = null;
  #line = '';
  #data: string[] = [];
  #type = '';
  #id = '';
  #isFirst = true;
  /** The chunk before ended in CR: an LF right after it belongs to the same line end. */
  #skipsLf = false;

  push(chunk: string): StreamEvent[] {
    let text = chunk;
    if (this.#isFirst && text !== '') {
      this.#isFirst = false;
      text = text.replace(/^\ufeff/, '');
    }
    if (this.#skipsLf && text !== '') {
      this.#skipsLf = false;
      text = text.replace(/^\n/, '');
    }
    if (text.endsWith('\r')) this.#skipsLf = true;
    const lines = text.split(/\r\n|\n|\r/);
    const events: StreamEvent[] = [];
    for (const [index, part] of lines.entries()) {
      this.#line += part;
      if (index === lines.length - 1) break;
      const event = this.#endLine();
      if (event) events.push(event);
    }
    return events;
  }

  #endLine(): StreamEvent | null {
    const line = this.#line;
    this.#line = '';
    if (line === '') return this.#dispatch();
    const colon = line.indexOf(':');
    if (colon === 0) return null;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'data') this.#data.push(value);
    else if (field === 'event') this.#type = value;
    else if (field === 'id' && !value.includes('\0')) this.#id = value;
    else if (field === 'retry' && /^\d+$/.test(value)) this.retryMs = Number(value);
    return null;
  }

  #dispatch(): StreamEvent | null {
    this.lastId = this.#id;
    const event = { type: this.#type || 'message', data: this.#data.join('\n') };
    const isEmpty = this.#data.length === 0;
    this.#data = [];
    this.#type = '';
    return isEmpty ? null : event;
  }
}

export interface Following {
  /** Opens the stream behind the event `lastId`; '' is: from now on. */
  connect(lastId: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array<ArrayBuffer>>>;
  /** The server has begun to speak. Without `isResumed` something may have happened that it does not tell. */
  onOpen(isResumed: boolean): void;
  onEvents(events: readonly StreamEvent[]): void;
  /** It is over for now; the next attempt comes by itself. */
  onCut(): void;
  /** Whether trying again is of use after this. */
  isWorthRetrying(error: unknown): boolean;
  readonly signal: AbortSignal;
  /** Only tests bring their own. */
  readonly times?: Partial<Times>;
}

interface Times {
  readonly firstWaitMs: number;
  readonly longestWaitMs: number;
  /** The server speaks every 15 seconds at least: one that is silent for so long is gone without a word. */
  readonly silenceMs: number;
  /** After so long a gap it is quicker to read the list anew than to be told all that was missed. */
  readonly forgetMs: number;
}

const usual: Times = { firstWaitMs: 500, longestWaitMs: 15_000, silenceMs: 25_000, forgetMs: 60_000 };

/**
 * Follows a stream until `signal` aborts: comes back when it is cut, at first at once and then more and more patiently.
 * Throws what is not worth another attempt.
 */
export async function followStream(following: Following): Promise<void> {
  const { signal, connect, onOpen, onEvents, onCut, isWorthRetrying } = following;
  const times = { ...usual, ...following.times };
  let lastId = '';
  let heardAt = performance.now();
  let waitMs = times.firstWaitMs;
  while (!signal.aborted) {
    if (performance.now() - heardAt > times.forgetMs) lastId = '';
    const attempt = new AbortController();
    const either = AbortSignal.any([signal, attempt.signal]);
    let watch = setTimeout(() => attempt.abort(), times.silenceMs);
    const parser = new EventStreamParser();
    let isOpen = false;
    try {
      const reader = (await connect(lastId, either)).pipeThrough(new TextDecoderStream()).getReader();
      for (;;) {
        const { done, value } = await untilAborted(reader.read(), either);
        if (done) break;
        clearTimeout(watch);
        watch = setTimeout(() => attempt.abort(), times.silenceMs);
        heardAt = performance.now();
        if (!isOpen) {
          isOpen = true;
          waitMs = times.firstWaitMs;
          onOpen(lastId !== '');
        }
        const events = parser.push(value);
        if (parser.lastId !== '') lastId = parser.lastId;
        if (events.length > 0) onEvents(events);
      }
    } catch (error) {
      if (!signal.aborted && !attempt.signal.aborted && !isWorthRetrying(error)) throw error;
    } finally {
      clearTimeout(watch);
      attempt.abort();
    }
    if (signal.aborted) return;
    onCut();
    // Not all who were cut off at once shall come back at once.
    await pause((parser.retryMs ?? waitMs) * (0.75 + Math.random() / 2), signal);
    waitMs = Math.min(waitMs * 2, times.longestWaitMs);
  }
}

/** A reader of a stream that was piped does not hear of the signal before the next chunk. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = () => reject(signal.reason);
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });
  return Promise.race([work, promise]).finally(() => signal.removeEventListener('abort', stop));
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done() {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done, { once: true });
  });
}
