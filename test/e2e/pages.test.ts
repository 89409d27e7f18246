import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { violationsOn } from './axe.ts';
import { openConsole, screenshot } from './console.ts';
import type { Person } from './person.ts';
import { type Seeded, seed, startReceiver } from './seed.ts';
import { settled } from './steps.ts';

/** Every page there is; `{…}` is the id of what the seed made. */
const pages = [
  '/overview',
  '/keys',
  '/keys?status=inactive&q=importer',
  '/keys/new',
  '/keys/{rotating}',
  '/keys/{site}/usage',
  '/keys/{rotating}/rotation',
  '/keys/{sync}/access',
  '/keys/{site}/logs',
  '/keys/{rotating}/audit',
  '/logs',
  '/audit-log',
  '/jobs',
  '/jobs/{job}',
  '/customers',
  '/customers/{customer}',
  '/contacts',
  '/contacts/{contact}',
  '/conversations',
  '/conversations/{conversation}',
  '/licenses',
  '/licenses/{license}',
  '/products',
  '/telemetry',
  '/knowledge-base',
  '/knowledge-base/{article}',
  '/webhooks',
  '/webhooks/{webhook}',
  '/members',
  '/account',
  '/my-keys',
  '/scopes',
  '/rate-limits',
  '/settings',
  '/settings/environments',
  '/settings/logging',
  '/settings/policy',
  '/settings/flags',
  '/settings/alerts',
];

const looks = [
  { theme: 'light', width: 1440, height: 900 },
  { theme: 'dark', width: 1440, height: 900 },
  { theme: 'light', width: 375, height: 812 },
  { theme: 'dark', width: 375, height: 812 },
] as const;

describe('every page', () => {
  const console = openConsole({ hasOwner: true, settings: { KEYWARD_WEBHOOK_ALLOW: '127.0.0.0/8' } });
  let owner: Person;
  let made: Seeded;
  let closeReceiver = () => {};
  before(async () => {
    const receiver = await startReceiver();
    closeReceiver = receiver.close;
    owner = await console.person();
    made = await seed(console.url, owner, receiver.url);
  });
  after(() => closeReceiver());

  const pathOf = (page: string) =>
    page.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
      const { keys, ...others } = made;
      return (
        (keys as Record<string, { id: string }>)[name]?.id ??
        (others as Record<string, { id: string }>)[name]!.id
      );
    });

  for (const { theme, width, height } of looks) {
    test(`is sound at ${width} px in the ${theme} theme: no violation of axe, no error, nothing beside the page`, async () => {
      const { page, errors } = await console.pageOf(owner, {
        colorScheme: theme,
        viewport: { width, height },
        reducedMotion: 'reduce',
      });
      const found: Record<string, string[]> = {};
      for (const name of pages) {
        await page.goto(pathOf(name));
        await settled(page);
        await screenshot(page, `${name.slice(1).replaceAll(/[/{}?&=]+/g, '-')}-${theme}-${width}`);
        const wrong = await violationsOn(page);
        // A page that shows only why it cannot be shown is sound, and no page.
        const refusals = await page.locator('main [role="alert"]').allTextContents();
        if (refusals.length > 0) wrong.push(`shows ${refusals.join(' ')}`);
        const tooWide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        if (tooWide > 0) wrong.push(`${tooWide} px wider than the window`);
        wrong.push(...errors.splice(0));
        if (wrong.length > 0) found[name] = wrong;
      }
      await page.context().close();
      assert.deepEqual(found, {});
    });
  }

  test('of strangers leads to the sign-in, and from there to where they wanted to go', async () => {
    const { page } = await console.page();
    await page.goto('/keys?status=active');
    await page.waitForURL(/\/sign-in\?/);
    await screenshot(page, 'sign-in-light-1440');
    assert.deepEqual(await violationsOn(page), []);
    await page.context().close();
  });
});
