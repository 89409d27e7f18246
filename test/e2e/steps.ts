import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';

/** Fills in the form of a new key that reads the knowledge base, contacts and conversations. */
export async function fillKey(page: Page, name: string): Promise<void> {
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByRole('radio', { name: 'By bundle' }).check({ force: true });
  await page.getByRole('radio', { name: /^Basic/ }).check({ force: true });
}

/** The secret in the dialog that has just opened. */
export async function shownSecret(page: Page): Promise<string> {
  const dialog = page.getByRole('dialog');
  await dialog.getByText('cannot be shown again').first().waitFor();
  const secret = /sa_(?:live|test)_[0-9A-Za-z]{48}/.exec((await dialog.textContent()) ?? '')?.[0];
  assert.ok(secret, 'the dialog shows a secret');
  return secret;
}

/** A page that has all it asked for. */
export async function settled(page: Page): Promise<void> {
  await page.locator('main h1').first().waitFor();
  await page.locator('main [aria-busy="true"], main .animate-pulse').first().waitFor({ state: 'detached' });
}
