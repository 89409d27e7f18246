import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { addressesOf } from './addresses.ts';
import { environmentOfHost, environments } from './environments.ts';

describe('the address of each environment', () => {
  const cases: readonly (readonly [publicUrl: string, sandbox: string, production: string])[] = [
    ['http://localhost:8787', 'http://sandbox.localhost:8787', 'http://localhost:8787'],
    ['http://sandbox.localhost:8787', 'http://sandbox.localhost:8787', 'http://localhost:8787'],
    ['https://keys.acme.com', 'https://sandbox.keys.acme.com', 'https://keys.acme.com'],
    ['https://api.acme.com', 'https://sandbox.acme.com', 'https://acme.com'],
    ['https://api.dev.acme.com:444', 'https://sandbox.dev.acme.com:444', 'https://api.dev.acme.com:444'],
    ['https://dev.com', 'https://sandbox.dev.com', 'https://api.dev.com'],
    ['https://keyward', 'https://sandbox.keyward', 'https://keyward'],
  ];
  for (const [publicUrl, sandbox, production] of cases) {
    test(publicUrl, () => {
      const elsewhere = addressesOf(publicUrl, 'staging');
      assert.equal(elsewhere.sandbox.origin, sandbox);
      assert.equal(elsewhere.production.origin, production);
      assert.equal(elsewhere.sandbox.isGuessed, !publicUrl.includes('localhost'));
    });
  }

  test('means the environment by the names that Keyward knows itself', () => {
    const publicUrls = [...cases.map(([publicUrl]) => publicUrl), 'http://192.0.2.7:8787', 'http://[::1]:80'];
    for (const publicUrl of publicUrls) {
      for (const own of environments) {
        for (const [environment, { origin, host }] of Object.entries(addressesOf(publicUrl, own))) {
          if (environment === own) assert.equal(origin, null);
          else assert.equal(environmentOfHost(host ?? new URL(origin!).host, []), environment, publicUrl);
        }
      }
    }
  });

  test('of an IP address is chosen by the Host header', () => {
    const { sandbox } = addressesOf('http://192.0.2.7:8787', 'production');
    assert.deepEqual(sandbox, {
      origin: 'http://192.0.2.7:8787',
      host: 'sandbox.localhost',
      isGuessed: false,
    });
  });
});
