import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type Attributes,
  type Context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type TextMapGetter,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { maskSecrets } from '../core/secret.ts';
import type { TraceSettings } from '../core/trace-settings.ts';
import { WatchedExporter } from './exporter.ts';
import { samplerOf } from './sampler.ts';

export type { Attributes };

/** A collector that is away must not hold up the stop. */
const maxFlushMs = 2_000;
const maxTextLength = 1_024;

/** What is under way, as a span of a trace. */
export interface Work {
  readonly span: Span;
  readonly context: Context;
  /** false: the sampler left it out, and only its ids are of use. */
  readonly isSampled: boolean;
  isOver: boolean;
}

/** Headers as Node has them. */
export type Carrier = Readonly<Record<string, string | string[] | undefined>>;

/** `tracestate` goes on to the collector as it came: not with a secret in it. */
const getter: TextMapGetter<Carrier> = {
  keys: (carrier) => Object.keys(carrier),
  get: (carrier, name) => {
    const value = carrier[name];
    const text = String(value);
    return maskSecrets(text) === text ? value : undefined;
  },
};

/** Every text of a span goes through here: whatever has the shape of a secret keeps only its hint. */
function clean(attributes: Attributes): Attributes {
  const cleaned: Attributes = {};
  for (const name in attributes) {
    const value = attributes[name];
    if (value === undefined) continue;
    cleaned[name] = typeof value === 'string' ? maskSecrets(value).slice(0, maxTextLength) : value;
  }
  return cleaned;
}

/**
 * Spans of OpenTelemetry, sent as OTLP. What begins while other work is under way, in the same async context, is its
 * child. Nothing waits for the collector: what it does not take is dropped.
 */
export class Tracing {
  readonly #provider: TracerProvider;
  readonly #tracer: Tracer;
  readonly #propagator = new W3CTraceContextPropagator();
  readonly #under = new AsyncLocalStorage<Work>();

  constructor(settings: TraceSettings, version: string, onState: (failure: string | null) => void) {
    const resource = {
      'service.version': version,
      ...settings.attributes,
      'service.name': settings.serviceName,
    };
    this.#provider = new TracerProvider({
      resource: defaultResource().merge(resourceFromAttributes(clean(resource))),
      sampler: samplerOf(settings),
      spanProcessors: [
        new BatchSpanProcessor({
          exporter: new WatchedExporter(settings, onState),
          scheduledDelayMillis: settings.delayMs,
          maxQueueSize: 8_192,
        }),
      ],
    });
    this.#tracer = this.#provider.getTracer('keyward', version);
  }

  /** A request as it came: the span that its `traceparent` names is its parent. */
  beginRequest(name: string, headers: Carrier): Work {
    const from = this.#propagator.extract(ROOT_CONTEXT, headers, getter);
    return this.#begin(name, SpanKind.SERVER, {}, from);
  }

  beginChild(name: string, attributes: Attributes, of: Work): Work {
    return this.#begin(name, SpanKind.INTERNAL, attributes, of.context);
  }

  describe({ span }: Work, attributes: Attributes): void {
    span.setAttributes(clean(attributes));
  }

  /** `error` is the kind of failure, such as a code: never a text that came from outside. */
  end(work: Work, attributes: Attributes = {}, error: string | null = null): void {
    if (work.isOver) return;
    work.isOver = true;
    const { span } = work;
    this.describe(work, attributes);
    if (error !== null) span.setAttribute('error.type', error).setStatus({ code: SpanStatusCode.ERROR });
    span.end();
  }

  rename({ span }: Work, name: string): void {
    span.updateName(name);
  }

  /** What `then` begins, now or later, is part of this work. */
  within<T>(work: Work, then: () => T): T {
    return this.#under.run(work, then);
  }

  /** Runs `then` as a part of what is under way; where nothing is, it leaves no trace. */
  asPart<T>(name: string, attributes: Attributes, then: () => Promise<T>): Promise<T> {
    const parent = this.#current();
    if (parent === null || !parent.isSampled) return then();
    return this.#carryOut(this.beginChild(name, attributes, parent), then);
  }

  /** Runs `then` as something that nobody waits for, in a trace of its own. */
  asOwn<T>(name: string, attributes: Attributes, then: () => Promise<T>): Promise<T> {
    return this.#carryOut(this.#begin(name, SpanKind.CONSUMER, attributes, ROOT_CONTEXT), then);
  }

  /** Something that is over, as a part of what is under way. */
  notePart(name: string, attributes: Attributes, durationMs: number): void {
    const parent = this.#current();
    if (parent === null || !parent.isSampled) return;
    const options = {
      kind: SpanKind.CLIENT,
      attributes: clean(attributes),
      startTime: Date.now() - durationMs,
    };
    this.#tracer.startSpan(name, options, parent.context).end();
  }

  /** For lines of the server log: where they meet with a trace. */
  ids(): { readonly trace_id?: string; readonly span_id?: string } {
    const work = this.#current();
    if (work === null) return {};
    const { traceId, spanId } = work.span.spanContext();
    return { trace_id: traceId, span_id: spanId };
  }

  /** Sends what is left, if the collector takes it at once. */
  async close(): Promise<void> {
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, maxFlushMs);
    await Promise.race([this.#provider.shutdown().catch(() => {}), late.promise]);
    clearTimeout(timer);
  }

  #begin(name: string, kind: SpanKind, attributes: Attributes, from: Context): Work {
    const span = this.#tracer.startSpan(name, { kind, attributes: clean(attributes) }, from);
    return { span, context: trace.setSpan(from, span), isSampled: span.isRecording(), isOver: false };
  }

  /** A timer or a thread that a request began keeps the request's context, and is no part of it once that is over. */
  #current(): Work | null {
    const work = this.#under.getStore();
    return work === undefined || work.isOver ? null : work;
  }

  async #carryOut<T>(work: Work, then: () => Promise<T>): Promise<T> {
    try {
      const result = await this.within(work, then);
      this.end(work);
      return result;
    } catch (error) {
      this.end(work, {}, errorTypeOf(error));
      throw error;
    }
  }
}

/** A code where there is one: a message may hold anything. */
function errorTypeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : error.name;
}
