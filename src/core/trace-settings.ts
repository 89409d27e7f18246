import { z } from 'zod';
import { listOf, type Setting, setting } from './setting-values.ts';

const optional = z.string().optional();
const samplers = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;

/**
 * Variables of the OpenTelemetry specification. Other programs of the machine may be meant by them, with values that
 * we do not know: each is taken as it is, and read only where traces are switched on.
 */
export const traceSettings = {
  OTEL_EXPORTER_OTLP_ENDPOINT: setting(
    optional,
    'Switches traces on: where an OpenTelemetry collector takes OTLP over HTTP, such as http://localhost:4318. `/v1/traces` is added.',
  ),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: setting(
    optional,
    'The same for traces alone; taken as it is, nothing is added.',
  ),
  OTEL_EXPORTER_OTLP_HEADERS: setting(
    optional,
    'Headers for the collector, such as api-key=…,x-team=ops.',
    true,
  ),
  OTEL_EXPORTER_OTLP_PROTOCOL: setting(
    z.string().default('http/protobuf'),
    'How traces are sent; this version knows http/protobuf.',
  ),
  OTEL_SERVICE_NAME: setting(z.string().default('keyward'), 'What this server is called in traces.'),
  OTEL_RESOURCE_ATTRIBUTES: setting(
    optional,
    'What else is said of this server in traces, such as deployment.environment.name=prod.',
  ),
  OTEL_TRACES_SAMPLER: setting(
    z.string().default('parentbased_always_on'),
    'Which requests are traced: always_on, always_off or traceidratio, or one of these with parentbased_ before it, which does as the caller did where the request brings a traceparent.',
  ),
  OTEL_TRACES_SAMPLER_ARG: setting(optional, 'Share of requests for traceidratio, 0 to 1.'),
  OTEL_BSP_SCHEDULE_DELAY: setting(z.string().default('1000'), 'Milliseconds between two batches of spans.'),
  OTEL_SDK_DISABLED: setting(optional, 'true switches traces off, whatever else is set.'),
} as const;

type Given = {
  readonly [K in keyof typeof traceSettings]: (typeof traceSettings)[K] extends Setting<infer T> ? T : never;
};

export interface TraceSettings {
  /** Where spans are posted to. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly serviceName: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly sampler: (typeof samplers)[number];
  readonly ratio: number;
  /** Between two batches. */
  readonly delayMs: number;
}

/** null: switched off. Throws a sentence about what cannot be used; it never repeats a header. */
export function readTraceSettings(given: Given): TraceSettings | null {
  if (given.OTEL_SDK_DISABLED?.trim().toLowerCase() === 'true') return null;
  const url = urlOf(given);
  if (url === null) return null;
  const protocol = given.OTEL_EXPORTER_OTLP_PROTOCOL;
  if (protocol !== 'http/protobuf') {
    throw new Error(
      `OTEL_EXPORTER_OTLP_PROTOCOL is ${protocol}, but this version sends http/protobuf: unset it, and name the port of the collector for HTTP, 4318 most often.`,
    );
  }
  return {
    url,
    headers: pairsOf('OTEL_EXPORTER_OTLP_HEADERS', given.OTEL_EXPORTER_OTLP_HEADERS),
    serviceName: given.OTEL_SERVICE_NAME,
    attributes: pairsOf('OTEL_RESOURCE_ATTRIBUTES', given.OTEL_RESOURCE_ATTRIBUTES),
    ...samplerOf(given),
    delayMs: delayOf(given),
  };
}

function urlOf(given: Given): string | null {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: all, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: traces } = given;
  const name = traces ? 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT' : 'OTEL_EXPORTER_OTLP_ENDPOINT';
  const text = traces || all;
  if (!text) return null;
  const url = URL.parse(text);
  if (url === null || !['http:', 'https:'].includes(url.protocol) || url.username || url.password) {
    throw new Error(
      `${name} is not an http or https URL without a password in it, such as http://localhost:4318.`,
    );
  }
  if (!traces) url.pathname = `${url.pathname.replace(/\/$/, '')}/v1/traces`;
  return url.href;
}

function pairsOf(name: string, text = ''): Record<string, string> {
  return Object.fromEntries(
    listOf(text).map((pair) => {
      const [key, value] = pair.split(/=(.*)/s, 2).map((part) => part.trim());
      if (!key || value === undefined)
        throw new Error(`${name} is not a list such as name=value,other=value.`);
      try {
        return [decodeURIComponent(key), decodeURIComponent(value)];
      } catch {
        throw new Error(`${name} has a value with a % that begins no %-escape: write %25 for it.`);
      }
    }),
  );
}

function delayOf({ OTEL_BSP_SCHEDULE_DELAY: text }: Given): number {
  const ms = Number(text);
  if (Number.isInteger(ms) && ms >= 1 && ms <= 60_000) return ms;
  throw new Error('OTEL_BSP_SCHEDULE_DELAY is not a whole number of milliseconds from 1 to 60000.');
}

function samplerOf(given: Given): Pick<TraceSettings, 'sampler' | 'ratio'> {
  const { OTEL_TRACES_SAMPLER: name, OTEL_TRACES_SAMPLER_ARG: argument = '1' } = given;
  const sampler = samplers.find((known) => known === name);
  if (sampler === undefined) throw new Error(`OTEL_TRACES_SAMPLER is none of ${samplers.join(', ')}.`);
  const ratio = Number(argument);
  if (!(ratio >= 0 && ratio <= 1)) throw new Error('OTEL_TRACES_SAMPLER_ARG is not a number from 0 to 1.');
  return { sampler, ratio };
}
