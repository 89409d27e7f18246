import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { curlOf, shellWord } from './log-curl.ts';

const place = { origin: 'https://api.acme.com', host: null };

test('the key is named and never written', () => {
  assert.equal(
    curlOf({ method: 'GET', path: '/api/v1/me' }, place),
    `curl --globoff 'https://api.acme.com/api/v1/me' \\\n  -H "Authorization: Bearer $KEYWARD_API_KEY"`,
  );
});

test('a body goes along, and a host where the address says nothing', () => {
  const command = curlOf(
    { method: 'POST', path: '/api/v1/kb/tags', requestBody: `{"name":"it's"}` },
    { origin: 'http://127.0.0.1:8787', host: 'sandbox.localhost' },
  );
  assert.match(command, /^curl -X 'POST' /);
  assert.match(command, /-H 'Host: sandbox\.localhost'/);
  assert.match(command, /--data-raw '\{"name":"it'\\''s"\}'$/);
});

test('nothing from outside is run by the shell', () => {
  const hostile = ["it's;$(reboot)`id`", '"\\', "'; rm -rf ~ #", '!!\n$HOME', '-o'];
  for (const text of hostile) {
    const said = execFileSync('sh', ['-c', `printf %s ${shellWord(text)}`], { encoding: 'utf8' });
    assert.equal(said, text);
  }
});

test('control characters do not reach the terminal', () => {
  const command = curlOf({ method: 'GET', path: '/a\u001b[2J\r\u0007' }, place);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they must be absent
  assert.doesNotMatch(command, /[\u0000-\u0009\u000b-\u001f]/);
});
