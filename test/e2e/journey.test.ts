import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { onEachDatabase } from '../databases.ts';
import { openConsole, owner, screenshot } from './console.ts';
import { fillKey, shownSecret } from './steps.ts';

/** What a program does with the key. */
function call(url: string, secret: string, path: string, userAgent = 'report-writer/1.0') {
  return fetch(`${url}/api/v1${path}`, {
    headers: { Authorization: `Bearer ${secret}`, 'User-Agent': userAgent },
  });
}

onEachDatabase((kind, skip) =>
  describe(`from the set-up link to a revoked key, on ${kind}`, { skip }, () => {
    const console = openConsole({ hasOwner: false, kind });

    test('somebody new sets up, makes, uses, watches, rotates and revokes a key', async () => {
      const { page, errors } = await console.page({ permissions: ['clipboard-read', 'clipboard-write'] });
      const path = join(console.installation.env.KEYWARD_DATA_DIR!, 'setup-link');
      const link = readFileSync(path, 'utf8').trim();
      await page.goto(link.replace('127.0.0.1', 'localhost'));

      // Set up.
      await page.getByLabel('Your name').fill('Ada Lovelace');
      await page.getByLabel('E-mail address').fill(owner.email);
      await page.getByLabel('Password', { exact: true }).fill(owner.password);
      assert.equal(new URL(page.url()).hash, '', 'the token is out of the address');
      await page.getByRole('button', { name: /create the owner/i }).click();

      // Create.
      await page.waitForURL(/\/keys\/new/);
      await fillKey(page, 'Growth — Weekly report');
      await page.getByRole('button', { name: 'Create key' }).click();
      const first = await shownSecret(page);
      await page.getByRole('dialog').getByRole('button', { name: /^Copy/ }).first().click();
      await page.getByRole('button', { name: /test this key now/i }).click();
      await page
        .getByRole('dialog')
        .getByText(/200|works/i)
        .first()
        .waitFor();
      await screenshot(page, 'secret-dialog');
      await page
        .getByRole('button', { name: /^(Done|Close)$/ })
        .first()
        .click();
      await page.getByRole('dialog').waitFor({ state: 'detached' });

      // The copy is what a program gets.
      await page.goto('/keys/new');
      await page.getByLabel(/^Description/).focus();
      await page.keyboard.press('Control+v');
      assert.equal(await page.getByLabel(/^Description/).inputValue(), first);

      // Use.
      assert.equal((await call(console.url, first, '/kb/categories')).status, 200);
      assert.equal((await call(console.url, first, '/customers')).status, 403);

      // See it in the log and in usage.
      await page.goto('/keys');
      await page.getByRole('link', { name: 'Growth — Weekly report' }).click();
      await page.getByRole('heading', { name: 'Growth — Weekly report' }).waitFor();
      const key = page.url().split('?')[0]!;
      await page.getByRole('link', { name: 'Logs', exact: true }).last().click();
      await page.getByText('/api/v1/kb/categories').first().waitFor();
      await page.getByText('/api/v1/customers').first().waitFor();
      await page.goto(`${key}/usage`);
      await page.getByText('report-writer/1.0').first().waitFor();

      // Rotate, and see both secrets.
      await page.goto(key);
      await page
        .getByRole('button', { name: /^Rotate/ })
        .first()
        .click();
      await page.getByRole('dialog').getByRole('button', { name: 'Make the new secret' }).click();
      await page.getByRole('dialog').getByRole('button', { name: /^Copy/ }).first().waitFor();
      const second = await shownSecret(page);
      assert.notEqual(second, first);
      await page.getByRole('dialog').getByRole('button', { name: /^Copy/ }).first().click();
      await page
        .getByRole('button', { name: /^(Done|Close)$/ })
        .first()
        .click();
      assert.equal((await call(console.url, first, '/kb/categories', 'old-consumer/1')).status, 200);
      assert.equal((await call(console.url, second, '/kb/categories', 'new-consumer/2')).status, 200);
      await page.goto(`${key}/rotation`);
      await page.getByText(first.slice(0, 18)).first().waitFor();
      await page.getByText(second.slice(0, 18)).first().waitFor();
      await page.getByText('old-consumer/1').first().waitFor();

      // Retire the old one.
      await page
        .getByRole('button', { name: /end the old secret/i })
        .first()
        .click();
      await page.getByRole('dialog').getByRole('button', { name: /end/i }).last().click();
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      assert.equal((await call(console.url, first, '/kb/categories')).status, 401);
      assert.equal((await call(console.url, second, '/kb/categories')).status, 200);

      // Revoke.
      await page.goto(key);
      await page.getByRole('button', { name: 'More', exact: true }).click();
      await page.getByRole('menuitem', { name: /^Revoke/ }).click();
      await page
        .getByRole('dialog')
        .getByRole('button', { name: /^Revoke/ })
        .click();
      await page.getByText('Inactive').first().waitFor();
      assert.equal((await call(console.url, second, '/kb/categories', 'late/1')).status, 401);

      // Why?
      await page.goto(`${key}/logs`);
      await page.getByText('inactive_key').first().waitFor();
      await page.locator('tr[data-row]').first().click();
      await page.getByRole('dialog').getByRole('button', { name: 'Why?' }).click();
      await page.getByRole('dialog').getByText('Are key and secret active?').waitFor();
      await page.getByRole('dialog').getByText('Not active').first().waitFor();
      await screenshot(page, 'why');

      assert.deepEqual(errors, []);
      await page.context().close();
    });
  }),
);
