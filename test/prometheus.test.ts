import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type Harness, openHarness } from './harness.ts';

const token = 'an-operators-token-that-is-long-enough';
const packaging = join(import.meta.dirname, '../packaging');
const skip =
  spawnSync('promtool', ['--version']).status === 0
    ? false
    : 'promtool is not installed (Debian: prometheus)';

function promtool(args: readonly string[], input?: string): void {
  const { status, stdout, stderr } = spawnSync('promtool', args, { input, encoding: 'utf8' });
  assert.equal(status, 0, `${stdout}${stderr}`);
  assert.equal(args[1] === 'metrics' ? stderr : '', '', 'promtool has nothing to remark');
}

/** What a query of Prometheus names. */
function metricsIn(text: string): string[] {
  return [...new Set(text.match(/\b(?:keyward|process|nodejs)_[a-z_]+/g) ?? [])];
}

describe('Prometheus and Grafana', () => {
  let t: Harness;
  let operator: string;
  let tenant: string;
  before(async () => {
    t = await openHarness('sqlite', {
      settings: { KEYWARD_METRICS_TOKEN: token, KEYWARD_REQUEST_LOG: 'on' },
    });
    const key = await t.createKey({ scopes: ['analytics:read', 'knowledge:read'] });
    await t.send({ url: '/api/v1/kb/articles', key: key.secret });
    await t.send({ url: '/api/v1/kb/articles/none', key: key.secret });
    await t.send({ url: '/api/v1/me', key: 'garbage' });
    operator = (await t.send({ url: '/metrics', key: token })).text;
    tenant = (await t.send({ url: '/metrics', key: key.secret })).text;
  });
  after(() => t.close());

  test('promtool finds nothing wrong with the metrics', { skip }, () => {
    promtool(['check', 'metrics'], operator);
    promtool(['check', 'metrics'], tenant);
  });

  test('every series belongs to a metric that is described, and stands once', () => {
    for (const text of [operator, tenant]) {
      const lines = text.trimEnd().split('\n');
      const described = lines.flatMap((line) => /^# TYPE (\S+)/.exec(line)?.[1] ?? []);
      const series = lines
        .filter((line) => !line.startsWith('#'))
        .map((line) => line.slice(0, line.lastIndexOf(' ')));
      assert.equal(new Set(described).size, described.length);
      assert.equal(new Set(series).size, series.length);
      for (const line of series) {
        const name = /^[a-z_]+/.exec(line)![0];
        assert.ok(
          described.includes(name.replace(/_(bucket|sum|count)$/, '')) || described.includes(name),
          name,
        );
      }
    }
  });

  for (const file of ['grafana-dashboard.json', 'prometheus-alerts.yml']) {
    test(`every metric that ${file} names exists`, () => {
      const names = metricsIn(readFileSync(join(packaging, file), 'utf8'));
      assert.ok(names.length > 3);
      const text = `${operator}${tenant}`;
      const missing = names.filter((name) => !text.includes(`\n${name}{`) && !text.includes(`\n${name} `));
      // The first line has none before it.
      assert.deepEqual(
        missing.filter((name) => !text.startsWith(name)),
        [],
      );
    });
  }

  test('a panel of the dashboard lies beside, below or above every other, and has a name', () => {
    const { panels } = JSON.parse(readFileSync(join(packaging, 'grafana-dashboard.json'), 'utf8'));
    const places = panels.map(
      ({ gridPos }: { gridPos: { x: number; y: number } }) => `${gridPos.x} ${gridPos.y}`,
    );
    assert.equal(new Set(places).size, panels.length);
    assert.ok(panels.every(({ title }: { title: string }) => title !== ''));
  });

  test('promtool accepts the example and its alerts', { skip }, () => {
    const directory = mkdtempSync(join(tmpdir(), 'keyward-prometheus-'));
    try {
      const config = readFileSync(join(packaging, 'prometheus.yml'), 'utf8');
      const at = (name: string) => join(directory, name);
      for (const name of ['keyward-token', 'keyward-key']) writeFileSync(at(name), 'x'.repeat(40));
      writeFileSync(at('keyward-alerts.yml'), readFileSync(join(packaging, 'prometheus-alerts.yml')));
      writeFileSync(at('prometheus.yml'), config.replaceAll('/etc/prometheus', directory));
      promtool(['check', 'config', at('prometheus.yml')]);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
