import assert from 'node:assert/strict';
import { test } from 'node:test';
import { snippetOf, targetOf } from './secret-snippets.ts';

const secret = 'sa_test_0123456789';

test('requests for the environment of the page go to where the page came from', () => {
  const target = targetOf('production', 'https://keys.acme.com');
  assert.deepEqual(target, { origin: 'https://keys.acme.com', host: null, isGuessed: false });
});

test('another environment has another host, and the port stays', () => {
  assert.equal(targetOf('sandbox', 'http://localhost:8787').origin, 'http://sandbox.localhost:8787');
  assert.equal(targetOf('production', 'https://staging.acme.com').origin, 'https://acme.com');
});

test('a host that is built from the page’s name is called a guess, one of this machine is not', () => {
  assert.equal(targetOf('sandbox', 'https://api.acme.com').isGuessed, true);
  assert.equal(targetOf('sandbox', 'http://localhost:8787').isGuessed, false);
});

test('where the host is an address, curl sends the name of the environment along', () => {
  const text = snippetOf('curl', secret, targetOf('sandbox', 'http://10.0.0.7:8787'));
  assert.equal(
    text,
    `curl 'http://10.0.0.7:8787/api/v1/me' \\\n  -H 'Host: sandbox.localhost' \\\n  -H 'Authorization: Bearer ${secret}'`,
  );
});

test('every form holds the whole secret', () => {
  const target = targetOf('production', 'https://acme.com');
  for (const kind of ['secret', 'curl', 'env', 'header'] as const)
    assert.ok(snippetOf(kind, secret, target).includes(secret));
  assert.equal(snippetOf('env', secret, target), `KEYWARD_API_KEY=${secret}`);
  assert.equal(snippetOf('header', secret, target), `Authorization: Bearer ${secret}`);
});
