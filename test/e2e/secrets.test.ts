import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { openConsole, type Watched } from './console.ts';
import type { Person } from './person.ts';
import { fillKey, shownSecret } from './steps.ts';

/** Everything of the browser in which a text could still be. */
async function findText(page: Page, text: string): Promise<string[]> {
  return page.evaluate(async (wanted) => {
    const places: Record<string, string> = {
      address: location.href,
      history: JSON.stringify(history.state),
      document: document.documentElement.outerHTML,
      fields: [...document.querySelectorAll('input, textarea')]
        .map((field) => (field as HTMLInputElement).value)
        .join('\n'),
      localStorage: JSON.stringify({ ...localStorage }),
      sessionStorage: JSON.stringify({ ...sessionStorage }),
      databases: JSON.stringify(await indexedDB.databases()),
      caches: JSON.stringify(await caches.keys()),
      requests: performance
        .getEntriesByType('resource')
        .map(({ name }) => name)
        .join('\n'),
    };
    return Object.entries(places).flatMap(([place, kept]) => (kept.includes(wanted) ? [place] : []));
  }, text);
}

/** Whether any object of the page still holds the text: the heap as the browser's own tools see it. */
async function isInMemory(page: Page, text: string): Promise<boolean> {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.enable');
  await session.send('HeapProfiler.collectGarbage');
  let isFound = false;
  let rest = '';
  session.on('HeapProfiler.addHeapSnapshotChunk', ({ chunk }) => {
    isFound ||= (rest + chunk).includes(text);
    rest = chunk.slice(-200);
  });
  await session.send('HeapProfiler.takeHeapSnapshot', { reportProgress: false });
  await session.detach();
  return isFound;
}

describe('a secret', () => {
  const console = openConsole({ hasOwner: true });
  let person: Person;
  let seen: Watched;
  const said: string[] = [];

  before(async () => {
    person = await console.person();
    seen = await console.pageOf(person, { permissions: ['clipboard-read', 'clipboard-write'] });
    seen.page.on('console', (message) => said.push(message.text()));
  });

  async function createKey(name: string): Promise<string> {
    const { page } = seen;
    await page.goto('/keys/new');
    await fillKey(page, name);
    await page.getByRole('button', { name: 'Create key' }).click();
    return shownSecret(page);
  }

  test('is nowhere in the browser once its dialog is closed', async () => {
    const { page, errors } = seen;
    const secret = await createKey('Help center — Search');
    assert.equal(await isInMemory(page, secret), true, 'while it is shown, an object holds it');
    assert.deepEqual(
      await findText(page, secret),
      ['document'],
      'while it is shown, it is in the document alone',
    );
    await page.getByRole('button', { name: 'Test this key now' }).click();
    await page.getByText('It works: status 200').waitFor();
    for (const form of ['curl', '.env', 'HTTP header']) {
      await page.getByRole('radio', { name: form }).check({ force: true });
      assert.ok((await page.getByRole('dialog').textContent())?.includes(secret), form);
    }
    await page.getByRole('radio', { name: 'Secret' }).check({ force: true });
    await page.getByRole('dialog').getByRole('button', { name: /^Copy/ }).first().click();
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    assert.deepEqual(await findText(page, secret), []);
    assert.equal(await isInMemory(page, secret), false, 'no object of the page holds it');
    await page.reload();
    assert.deepEqual(await findText(page, secret), []);
    assert.ok(!said.join('\n').includes(secret), 'the console of the browser never said it');
    assert.deepEqual(errors, []);
  });

  test('that is pasted into a search never gets into the address or to the server', async () => {
    const { page } = seen;
    const secret = await createKey('Help center — Feed');
    await page.getByRole('dialog').getByRole('button', { name: /^Copy/ }).first().click();
    await page.getByRole('button', { name: 'Done' }).click();
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await page.goto('/keys');
    await page.getByRole('searchbox').focus();
    await page.keyboard.press('Control+v');
    await page.getByRole('link', { name: 'Help center — Feed' }).waitFor();
    await page.waitForURL(/[?&]q=/);
    assert.equal(new URL(page.url()).searchParams.get('q'), secret.slice(0, 18));
    assert.ok(!asked.join('\n').includes(secret.slice(18)));
    assert.deepEqual(await findText(page, secret), []);
  });

  test('is not lost by closing too soon: who has not copied it is asked once', async () => {
    const { page } = seen;
    const secret = await createKey('Help center — Sitemap');
    await page.keyboard.press('Escape');
    await page.getByText('Close without copying?').waitFor();
    await page.getByRole('button', { name: 'Back to the secret' }).click();
    assert.ok((await page.getByRole('dialog').textContent())?.includes(secret));
    await page.getByRole('button', { name: 'Close', exact: true }).last().click();
    await page.getByRole('button', { name: 'Close without copying' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    assert.deepEqual(await findText(page, secret), []);
  });

  test('is asked for twice where no scope was chosen, and the page says in words what that means', async () => {
    const { page } = seen;
    await page.goto('/keys/new');
    await page.getByLabel('Name', { exact: true }).fill('Everything — Migration');
    await page.getByRole('button', { name: 'Create key' }).click();
    const dialog = page.getByRole('dialog');
    await dialog
      .getByText(/inherits/i)
      .first()
      .waitFor();
    assert.equal(
      (await person.send<{ data: unknown[] }>('GET', '/api-keys?q=Everything')).body.data.length,
      0,
    );
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await page.context().close();
  });
});
