import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { counter, expose, gauge } from './exposition.ts';

const families = [
  counter('acme_requests_total', 'Requests.', [
    { labels: { route: '/a/{id}', code: 'he said "no"\\\n' }, value: 3 },
    { labels: { route: '/b', code: 'ok' }, value: 0 },
  ]),
  gauge('acme_idle', 'Nothing.', []),
  gauge('acme_ratio', 'A number.', Number.POSITIVE_INFINITY),
];
const openMetrics = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

describe('an exposition', () => {
  test('is the text format unless OpenMetrics is accepted', () => {
    for (const accept of [undefined, '*/*', 'text/plain', 'text/html, application/json']) {
      assert.equal(expose(families, accept).contentType, 'text/plain; version=0.0.4; charset=utf-8');
    }
    for (const accept of [
      'application/openmetrics-text',
      'application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
    ]) {
      assert.equal(expose(families, accept).contentType, openMetrics);
    }
  });

  test('escapes labels, and leaves out what has no series', () => {
    assert.equal(
      expose(families, undefined).text,
      [
        '# HELP acme_requests_total Requests.',
        '# TYPE acme_requests_total counter',
        'acme_requests_total{route="/a/{id}",code="he said \\"no\\"\\\\\\n"} 3',
        'acme_requests_total{route="/b",code="ok"} 0',
        '# HELP acme_ratio A number.',
        '# TYPE acme_ratio gauge',
        'acme_ratio +Inf',
        '',
      ].join('\n'),
    );
  });

  test('as OpenMetrics, a counter is named without its ending, and the end is marked', () => {
    const { text } = expose(families, 'application/openmetrics-text');
    assert.match(
      text,
      /^# HELP acme_requests Requests\.\n# TYPE acme_requests counter\nacme_requests_total\{/,
    );
    assert.match(text, /\n# EOF\n$/);
  });
});
