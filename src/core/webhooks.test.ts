import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { Webhook } from 'standardwebhooks';
import { isPublicAddress, reachable, webhookReach, webhookUrlProblem } from './webhook-address.ts';
import { eventTypes, isEventPattern, matchesEvent, scopesForEvents } from './webhook-events.ts';
import { readRetryAfter, retryDelay, retryDelaysMs } from './webhook-schedule.ts';
import { maskWebhookSecrets, newWebhookSecret, seal, signMessage, unseal } from './webhook-secret.ts';

describe('signatures', () => {
  test('the public library accepts what is signed, with any of the secrets', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 3 }), (body, count) => {
        const secrets = Array.from({ length: count }, newWebhookSecret);
        const timestamp = Math.floor(Date.now() / 1_000);
        const signature = signMessage(secrets, { id: 'evt_1', timestamp, body });
        const headers = {
          'webhook-id': 'evt_1',
          'webhook-timestamp': String(timestamp),
          'webhook-signature': signature,
        };
        assert.equal(signature.split(' ').length, count);
        for (const secret of secrets) {
          new Webhook(secret).verify(body, headers, { jsonParse: false });
          assert.throws(() => new Webhook(secret).verify(`${body} `, headers, { jsonParse: false }));
          const other = { ...headers, 'webhook-id': 'evt_2' };
          assert.throws(() => new Webhook(secret).verify(body, other, { jsonParse: false }));
        }
        assert.throws(() => new Webhook(newWebhookSecret()).verify(body, headers, { jsonParse: false }));
      }),
      { numRuns: 50 },
    );
  });

  test('a secret has 32 random bytes, and is masked wherever it is repeated', () => {
    const secret = newWebhookSecret();
    assert.match(secret, /^whsec_/);
    assert.equal(Buffer.from(secret.slice(6), 'base64').length, 32);
    assert.notEqual(secret, newWebhookSecret());
    assert.equal(maskWebhookSecrets(`{"s":"${secret}"}`), '{"s":"whsec_…"}');
  });

  test('what is sealed opens with the same key and for the same webhook only, unchanged', () => {
    const key = Buffer.alloc(32, 1);
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.nat(), (text, context, at) => {
        const sealed = seal(key, text, context);
        assert.equal(unseal(key, sealed, context), text);
        assert.notEqual(sealed, seal(key, text, context));
        assert.throws(() => unseal(Buffer.alloc(32, 2), sealed, context));
        assert.throws(() => unseal(key, sealed, `${context}x`));
        const bytes = Buffer.from(sealed, 'base64url');
        bytes[at % bytes.length]! ^= 1;
        assert.throws(() => unseal(key, bytes.toString('base64url'), context));
      }),
      { numRuns: 100 },
    );
  });
});

describe('addresses', () => {
  /** Public to the judge, too. What it calls unicast and we refuse are AS112 and the like, which nobody hosts at. */
  const isUnicast = (ip: string) => ipaddr.parse(ip).range() === 'unicast';

  test('what we call public is unicast to ipaddr.js, whatever the address', () => {
    const anyAddress = fc.oneof(
      fc.ipV4(),
      fc.ipV6(),
      fc.tuple(fc.integer({ min: 0x2000, max: 0x3fff }), fc.ipV6()).map(([first, rest]) => {
        const tail = ipaddr.parse(rest).toByteArray().slice(2);
        return ipaddr.fromByteArray([first >> 8, first & 255, ...tail]).toString();
      }),
      fc.ipV4().map((ip) => `::ffff:${ip}`),
      fc.ipV4().map((ip) => `64:ff9b::${ip}`),
      fc
        .constantFrom('10', '127', '169.254', '172.16', '192.168', '100.64', '0', '198.18')
        .chain((start) =>
          fc.ipV4().map((ip) => [...start.split('.'), ...ip.split('.')].slice(0, 4).join('.')),
        ),
    );
    fc.assert(
      fc.property(anyAddress, (ip) => {
        if (isPublicAddress(ip)) assert.ok(isUnicast(ip), ip);
      }),
      { numRuns: 5_000 },
    );
  });

  test('addresses of the public internet are public', () => {
    for (const ip of ['1.1.1.1', '93.184.216.34', '100.63.255.255', '100.128.0.0', '172.32.0.1', '11.0.0.1'])
      assert.ok(isPublicAddress(ip), ip);
    for (const ip of ['2606:4700::1111', '2a00:1450:4001:81b::200e', '2400:cb00::1'])
      assert.ok(isPublicAddress(ip) && isUnicast(ip), ip);
  });

  test('private, special, mapped and translated addresses are not', () => {
    const refused = [
      '0.0.0.0 10.1.2.3 100.64.0.1 100.127.255.255 127.0.0.1 127.255.255.254 169.254.169.254 172.16.0.1',
      '172.31.255.255 192.0.0.8 192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1 198.19.255.255 198.51.100.1',
      '203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255',
      ':: ::1 ::ffff:10.0.0.1 ::ffff:1.1.1.1 ::1.1.1.1 64:ff9b::1.1.1.1 64:ff9b:1::1 100::1 2001::1 2001:2::1',
      '2001:10::1 2001:db8::1 2002:a00:1:: 3fff::1 5f00::1 fc00::1 fd12:3456::1 fe80::1 fec0::1 ff02::1 fe80::1%eth0',
      'localhost 1.1.1 01.1.1.1 2130706433 0x7f.1 nonsense',
    ].flatMap((line) => line.split(' '));
    for (const ip of refused) assert.equal(isPublicAddress(ip), false, ip);
  });

  const nowhere = webhookReach([]);
  const local = webhookReach(['127.0.0.0/8', '10.0.0.0/8']);
  const https = new URL('https://hooks.example.com/a');

  test('one address that is not public shuts out a name, and names of networks open only those', () => {
    assert.deepEqual(reachable(https, ['1.1.1.1', '2606:4700::1'], nowhere), ['1.1.1.1', '2606:4700::1']);
    assert.equal(reachable(https, ['1.1.1.1', '10.0.0.1'], nowhere), null);
    assert.equal(reachable(https, [], nowhere), null);
    assert.deepEqual(reachable(https, ['::1', '127.0.0.1'], local), ['127.0.0.1']);
    assert.equal(reachable(https, ['192.168.0.1'], local), null);
    const plain = new URL('http://hooks.example.com:3000/');
    assert.equal(reachable(plain, ['1.1.1.1'], local), null);
    assert.deepEqual(reachable(plain, ['10.0.0.7'], local), ['10.0.0.7']);
  });

  test('a webhook has an https address on port 443 or 8443', () => {
    const good = [
      'https://a.example/x?y=1',
      'https://a.example:8443/',
      'https://1.1.1.1/',
      'https://[2606:4700::1]/',
    ];
    for (const url of good) assert.equal(webhookUrlProblem(url, nowhere), null, url);
    const bad = [
      'http://a.example/ https://a.example:8080/ https://a.example:80/ https://u:p@a.example/ https://u@a.example/',
      'https://a.example/#x https://a.example/# ftp://a.example/ //a.example /x https:// https://127.0.0.1/ https://[::1]/',
      'https://2130706433/ https://0x7f.1/ https://[::ffff:1.1.1.1]/ https://169.254.169.254/latest https://017700000001/',
      'file:///etc/passwd javascript:alert(1) https://a.exämple/ https://10.0.0.1:8443/',
    ].flatMap((line) => line.split(' '));
    for (const url of [...bad, 'https://a.example/ x', ' https://a.example', 'https://a.ex\nample/'])
      assert.notEqual(webhookUrlProblem(url, nowhere), null, url);
  });

  test('in the networks that the operator named http and any port are fine, and nowhere else', () => {
    for (const url of [
      'http://127.0.0.1:3000/',
      'http://10.1.1.1/',
      'https://10.1.1.1:9/',
      'http://localhost:3000/',
    ])
      assert.equal(webhookUrlProblem(url, local), null, url);
    for (const url of [
      'http://1.1.1.1/',
      'http://192.168.0.1:3000/',
      'https://[::1]/',
      'https://1.1.1.1:3000/',
    ])
      assert.notEqual(webhookUrlProblem(url, local), null, url);
  });
});

describe('the schedule', () => {
  test('nine waits, of which chance moves each by a tenth at most', () => {
    assert.equal(retryDelaysMs.length, 9);
    for (const [i, delay] of retryDelaysMs.entries()) {
      assert.equal(
        retryDelay(i + 1, null, () => 0),
        Math.round(delay * 0.9),
      );
      assert.equal(
        retryDelay(i + 1, null, () => 1),
        Math.round(delay * 1.1),
      );
    }
    assert.equal(
      retryDelay(10, 1_000, () => 0),
      null,
    );
  });

  test('a receiver that asks for time gets it, a day at most, and never less than the schedule', () => {
    const half = () => 0.5;
    assert.equal(retryDelay(1, 60_000, half), 60_000);
    assert.equal(retryDelay(1, 1_000, half), 5_000);
    assert.equal(retryDelay(1, 1e12, half), 86_400_000);
  });

  test('Retry-After is read as seconds and as a date, and anything else is nothing', () => {
    const now = Date.UTC(2026, 2, 10, 12);
    assert.equal(readRetryAfter('120', now), 120_000);
    assert.equal(readRetryAfter('Tue, 10 Mar 2026 12:01:00 GMT', now), 60_000);
    assert.equal(readRetryAfter('Tue, 10 Mar 2026 11:00:00 GMT', now), 0);
    for (const text of [undefined, '', '-1', '1.5', 'Mar 10 2026', 'soon', '1e9', '99999999999', 'Foo, bar'])
      assert.equal(readRetryAfter(text, now), null, String(text));
  });
});

describe('events', () => {
  test('a pattern is a type, a group or all', () => {
    for (const { type } of eventTypes) {
      const [group] = type.split('.');
      assert.ok(
        [type, `${group}.*`, '*'].every((pattern) => isEventPattern(pattern) && matchesEvent(pattern, type)),
      );
      assert.equal(eventTypes.filter((other) => matchesEvent(type, other.type)).length, 1);
    }
    for (const text of [
      '',
      'key',
      'key.',
      'keys.*',
      '*.created',
      'key.created ',
      'toString',
      '__proto__',
      '**',
    ])
      assert.equal(isEventPattern(text), false, text);
  });

  test('subscribing needs the scope that reads what the events tell of', () => {
    assert.deepEqual(scopesForEvents(['contact.created', 'contact.*']), [['contacts:read']]);
    assert.deepEqual(scopesForEvents(['flag.*', 'alert.raised']), [['api_keys:read']]);
    assert.equal(scopesForEvents(['*']).length, 6);
  });
});
