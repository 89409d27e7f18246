import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { openConsole } from './console.ts';
import type { Person } from './person.ts';

/** Tabs on until the focus is on what is called so. */
async function tabTo(page: Page, name: RegExp): Promise<void> {
  for (let step = 0; step < 80; step++) {
    await page.keyboard.press('Tab');
    const focused = await page.evaluate(() => {
      const { activeElement: element } = document;
      const label = element?.getAttribute('aria-label');
      const labelled = element instanceof HTMLInputElement ? element.labels?.[0]?.textContent : null;
      return (label ?? labelled ?? element?.textContent ?? '').trim();
    });
    if (name.test(focused)) return;
  }
  assert.fail(`the keyboard does not reach ${name}`);
}

/** Whether somebody who looks can see where the keyboard is. */
function isFocusVisible(page: Page): Promise<boolean> {
  return page.evaluate(() => {
    const { activeElement: element } = document;
    if (!element || element === document.body) return false;
    const shown = (node: Element) => getComputedStyle(node).outlineStyle !== 'none';
    return shown(element) || (element.parentElement !== null && shown(element.parentElement));
  });
}

describe('by keyboard alone', () => {
  const console = openConsole({ hasOwner: true });
  let owner: Person;
  before(async () => {
    owner = await console.person();
  });

  test('a key is found, opened, revoked and activated again', async () => {
    const key = await owner.make<{ id: string }>('/api-keys', {
      name: 'Kiosk — Tickets',
      scopes: ['contacts:read'],
    });
    const { page } = await console.pageOf(owner);
    await page.goto('/overview');
    await page.locator('main h1').waitFor();

    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: 'Search and commands' }).waitFor();
    await page.keyboard.type('kiosk');
    await page.getByRole('option', { name: /Kiosk/ }).first().waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(new RegExp(key.id));
    await page.getByRole('heading', { name: 'Kiosk — Tickets' }).waitFor();

    await tabTo(page, /^More$/);
    assert.ok(await isFocusVisible(page));
    await page.keyboard.press('Enter');
    await page.getByRole('menuitem', { name: 'Revoke' }).waitFor();
    await page.keyboard.type('Revoke');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.activeElement?.closest('[role="dialog"]'));
    await tabTo(page, /^Revoke key$/);
    await page.keyboard.press('Enter');
    await page.getByText('Inactive').first().waitFor();
    await page.getByRole('dialog').waitFor({ state: 'detached' });

    await tabTo(page, /^Activate$/);
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.activeElement?.closest('[role="dialog"]'));
    await tabTo(page, /^Activate/);
    await page.keyboard.press('Enter');
    await page.getByText('Active', { exact: true }).first().waitFor();
    await page.context().close();
  });

  test('every stop shows where it is, and the first leads past the navigation', async () => {
    const { page } = await console.pageOf(owner);
    await page.goto('/keys');
    await page.locator('tr[data-row]').first().waitFor();
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Skip to the page');
    const invisible: string[] = [];
    for (let step = 0; step < 40; step++) {
      await page.keyboard.press('Tab');
      if (await isFocusVisible(page)) continue;
      const name = await page.evaluate(() => document.activeElement?.outerHTML.slice(0, 120) ?? '');
      if (!name.startsWith('<body')) invisible.push(name);
    }
    assert.deepEqual(invisible, []);
    await page.context().close();
  });
});
