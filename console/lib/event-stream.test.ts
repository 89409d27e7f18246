import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventStreamParser, type Following, followStream, type StreamEvent } from './event-stream.ts';

function eventsOf(...chunks: string[]): StreamEvent[] {
  const parser = new EventStreamParser();
  return chunks.flatMap((chunk) => parser.push(chunk));
}

const text = 'id: 7\nevent: request\ndata: {"a":1}\n\n: nothing new\n\ndata: b\n\n';
const expected = [
  { type: 'request', data: '{"a":1}' },
  { type: 'message', data: 'b' },
];

test('events are the same wherever the chunks end, and with every kind of line end', () => {
  for (const lineEnd of ['\n', '\r\n', '\r']) {
    const stream = text.replaceAll('\n', lineEnd);
    assert.deepEqual(eventsOf(stream), expected);
    assert.deepEqual(eventsOf(...stream), expected);
    for (let cut = 0; cut <= stream.length; cut++)
      assert.deepEqual(eventsOf(stream.slice(0, cut), '', stream.slice(cut)), expected);
  }
});

test('several lines of data are one text, and one space after the colon is not part of it', () => {
  assert.deepEqual(eventsOf('data: a\ndata:  b\ndata\ndata:c\n\n'), [
    { type: 'message', data: 'a\n b\n\nc' },
  ]);
});

test('an event without its empty line is none, and neither is one without data', () => {
  assert.deepEqual(eventsOf('event: request\n\ndata: a\n'), []);
  assert.deepEqual(eventsOf('event: request\n\ndata: a\n\n'), [{ type: 'message', data: 'a' }]);
});

test('comments, unknown fields and a byte order mark say nothing', () => {
  assert.deepEqual(eventsOf('\ufeffdata: a\n: b\nfoo: c\n\n'), [{ type: 'message', data: 'a' }]);
  assert.deepEqual(eventsOf('\ufeff', 'data: a\n\n'), [{ type: 'message', data: 'a' }]);
});

test('the id holds until another one comes, counts once its event is whole, and may be taken back', () => {
  const parser = new EventStreamParser();
  parser.push('id: 1\ndata: a\n');
  assert.equal(parser.lastId, '');
  parser.push('\n');
  assert.equal(parser.lastId, '1');
  parser.push('data: b\n\n');
  assert.equal(parser.lastId, '1');
  parser.push('id: 2\0\ndata: b\n\n');
  assert.equal(parser.lastId, '1');
  parser.push('id\n\n');
  assert.equal(parser.lastId, '');
});

test('retry is taken where it is a number', () => {
  const parser = new EventStreamParser();
  parser.push('retry: soon\n');
  assert.equal(parser.retryMs, null);
  parser.push('retry: 1500\n');
  assert.equal(parser.retryMs, 1_500);
});

function streamOf(chunks: readonly string[], isEndless = false): ReadableStream<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(encoder.encode(chunk));
      if (!isEndless) controller.close();
    },
  });
}

interface Told {
  readonly following: Following;
  readonly asked: string[];
  readonly opened: boolean[];
  readonly data: string[];
  cuts: number;
}

/** Follows attempts one after the other; when there is none left, the follower goes away. */
function follower(
  attempts: (() => ReadableStream<Uint8Array<ArrayBuffer>>)[],
  times: Following['times'] = {},
  isWorthRetrying = (_: unknown) => true,
): Told {
  const ending = new AbortController();
  const told: Told = {
    asked: [],
    opened: [],
    data: [],
    cuts: 0,
    following: {
      signal: ending.signal,
      times: { firstWaitMs: 1, longestWaitMs: 4, ...times },
      connect: async (lastId) => {
        const next = attempts.shift();
        if (next === undefined) {
          ending.abort();
          throw new Error('nobody is there');
        }
        told.asked.push(lastId);
        return next();
      },
      onOpen: (isResumed) => void told.opened.push(isResumed),
      onEvents: (events) => void told.data.push(...events.map(({ data }) => data)),
      onCut: () => void told.cuts++,
      isWorthRetrying,
    },
  };
  return told;
}

test('who was cut off comes back behind the last event, also after attempts that failed', async () => {
  const told = follower([
    () => streamOf(['id: 1\ndata: a\n\nid: 2\nda', 'ta: b\n\nid: 3\ndata: half']),
    () => {
      throw new Error('not now');
    },
    () => streamOf([': nothing new\n\n']),
    () => streamOf(['id: 3\ndata: c\n\n']),
  ]);
  await followStream(told.following);
  assert.deepEqual(told.asked, ['', '2', '2', '2']);
  assert.deepEqual(told.opened, [false, true, true]);
  assert.deepEqual(told.data, ['a', 'b', 'c']);
  assert.equal(told.cuts, 4);
});

test('a character that is cut in two comes whole', async () => {
  const bytes = new TextEncoder().encode('data: Zoë\n\n');
  const cut = bytes.indexOf(0xab);
  const told = follower([
    () =>
      new ReadableStream({
        start(controller) {
          controller.enqueue(bytes.slice(0, cut));
          controller.enqueue(bytes.slice(cut));
          controller.close();
        },
      }),
  ]);
  await followStream(told.following);
  assert.deepEqual(told.data, ['Zoë']);
});

test('a stream that falls silent is given up and opened again', async () => {
  const told = follower([() => streamOf(['id: 1\ndata: a\n\n'], true), () => streamOf(['data: b\n\n'])], {
    silenceMs: 20,
  });
  await followStream(told.following);
  assert.deepEqual(told.asked, ['', '1']);
  assert.deepEqual(told.data, ['a', 'b']);
});

test('after a long gap the stream begins anew instead of telling all of it', async () => {
  const told = follower([() => streamOf(['id: 1\ndata: a\n\n']), () => streamOf(['data: b\n\n'])], {
    forgetMs: 0,
  });
  await followStream(told.following);
  assert.deepEqual(told.asked, ['', '']);
  assert.deepEqual(told.opened, [false, false]);
});

test('what is not worth another attempt ends it', async () => {
  const refusal = new Error('refused');
  const told = follower(
    [
      () => {
        throw refusal;
      },
    ],
    {},
    () => false,
  );
  await assert.rejects(followStream(told.following), refusal);
  assert.equal(told.cuts, 0);
});
