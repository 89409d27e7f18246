import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { App } from '../app.ts';
import { Alerts } from './index.ts';

test('a rule that is changed while keys are looked at is looked at soon, not with the next look at all', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const looks: (() => void)[] = [];
  // Answers that there are no tenants, when it is told to.
  const query: object = new Proxy(
    {},
    {
      get: (_, name) => {
        if (name !== 'execute') return () => query;
        return () => new Promise((resolve) => looks.push(() => resolve([])));
      },
    },
  );
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  const app = { database: { read: query }, clock: { wallMs: Date.now }, mailer: null };
  const alerts = new Alerts(app as unknown as App);
  alerts.start();
  alerts.rulesChanged();
  t.mock.timers.tick(1_000);
  await turn();
  const before = looks.length;
  alerts.rulesChanged();
  looks.at(-1)!();
  await turn();
  t.mock.timers.tick(1_100);
  await turn();
  assert.equal(looks.length, before + 1);
  await alerts.stop();
});
