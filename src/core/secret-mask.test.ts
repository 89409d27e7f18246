import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { containsSecret, createSecret, maskSecrets, urlContainsSecret } from './secret.ts';

const secret = fc
  .tuple(fc.stringMatching(/^[a-z][a-z0-9]{1,7}$/), fc.constantFrom('production', 'sandbox'))
  .map(([prefix, environment]) => createSecret(prefix, environment).secret);
const noise = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.stringMatching(/^[a-z_%0-9]{0,20}$/),
  fc.constantFrom(
    '_live_',
    'sa_live_',
    '_test_live_',
    '%',
    '%2',
    '%25',
    '%5F',
    '%5Flive%5F',
    'sa_test_abc',
    '…',
  ),
);

/** Percent-encodes those characters whose turn in `which` is on; `%` itself always. */
function encodeSome(text: string, which: readonly boolean[], upper: boolean): string {
  return Array.from(text, (character, i) => {
    if (character !== '%' && !which[i % which.length]) return character;
    const hex = Buffer.from(character, 'utf8').toString('hex').replace(/../g, '%$&');
    return upper ? hex.toUpperCase() : hex;
  }).join('');
}

const flags = fc.array(fc.boolean(), { minLength: 1, maxLength: 60 });

function decodeTolerantly(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** The 11-character pieces of the secret's body that some reading of the text still shows. */
function leaked(text: string, body: string): string[] {
  const readings = [text, decodeTolerantly(text), decodeTolerantly(decodeTolerantly(text))];
  const pieces = Array.from({ length: 38 }, (_, i) => body.slice(i, i + 11));
  return pieces.filter((piece) => readings.some((reading) => reading.includes(piece)));
}

test('the masker leaves no eleven characters of any secret in any text', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(noise, secret), { minLength: 1, maxLength: 4 }), noise, (pairs, end) => {
      const masked = maskSecrets(pairs.map(([before, text]) => before + text).join('') + end);
      for (const [, text] of pairs) assert.deepEqual(leaked(masked, text.slice(-48)), []);
      assert.equal(containsSecret(masked), false);
      assert.equal(maskSecrets(masked), masked);
    }),
    { numRuns: 1000 },
  );
});

test('percent-encoding, once or twice, complete or in part, hides nothing from the masker', () => {
  fc.assert(
    fc.property(
      noise,
      secret,
      noise,
      flags,
      flags,
      fc.boolean(),
      (before, text, after, once, again, upper) => {
        const encoded = encodeSome(text, once, upper);
        for (const form of [encoded, encodeSome(encoded, again, upper)]) {
          assert.deepEqual(leaked(maskSecrets(before + form + after), text.slice(-48)), []);
          assert.equal(urlContainsSecret(`/a/${form}?b=1`), true);
          assert.equal(urlContainsSecret(`/a?b=${form}&c=%zz%`), true);
        }
      },
    ),
    { numRuns: 1000 },
  );
});

test('what is masked keeps its hint, as it came, and the text around it', () => {
  const { secret: text, hint } = createSecret('sa', 'production');
  const encoded = hint.replaceAll('_', '%5F');
  assert.equal(maskSecrets(`GET /a/${text}/b`), `GET /a/${hint}…/b`);
  assert.equal(maskSecrets(`k=${encoded}${text.slice(18)}&x=%20y`), `k=${encoded}…&x=%20y`);
  assert.equal(maskSecrets(text.slice(0, 30)), `${hint}…`);
  assert.equal(maskSecrets(`${text} ${text}`), `${hint}… ${hint}…`);
});

test('a secret cut short anywhere, at either end of its body, keeps ten characters at most', () => {
  fc.assert(
    fc.property(secret, fc.integer({ min: 11, max: 48 }), noise, (text, kept, after) => {
      const head = text.slice(0, -48);
      assert.equal(maskSecrets(`${text.slice(0, head.length + kept)} `), `${text.slice(0, -38)}… `);
      assert.deepEqual(leaked(maskSecrets(`${head}${text.slice(-kept)}${after}`), text.slice(-48)), []);
    }),
  );
});

test('texts without a secret come back unchanged', () => {
  const { hint } = createSecret('sa', 'sandbox');
  for (const text of [
    '',
    hint,
    `${hint}…`,
    '/api/v1/kb?q=a%20b',
    'my_test_case',
    '100 %',
    '%5Flive%5Fshort',
    'a_live_x',
  ]) {
    assert.equal(maskSecrets(text), text);
    assert.equal(containsSecret(text), false);
    assert.equal(urlContainsSecret(text), false);
  }
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => maskSecrets(text) === text));
});

test('a secret is found with any prefix and any neighbours, and only from 48 characters on', () => {
  fc.assert(
    fc.property(noise, secret, noise, (before, text, after) => {
      assert.equal(containsSecret(before + text + after), true);
      assert.equal(containsSecret(`${text.slice(0, -1)}-`), false);
    }),
  );
  assert.equal(containsSecret(`a_live_${'0'.repeat(48)}`), false);
  assert.equal(containsSecret(`SA_live_${'0'.repeat(48)}`), false);
  assert.equal(urlContainsSecret(`/x/%ab_live_${'0'.repeat(48)}`), true);
});

test('64 KB of hostile text is masked and searched in linear time', () => {
  const parts = [
    'a',
    '_',
    '%',
    '%2',
    '%25',
    '%255F',
    '_live_',
    'sa_live_',
    '%5Flive%5F',
    'sa_live_0123456789',
    'a_live',
  ];
  parts.push(
    `sa_live_${'0'.repeat(47)}_`,
    `sa_live_${'0'.repeat(60)}`,
    `sa%5Flive%5F${'%41'.repeat(60)}`,
    '%25'.repeat(50),
  );
  for (const part of parts) {
    const hostile = part.repeat(Math.ceil((64 * 1024) / part.length));
    const start = performance.now();
    for (const text of [hostile, `${hostile}_live_`, `%41${hostile}_test_%`]) {
      containsSecret(text);
      urlContainsSecret(text);
      maskSecrets(text);
    }
    assert.ok(performance.now() - start < 500, part.slice(0, 20));
  }
});
