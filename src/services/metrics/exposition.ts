export type Labels = Readonly<Record<string, string>>;

export interface Sample {
  /** Of histograms and summaries: which of their parts this is. */
  readonly suffix?: '_bucket' | '_sum' | '_count';
  readonly labels?: Labels;
  readonly value: number;
}

/** One metric with all of its series. The name of a counter ends in `_total`; times are seconds, sizes bytes. */
export interface Family {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram' | 'summary';
  readonly help: string;
  readonly samples: readonly Sample[];
}

export interface Exposition {
  readonly contentType: string;
  readonly text: string;
}

type Format = 'text' | 'openmetrics';

const contentTypes: Readonly<Record<Format, string>> = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

/** OpenMetrics where the scraper accepts it, else the text format that every Prometheus reads. */
function formatFor(accept: string | undefined): Format {
  return /(?:^|,)\s*application\/openmetrics-text\b/i.test(accept ?? '') ? 'openmetrics' : 'text';
}

const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n' };

function labelText(labels: Labels | undefined): string {
  const pairs = Object.entries(labels ?? {}).map(
    ([name, value]) => `${name}="${value.replaceAll(/[\\"\n]/g, (character) => escapes[character]!)}"`,
  );
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

/** Bounds are floats in both formats, so that a change of format does not begin new series. */
export function boundText(bound: number): string {
  if (bound === Number.POSITIVE_INFINITY) return '+Inf';
  return Number.isInteger(bound) ? `${bound}.0` : String(bound);
}

function valueText(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}

function familyText({ name, type, help, samples }: Family, format: Format): string {
  const family = format === 'openmetrics' && type === 'counter' ? name.replace(/_total$/, '') : name;
  const lines = samples.map(
    ({ suffix, labels, value }) => `${name}${suffix ?? ''}${labelText(labels)} ${valueText(value)}\n`,
  );
  return `# HELP ${family} ${help}\n# TYPE ${family} ${type}\n${lines.join('')}`;
}

/** Families without a series are left out. */
export function expose(families: readonly Family[], accept: string | undefined): Exposition {
  const format = formatFor(accept);
  const text = families
    .filter(({ samples }) => samples.length > 0)
    .map((family) => familyText(family, format))
    .join('');
  return { contentType: contentTypes[format], text: format === 'openmetrics' ? `${text}# EOF\n` : text };
}

export function counter(name: string, help: string, samples: number | readonly Sample[]): Family {
  return { name, type: 'counter', help, samples: listOf(samples) };
}

export function gauge(name: string, help: string, samples: number | readonly Sample[]): Family {
  return { name, type: 'gauge', help, samples: listOf(samples) };
}

function listOf(samples: number | readonly Sample[]): readonly Sample[] {
  return typeof samples === 'number' ? [{ value: samples }] : samples;
}
