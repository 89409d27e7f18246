import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';

export type Value = string | number | boolean | null;

export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for a root. */
  readonly parentSpanId: string;
  readonly traceState: string;
  readonly name: string;
  readonly kind: 'internal' | 'server' | 'client' | 'producer' | 'consumer';
  readonly startMs: number;
  readonly endMs: number;
  readonly isError: boolean;
  readonly attributes: Readonly<Record<string, Value>>;
  /** Of the program that sent it. */
  readonly resource: Readonly<Record<string, Value>>;
}

interface Field {
  readonly number: number;
  readonly varint: bigint;
  readonly bytes: Buffer;
}

/** The wire format of protobuf: https://protobuf.dev/programming-guides/encoding */
function* fieldsOf(message: Buffer): Generator<Field> {
  let at = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = message[at++]!;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const take = (length: number) => {
    at += length;
    if (at > message.length) throw new Error('the message is cut off');
    return message.subarray(at - length, at);
  };
  while (at < message.length) {
    const tag = Number(varint());
    const wireType = tag & 7;
    const number = tag >> 3;
    if (wireType === 0) yield { number, varint: varint(), bytes: Buffer.alloc(0) };
    else if (wireType === 1) yield { number, varint: 0n, bytes: take(8) };
    else if (wireType === 5) yield { number, varint: 0n, bytes: take(4) };
    else if (wireType === 2) yield { number, varint: 0n, bytes: take(Number(varint())) };
    else throw new Error(`there is no wire type ${wireType}`);
  }
}

function all(message: Buffer, number: number): Buffer[] {
  return [...fieldsOf(message)].filter((field) => field.number === number).map(({ bytes }) => bytes);
}

function first(message: Buffer, number: number): Buffer {
  return all(message, number)[0] ?? Buffer.alloc(0);
}

function readValue(any: Buffer): Value {
  for (const { number, varint, bytes } of fieldsOf(any)) {
    if (number === 1) return bytes.toString();
    if (number === 2) return varint === 1n;
    if (number === 3) return Number(BigInt.asIntN(64, varint));
    if (number === 4) return bytes.readDoubleLE();
    throw new Error('a list or a map, which Keyward sends none of');
  }
  return null;
}

function attributesOf(message: Buffer, number: number): Record<string, Value> {
  return Object.fromEntries(
    all(message, number).map((pair) => [first(pair, 1).toString(), readValue(first(pair, 2))]),
  );
}

const kinds = ['internal', 'internal', 'server', 'client', 'producer', 'consumer'] as const;
const errorStatus = 2n;

function msOf(nanoseconds: Buffer): number {
  return Number(nanoseconds.readBigUInt64LE()) / 1e6;
}

function numberOf(message: Buffer, number: number): bigint {
  return [...fieldsOf(message)].find((field) => field.number === number)?.varint ?? 0n;
}

/** opentelemetry/proto/trace/v1/trace.proto */
function spanOf(span: Buffer, resource: ReceivedSpan['resource']): ReceivedSpan {
  return {
    traceId: first(span, 1).toString('hex'),
    spanId: first(span, 2).toString('hex'),
    traceState: first(span, 3).toString(),
    parentSpanId: first(span, 4).toString('hex'),
    name: first(span, 5).toString(),
    kind: kinds[Number(numberOf(span, 6))]!,
    startMs: msOf(first(span, 7)),
    endMs: msOf(first(span, 8)),
    attributes: attributesOf(span, 9),
    isError: numberOf(first(span, 15), 3) === errorStatus,
    resource,
  };
}

/** An `ExportTraceServiceRequest`. */
function spansOf(request: Buffer): ReceivedSpan[] {
  return all(request, 1).flatMap((ofResource) => {
    const resource = attributesOf(first(ofResource, 1), 1);
    return all(ofResource, 2).flatMap((ofScope) => all(ofScope, 2).map((span) => spanOf(span, resource)));
  });
}

export interface Collector {
  readonly url: string;
  readonly spans: readonly ReceivedSpan[];
  /** Everything that came, as it came. */
  readonly bodies: readonly Buffer[];
  readonly requests: readonly { readonly path: string; readonly headers: IncomingHttpHeaders }[];
  /** What it answers from now on. */
  answer(status: number): void;
  /** The first span of which that is true, when it is there. */
  find(is: (span: ReceivedSpan) => boolean): Promise<ReceivedSpan>;
  close(): Promise<void>;
}

/** Takes traces as an OpenTelemetry collector does: OTLP over HTTP, as protobuf. */
export async function openCollector(port = 0): Promise<Collector> {
  const spans: ReceivedSpan[] = [];
  const bodies: Buffer[] = [];
  const requests: Collector['requests'][number][] = [];
  const arrivals = new EventEmitter();
  let status = 200;
  const server = createServer(async (request, response) => {
    const sent = await buffer(request);
    const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent;
    requests.push({ path: `${request.method} ${request.url}`, headers: request.headers });
    bodies.push(body);
    if (status === 200) spans.push(...spansOf(body));
    response.writeHead(status, { 'content-type': 'application/x-protobuf' }).end();
    arrivals.emit('spans');
  }).listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    bodies,
    requests,
    answer: (next) => {
      status = next;
    },
    find: async (is) => {
      for (;;) {
        const found = spans.find(is);
        if (found) return found;
        await once(arrivals, 'spans');
      }
    },
    close: async () => {
      server.close();
      server.closeAllConnections();
      if (server.listening) await once(server, 'close');
    },
  };
}
