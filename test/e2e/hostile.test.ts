import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { openConsole } from './console.ts';
import type { Person } from './person.ts';
import { settled } from './steps.ts';

const attack = `<img src=x onerror="globalThis.broken=1"><script>globalThis.broken=1</script>`;
const markdown = `# Title ${attack}

[link](javascript:globalThis.broken=1) [data](data:text/html;base64,PHNjcmlwdD4=) <javascript:globalThis.broken=1>

![picture](https://elsewhere.example/pixel.gif) ![x](x" onerror="globalThis.broken=1)

<iframe src="https://elsewhere.example"></iframe><a href="javascript:globalThis.broken=1">raw</a>
`;

interface Made {
  readonly id: string;
  readonly secret: string;
}

describe('what comes from outside', () => {
  const console = openConsole({ hasOwner: true });
  let owner: Person;
  const pages: string[] = [];

  before(async () => {
    owner = await console.person();
    const name = `Name ${attack}`.slice(0, 100);
    const key = await owner.make<Made>('/api-keys', {
      name,
      description: attack,
      scopes: ['knowledge:read'],
    });
    const customer = await owner.make<Made>('/customers', { name, email: 'mallory@example.com' });
    const contact = await owner.make<Made>('/contacts', { name, email: 'mallory@example.com' });
    const conversation = await owner.make<Made>('/conversations', {
      contact: { id: contact.id },
      channel: 'email',
      subject: attack,
    });
    await owner.make(`/conversations/${conversation.id}/messages`, { content: markdown });
    const article = await owner.make<Made>('/kb/articles', {
      title: attack,
      slug: 'hostile',
      summary: attack,
      content: markdown,
      status: 'published',
    });
    await owner.make('/telemetry', { group: attack, type: 'text', name: attack, value: attack });
    await fetch(`${console.url}/api/v1/kb/articles?q=1`, {
      headers: { Authorization: `Bearer ${key.secret}`, 'User-Agent': attack },
    });
    await fetch(`${console.url}/api/v1/kb/articles/${encodeURIComponent(attack)}`, {
      headers: { Authorization: `Bearer ${key.secret}`, 'User-Agent': attack },
    });
    pages.push(
      '/overview',
      '/keys',
      `/keys/${key.id}`,
      `/keys/${key.id}/usage`,
      `/keys/${key.id}/logs`,
      `/keys/${key.id}/audit`,
      `/keys/new?like=${key.id}`,
      `/keys?q=${encodeURIComponent(attack)}`,
      '/logs',
      '/audit-log',
      '/customers',
      `/customers/${customer.id}`,
      '/contacts',
      `/contacts/${contact.id}`,
      `/conversations/${conversation.id}`,
      '/telemetry',
      '/knowledge-base',
      `/knowledge-base?q=${encodeURIComponent('title')}`,
      `/knowledge-base/${article.id}`,
    );
  });

  test('stays text on every page: nothing runs, nothing is fetched, no address leads to a script', async () => {
    const { page, errors } = await console.pageOf(owner);
    const wrong: Record<string, unknown> = {};
    for (const path of pages) {
      await page.goto(path);
      await settled(page);
      const found = await page.evaluate(() => ({
        hasRun: 'broken' in globalThis,
        foreign: [
          ...document.querySelectorAll('main img, main iframe, main script, main object, main embed'),
        ].map(({ outerHTML }) => outerHTML),
        links: [...document.querySelectorAll('a')]
          .map(({ href }) => href)
          .filter((href) => !/^(https?:|mailto:|$)/.test(href)),
      }));
      if (found.hasRun || found.foreign.length > 0 || found.links.length > 0) wrong[path] = found;
      if (errors.length > 0) wrong[`${path} errors`] = errors.splice(0);
    }
    await page.context().close();
    assert.deepEqual(wrong, {});
  });

  test('cannot send somebody who signs in to another place', async () => {
    for (const next of [
      '//elsewhere.example',
      'https://elsewhere.example',
      '/\\elsewhere.example',
      'javascript:alert(1)',
    ]) {
      const { page } = await console.pageOf(owner);
      await page.goto(`/sign-in?next=${encodeURIComponent(next)}`);
      await page.waitForURL((url) => url.pathname === '/overview');
      assert.equal(new URL(page.url()).origin, console.url, next);
      await page.context().close();
    }
  });
});
