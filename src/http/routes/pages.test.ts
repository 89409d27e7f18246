import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type Harness, openHarness } from '../../../test/harness.ts';
import { environments } from '../../core/environments.ts';
import { roleNames, roleTable } from '../../core/roles.ts';
import { AppError } from '../../errors.ts';

const root = join(import.meta.dirname, '../../..');
const browserFolder = join(root, 'src/http/pages/browser');
const voidElements = new Set(['meta', 'input']);
const hostile = [
  '"><img src=x onerror=alert(1)>',
  '</script><script>alert(1)</script>',
  "';alert(1)//",
  '&lt;b&gt;',
];

function attributes(page: string, name: string): string[] {
  return [...page.matchAll(new RegExp(`\\s${name}="([^"]*)"`, 'g'))].map((match) => match[1]!);
}

function scriptOf(page: string): string {
  const scripts = [...page.matchAll(/<script type="module">([\s\S]*?)<\/script>/g)];
  assert.equal(scripts.length, 1);
  return scripts[0]![1]!;
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}

function policyFor(page: string): string {
  const style = /<style>([\s\S]*?)<\/style>/.exec(page)![1]!;
  return `default-src 'none'; style-src 'sha256-${hashOf(style)}'; script-src 'sha256-${hashOf(scriptOf(page))}'; connect-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'`;
}

for (const path of ['/setup', '/invitation']) {
  describe(`the page ${path}`, () => {
    let t: Harness;
    let page: string;
    let markup: string;
    let script: string;
    before(async () => {
      t = await openHarness('sqlite');
      page = (await t.send({ url: path })).text;
      script = scriptOf(page);
      markup = page.replace(script, '').replace(/<style>[\s\S]*?<\/style>/, '');
    });
    after(() => t.close());

    test('runs the one script that its policy names, and is kept by nobody', async () => {
      const { status, headers } = await t.send({ url: path });
      assert.equal(status, 200);
      assert.equal(headers['content-type'], 'text/html; charset=utf-8');
      assert.equal(headers['content-security-policy'], policyFor(page));
      assert.equal(headers['referrer-policy'], 'no-referrer');
      assert.equal(headers['cache-control'], 'no-store');
      assert.equal(headers['x-content-type-options'], 'nosniff');
      assert.equal(headers['set-cookie'], undefined);
    });

    test('has nothing from another host, and nothing its policy would refuse', () => {
      assert.doesNotMatch(markup, /<(iframe|object|embed|img|link|base|svg|math)\b|javascript:/i);
      assert.doesNotMatch(markup, /\s(?:on\w+|src|srcset|style|action|formaction)=/i);
      for (const address of attributes(markup, 'href')) assert.match(address, /^[#/](?!\/)/);
      assert.doesNotMatch(page, /@import|url\(/i);
      assert.doesNotMatch(script, /https?:|['"`]\/\//);
    });

    test('puts data into the page as text only', () => {
      assert.doesNotMatch(
        script,
        /innerHTML|outerHTML|insertAdjacent|document\.write|DOMParser|setHTML|eval|Function\(|setTimeout/,
      );
      assert.doesNotMatch(script, /localStorage|sessionStorage|document\.cookie|console\./);
    });

    test('has a script that can be parsed, with nothing in it that would end it', () => {
      const AsyncFunction = (async () => {}).constructor as FunctionConstructor;
      assert.doesNotThrow(() => new AsyncFunction(`'use strict';${script}`));
      assert.doesNotMatch(script, /<!--|<\/?script|^(import|export)\b/im);
    });

    test('has the elements that its script asks for', () => {
      const ids = attributes(markup, 'id');
      assert.deepEqual(ids, [...new Set(ids)]);
      const asked = [...script.matchAll(/byId\('([^']+)'\)/g)].map((match) => match[1]!);
      assert.ok(asked.length > 3);
      const named = ['for', 'aria-labelledby', 'data-shows', 'data-copies'].flatMap((name) =>
        attributes(markup, name),
      );
      const describing = attributes(markup, 'aria-describedby').flatMap((list) => list.split(' '));
      for (const id of [...asked, ...named, ...describing]) assert.ok(ids.includes(id), `#${id} is missing`);
    });

    test('has a label for every field, and a place that is read out for what goes wrong', () => {
      const labelled = new Set(attributes(markup, 'for'));
      for (const [input] of markup.matchAll(/<input [^>]+>/g)) {
        const [id] = attributes(input, 'id');
        const isInLabel = markup.includes(`<label class="choice">${input}`);
        assert.ok(isInLabel || (id !== undefined && labelled.has(id)), input);
      }
      for (const [, form] of markup.matchAll(/<form [^>]*>([\s\S]*?)<\/form>/g)) {
        assert.match(form!, /<p class="alert" role="alert" tabindex="-1"><\/p>/);
      }
    });

    test('closes every element it opens', () => {
      const open: string[] = [];
      for (const [, slash, tag] of markup.matchAll(/<(\/?)([a-z][a-z0-9]*)[^>]*>/g)) {
        if (voidElements.has(tag!)) continue;
        if (slash) assert.equal(open.pop(), tag);
        else open.push(tag!);
      }
      assert.deepEqual(open, []);
    });

    test('says nothing back of what is in its address', async () => {
      for (const text of hostile) {
        const answer = await t.send({ url: `${path}?token=${encodeURIComponent(text)}` });
        assert.equal(answer.text, page, text);
      }
      const { secret } = await t.createKey({});
      const refused = await t.send({ url: `${path}?token=${secret}` });
      assert.equal(refused.body.code, 'key_in_url');
      assert.ok(!refused.text.includes(secret));
    });

    test('is read only: what a form without script would send is refused', async () => {
      const answer = await t.send({ method: 'POST', url: path, body: { password: 'x' } });
      assert.equal(answer.status, 405);
      assert.equal((await t.send({ method: 'HEAD', url: path })).text, '');
    });
  });
}

describe('the set-up page', () => {
  let t: Harness;
  before(async () => {
    t = await openHarness('sqlite');
  });
  after(() => t.close());
  const overSection = /<section id="step-over" [^>]*?( hidden)?>/;

  test('says that the set-up is over once there is a user', async () => {
    const { text } = await t.send({ url: '/setup' });
    assert.equal(overSection.exec(text)![1], undefined);
    assert.match(text, /npx keyward init/);
    assert.match(text, /\/api\/auth\/sign-in\/email/);
  });

  test('asks for the owner while there is none', async () => {
    const hasUsers = t.app.people.hasUsers;
    t.app.people.hasUsers = async () => false;
    const answer = await t.send({ url: '/setup' });
    t.app.people.hasUsers = hasUsers;
    assert.equal(overSection.exec(answer.text)![1], ' hidden');
    assert.equal(answer.headers['content-security-policy'], policyFor(answer.text));
  });

  test('selects nothing beforehand, and names every environment with its address', async () => {
    const { text } = await t.send({ url: '/setup', host: 'localhost:8787' });
    assert.doesNotMatch(text, /<input [^>]*\bchecked\b/);
    const origins = environments.map(
      (name) => new RegExp(`value="${name}" data-origin="([^"]*)"`).exec(text)?.[1],
    );
    assert.deepEqual(origins, [
      '',
      'http://staging.localhost:8787',
      'http://dev.localhost:8787',
      'http://sandbox.localhost:8787',
    ]);
    const inSandbox = await t.send({ url: '/setup', host: 'sandbox.localhost:8787' });
    assert.match(inSandbox.text, /value="sandbox" data-origin=""/);
  });

  test('is a problem document where the database does not answer', async () => {
    const hasUsers = t.app.people.hasUsers;
    t.app.people.hasUsers = async () => {
      throw new AppError('store_unavailable');
    };
    const answer = await t.send({ url: '/setup' });
    t.app.people.hasUsers = hasUsers;
    assert.equal(answer.body.code, 'store_unavailable');
  });
});

test('the invitation page tells every role what it may do', async () => {
  const t = await openHarness('sqlite');
  const { text } = await t.send({ url: '/invitation' });
  await t.close();
  for (const role of roleNames) {
    const part = text.slice(text.indexOf(`<div id="role-${role}" hidden>`));
    const own = part.slice(0, part.indexOf('</div>'));
    assert.match(own, new RegExp(`as ${role}</h3>`));
    assert.equal(own.includes(roleTable.members.label), roleTable.members[role] !== 'none');
    assert.ok(own.includes(`<dt>${roleTable.production_keys.label}</dt>`));
  }
});

describe('the scripts of the pages', () => {
  test('are typed as the browser sees them', () => {
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', browserFolder], { encoding: 'utf8' });
    assert.equal(status, 0, stdout);
  });

  test('are small', () => {
    for (const file of globSync('*.js', { cwd: browserFolder })) {
      const lines = readFileSync(join(browserFolder, file), 'utf8').split('\n').length;
      assert.ok(lines <= 200, `${file} has ${lines} lines`);
    }
  });
});
