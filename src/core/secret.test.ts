import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { environments } from './environments.ts';
import {
  checkSecretForm,
  createSecret,
  digestOf,
  digestsEqual,
  isSecretPrefix,
  publicPartOf,
  type SecretForm,
} from './secret.ts';

const prefixes = ['sa', 'acme2'];
const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const environment = fc.constantFrom(...environments);
const secret = fc
  .tuple(fc.constantFrom(...prefixes), environment)
  .map(([prefix, name]) => createSecret(prefix, name).secret);
const latin1 = (text: string) => Buffer.from(text, 'utf8').toString('latin1');

/** The hint of a refusal, after checking that its sentence repeats nothing of the body. */
function hintOf(text: string): string {
  const form: SecretForm = checkSecretForm(text, prefixes);
  if (form.ok) return 'ok';
  assert.match(form.detail, /^[^\n]{20,200}\.$/);
  const body = text.slice(-48);
  for (let i = 0; i + 7 <= body.length; i++) {
    const piece = body.slice(i, i + 7);
    if (/^[0-9A-Za-z]{7}$/.test(piece))
      assert.ok(!form.detail.includes(piece), `${form.detail} repeats ${piece}`);
  }
  return form.hint;
}

test('a created secret passes the check, with its public part, kind, hint and digest', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z][a-z0-9]{1,7}$/), environment, (prefix, name) => {
      const made = createSecret(prefix, name);
      const kind = name === 'production' ? 'live' : 'test';
      assert.match(made.secret, new RegExp(`^${prefix}_${kind}_[0-9A-Za-z]{48}$`));
      assert.deepEqual(checkSecretForm(made.secret, ['zz', prefix]), {
        ok: true,
        publicPart: made.publicPart,
        kind,
      });
      assert.equal(publicPartOf(made.secret), made.publicPart);
      assert.equal(made.hint, made.secret.slice(0, -38));
      assert.equal(made.digest, createHash('sha256').update(made.secret).digest('hex'));
      assert.equal(made.digest, digestOf(made.secret));
    }),
  );
});

test('the checksum is CRC-32 over everything before it, in base 62, padded with 0', () => {
  // Written independently of the implementation, with big integers.
  const expected = (text: string) => {
    let rest = BigInt(crc32(Buffer.from(text, 'ascii')));
    let out = '';
    for (; rest > 0n; rest /= 62n) out = alphabet[Number(rest % 62n)] + out;
    return out.padStart(6, '0');
  };
  fc.assert(fc.property(secret, (text) => assert.equal(text.slice(-6), expected(text.slice(0, -6)))));
  const fixed = `sa_live_${'0123456789'}${'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef'}`;
  assert.equal(checkSecretForm(fixed + expected(fixed), prefixes).ok, true);
});

test('a prefix that no masker would recognise makes no secret', () => {
  for (const prefix of ['', 'a', 'Sa', '1a', 'abcdefghi', 's_a', 'sä']) {
    assert.equal(isSecretPrefix(prefix), false);
    assert.throws(() => createSecret(prefix, 'sandbox'), RangeError);
  }
});

test('every alphabet character is equally likely at every place', () => {
  const total = 4000;
  const counts = new Map<string, number>();
  const first = new Map<string, number>();
  for (let i = 0; i < total; i++) {
    const body = createSecret('sa', 'production').secret.slice(8, -6);
    first.set(body[0]!, (first.get(body[0]!) ?? 0) + 1);
    for (const character of body) counts.set(character, (counts.get(character) ?? 0) + 1);
  }
  const chiSquare = (seen: Map<string, number>, n: number) => {
    const expected = n / 62;
    return [...alphabet].reduce((sum, c) => sum + ((seen.get(c) ?? 0) - expected) ** 2 / expected, 0);
  };
  // 61 degrees of freedom: 140 is exceeded by chance about once in ten million runs; modulo bias gives hundreds.
  assert.ok(chiSquare(counts, total * 42) < 140);
  assert.ok(chiSquare(first, total) < 140);
});

test('any single changed character is refused', () => {
  fc.assert(
    fc.property(
      secret,
      fc.nat(),
      fc.oneof(fc.constantFrom(...alphabet), fc.string({ unit: 'binary' })),
      (text, at, other) => {
        const i = at % text.length;
        const changed = text.slice(0, i) + other + text.slice(i + 1);
        if (changed !== text) assert.notEqual(hintOf(changed), 'ok');
      },
    ),
    { numRuns: 1000 },
  );
});

test('any swap of two different neighbours is refused', () => {
  fc.assert(
    fc.property(secret, (text) => {
      for (let i = 0; i + 1 < text.length; i++) {
        if (text[i] === text[i + 1]) continue;
        const swapped = text.slice(0, i) + text[i + 1] + text[i] + text.slice(i + 2);
        assert.equal(checkSecretForm(swapped, prefixes).ok, false);
      }
    }),
  );
  // The swap across the checksum's border is the only one CRC-32 does not rule out by itself: it would need a
  // change of the last byte to move the CRC by a multiple of 62^5. No such pair exists among the leading digits 0-4.
  for (let a = 0; a < 5; a++) {
    for (let b = 0; b < 5; b++) {
      if (a === b) continue;
      const flipped = (crc32(String(a)) ^ crc32(String(b))) >>> 0;
      const raised = ((a - b) * 62 ** 5 + flipped) / 2;
      const isPossible =
        Number.isInteger(raised) && raised >= 0 && raised < 2 ** 32 && (raised & ~flipped) === 0;
      assert.equal(isPossible, false);
    }
  }
});

test('a truncated or lengthened secret is of wrong length', () => {
  fc.assert(
    fc.property(
      secret,
      fc.integer({ min: 1, max: 47 }),
      fc.stringMatching(/^[0-9A-Za-z.,;/]{1,60}$/),
      (text, cut, more) => {
        assert.equal(hintOf(text.slice(0, -cut)), 'wrong_length');
        assert.equal(hintOf(text + more), 'wrong_length');
      },
    ),
  );
  const { secret: text, hint } = createSecret('sa', 'production');
  assert.equal(hintOf(text.slice(0, 8)), 'wrong_length');
  const form = checkSecretForm(hint, prefixes);
  assert.ok(!form.ok && form.detail.includes('hint'));
});

test('blanks, quotes and invisible characters are recognised, decoded or as latin1 bytes', () => {
  const strays = [
    ' ',
    '\t',
    '  ',
    "'",
    '"',
    '`',
    '‘',
    '’',
    '“',
    '”',
    '„',
    '«',
    '»',
    '´',
    '\u00a0',
    '\u200b',
    '\u200c',
  ];
  strays.push('\u200d', '\u2060', '\ufeff', '\u00ad', '\u200e', '\u202f', '\u3000', '\u0093', '\r\n');
  fc.assert(
    fc.property(secret, fc.constantFrom(...strays), fc.integer({ min: 1, max: 50 }), (text, mark, at) => {
      const inside = text.slice(0, at) + mark + text.slice(at);
      for (const bad of [mark + text, text + mark, mark + text + mark, inside]) {
        assert.equal(hintOf(bad), 'surrounding_whitespace');
        assert.equal(hintOf(latin1(bad)), 'surrounding_whitespace');
      }
    }),
    { numRuns: 500 },
  );
});

test('a text without its prefix is told so', () => {
  fc.assert(
    fc.property(secret, (text) => {
      const bodyAt = text.length - 48;
      for (const start of [bodyAt, bodyAt - 1, bodyAt - 5, bodyAt - 6, 1]) {
        const form = checkSecretForm(text.slice(start), prefixes);
        assert.ok(!form.ok && form.hint === 'missing_prefix' && form.detail.includes(text.slice(0, bodyAt)));
      }
      for (const other of [
        `KEY=${text}`,
        `Bearer ${text}`,
        text.toUpperCase(),
        `xx${text.slice(2)}`,
        text.replace('_', '-'),
      ]) {
        assert.equal(hintOf(other), 'missing_prefix');
      }
    }),
  );
  for (const text of [
    '',
    'x',
    '$KEYWARD_KEY',
    'key_01',
    'sa_prod_abc',
    'sa_livee_',
    'hello world',
    '\u0080\u00ff',
    '😀',
    '\ud800',
  ]) {
    assert.equal(hintOf(text), 'missing_prefix');
  }
  assert.equal(checkSecretForm(createSecret('sa', 'sandbox').secret, []).ok, false);
});

test('a foreign character in a text of the right length is named as mistyped, by place', () => {
  fc.assert(
    fc.property(secret, fc.constantFrom('-', '_', '.', '+', 'é', '\u0000'), fc.nat(47), (text, bad, at) => {
      const i = text.length - 48 + at;
      const form = checkSecretForm(text.slice(0, i) + bad + text.slice(i + 1), prefixes);
      assert.ok(!form.ok && form.hint === 'checksum_mismatch' && form.detail.includes(`Character ${i + 1} `));
    }),
  );
});

test('no text makes the check throw or pass by accident', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => hintOf(text) !== 'ok'));
  fc.assert(
    fc.property(
      fc.stringMatching(/^sa_(live|test)_[0-9A-Za-z]{48}$/),
      (text) => hintOf(text) === 'checksum_mismatch',
    ),
  );
});

test('digests are equal only when every character is', () => {
  fc.assert(
    fc.property(fc.string(), fc.nat(63), (text, at) => {
      const digest = digestOf(text);
      const other = digest.slice(0, at) + (digest[at] === '0' ? '1' : '0') + digest.slice(at + 1);
      assert.ok(digestsEqual(digest, digestOf(text)));
      assert.ok(
        !digestsEqual(digest, other) && !digestsEqual(digest, digest.slice(1)) && !digestsEqual(digest, ''),
      );
    }),
  );
});

test('64 KB of hostile text is checked in linear time', () => {
  const size = 64 * 1024;
  const parts = [
    ' ',
    '"',
    '\u00a0',
    '\u00e2\u0080\u008b',
    'a',
    'sa_live_',
    '_live_',
    'sa_',
    '\u200b',
    'sa_live_0 ',
    '\u00ff',
  ];
  for (const part of parts) {
    for (const text of [part, `sa_live_${part}`, `x${part}`]) {
      const hostile = text + part.repeat(Math.ceil(size / part.length));
      const start = performance.now();
      for (const form of [hostile, `${hostile}x`]) assert.equal(checkSecretForm(form, prefixes).ok, false);
      assert.ok(performance.now() - start < 250, JSON.stringify(part));
    }
  }
});
