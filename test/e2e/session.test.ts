import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { seedOf, totp } from '../totp.ts';
import { openConsole, owner, screenshot } from './console.ts';
import { Person } from './person.ts';
import { fillKey, settled } from './steps.ts';

/** What the app would show now, or a step of 30 seconds later: no code is good twice. */
function codeOf(seed: string, steps = 0): string {
  return totp(seedOf(`otpauth://totp/x?secret=${seed}`).bytes, Date.now(), steps);
}

/** What the pages offer to change: the words of their buttons and links. */
async function offers(page: Page, paths: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const path of paths) {
    await page.goto(path);
    await settled(page);
    const words = await page.locator('main').locator('button, a').allTextContents();
    found.push(...words.filter((word) => /^(Create key|Create webhook|Rotate|Edit|Invite|Save)$/.test(word)));
  }
  return found;
}

describe('people', () => {
  const console = openConsole({ hasOwner: true });
  let person: Person;
  before(async () => {
    person = await console.person();
  });

  test('whose session ends go on with the form they had filled in', async () => {
    const { page } = await console.pageOf(person);
    await page.goto('/keys/new');
    await fillKey(page, 'Billing — Invoices');
    await page.context().clearCookies();
    await page.getByRole('button', { name: 'Create key' }).click();
    await page.getByText('Your session has ended').waitFor();
    await screenshot(page, 'session-ended');
    await page.getByRole('dialog').getByLabel('Password', { exact: true }).fill(owner.password);
    await page.getByRole('dialog').getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByText('cannot be shown again').first().waitFor();
    const { body } = await person.send<{ data: { name: string }[] }>('GET', '/api-keys?q=Billing');
    assert.deepEqual(
      body.data.map(({ name }) => name),
      ['Billing — Invoices'],
      'one key, as it was filled in',
    );
    await page.context().close();
  });

  test('come back to the page they wanted once they have signed in', async () => {
    const { page, errors } = await console.page();
    await page.goto('/keys?status=active&env=staging');
    await page.getByLabel('E-mail address').fill(owner.email);
    await page.getByLabel('Password', { exact: true }).fill('not the password');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page
      .getByText(/wrong|not right|do not/i)
      .first()
      .waitFor();
    await page.getByLabel('Password', { exact: true }).fill(owner.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'API keys' }).waitFor();
    assert.deepEqual(Object.fromEntries(new URL(page.url()).searchParams), {
      status: 'active',
      env: 'staging',
    });
    assert.deepEqual(errors, []);
    await page.context().close();
  });

  test('protect their account with a second factor, and sign in with it', async () => {
    const { page } = await console.page();
    const invited = await person.make<{ link: string }>('/invitations', {
      email: 'grace@example.com',
      role: 'viewer',
    });
    await page.goto(invited.link.replace('127.0.0.1', 'localhost'));
    await page.getByLabel('Your name').fill('Grace Hopper');
    await page.getByLabel('Password', { exact: true }).fill('a compiler is a program');
    await page.getByRole('button', { name: /join|accept|become/i }).click();
    await page.waitForURL(/overview|keys/);
    await page.goto('/account');
    await page.getByRole('button', { name: 'Turn it on' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Your password').fill('a compiler is a program');
    await dialog.getByRole('button', { name: 'Go on' }).click();
    await dialog.getByRole('img', { name: /QR code/ }).waitFor();
    const seed = ((await dialog.locator('p.font-mono').textContent()) ?? '').replaceAll(' ', '');
    assert.match(seed, /^[A-Z2-7]{26,}$/, 'the seed can be typed');
    await dialog.getByLabel('Code', { exact: true }).fill(codeOf(seed));
    await dialog.locator('button[type=submit]').click();
    await dialog.waitFor({ state: 'detached' });
    await page.context().clearCookies();
    await page.goto('/sign-in');
    await page.getByLabel('E-mail address').fill('grace@example.com');
    await page.getByLabel('Password', { exact: true }).fill('a compiler is a program');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Enter your code' }).waitFor();
    await page.getByLabel('Code', { exact: true }).fill(codeOf(seed, 1));
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL(/overview|keys/);
    await page.context().close();
  });

  test('who may only look are offered nothing that would be refused, and told who may', async () => {
    const link = (
      await person.make<{ link: string }>('/invitations', { email: 'vera@example.com', role: 'viewer' })
    ).link;
    const token = new URLSearchParams(new URL(link).hash.slice(1)).get('token')!;
    const viewer = await Person.accept(console.url, token, 'Vera', 'only looking around here');
    const key = await person.make<{ id: string }>('/api-keys', {
      name: 'Shop — Orders',
      scopes: ['contacts:read'],
    });
    const paths = [
      '/overview',
      '/keys',
      `/keys/${key.id}`,
      '/keys/new',
      '/logs',
      '/audit-log',
      '/members',
      '/settings',
      '/webhooks',
      '/my-keys',
    ];
    const { page, errors } = await console.pageOf(viewer);
    const refused: string[] = [];
    page.on('response', (answer) => {
      if (answer.status() >= 400) refused.push(`${answer.status()} ${answer.url()}`);
    });
    assert.deepEqual(await offers(page, paths), []);
    assert.deepEqual(refused, [], 'nothing was asked that is refused');
    assert.deepEqual(errors, []);
    await page.context().close();
    const { page: theirs } = await console.pageOf(person);
    const offered = new Set(await offers(theirs, paths));
    assert.deepEqual(offered, new Set(['Create key', 'Rotate', 'Edit', 'Invite', 'Create webhook', 'Save']));
    await theirs.context().close();
  });
});
