import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import type { TraceSettings } from '../core/trace-settings.ts';

/** Sends spans to the collector, and tells when that begins to fail, and (null) when it works again. */
export class WatchedExporter implements SpanExporter {
  readonly #exporter: OTLPTraceExporter;
  readonly #onState: (failure: string | null) => void;
  #isFailing = false;

  constructor({ url, headers }: TraceSettings, onState: (failure: string | null) => void) {
    this.#exporter = new OTLPTraceExporter({ url, headers: { ...headers } });
    this.#onState = onState;
  }

  export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    this.#exporter.export(spans, (result) => {
      this.#note(result);
      done(result);
    });
  }

  forceFlush(): Promise<void> {
    return this.#exporter.forceFlush();
  }

  shutdown(): Promise<void> {
    return this.#exporter.shutdown();
  }

  #note({ code, error }: ExportResult): void {
    const isFailing = code !== ExportResultCode.SUCCESS;
    if (isFailing === this.#isFailing) return;
    this.#isFailing = isFailing;
    this.#onState(isFailing ? (error?.message ?? 'the collector did not take them') : null);
  }
}
