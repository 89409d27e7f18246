import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type BodyStart, MAX_BODY_BYTES, type MaskedBody, maskBody } from './body-mask.ts';
import { createSecret } from './secret.ts';
import { hidesFields } from './sensitive-names.ts';

const fields = ['iban_of', 'Customer.E-Mail', 'märz'];
const hides = hidesFields(fields);

function bodyOf(text: string | Uint8Array, mediaType = 'application/json'): BodyStart {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  return { mediaType, bytes: bytes.subarray(0, MAX_BODY_BYTES), isCut: bytes.length > MAX_BODY_BYTES };
}

function mask(text: string | Uint8Array, mediaType?: string): MaskedBody {
  return maskBody(bodyOf(text, mediaType), hides);
}

const masked = (text: string) => mask(text).text;

/** A run of characters that nothing else makes, and that survives no escape. */
const canary = fc.stringMatching(/^q[a-p]{12}z$/);
const plain = fc.constantFrom('name', 'a', 'secretId', 'author', 'x y', 'customer', 'email', 'tokenType', '');
const sensitive = fc.constantFrom(
  'password',
  'PassWord',
  'old_password',
  'newPasswordRepeat',
  'secret',
  'clientSecret',
  'client-secret',
  'TOKEN',
  'refresh_token',
  'api_key',
  'apiKey',
  'X-API-Key',
  'Authorization',
  'Set-Cookie',
  'cookie',
  'cardNumber',
  'cvv',
  'key',
  'iban_OF',
  'ibanOf',
  'MÄRZ',
  'a.b.password',
  'password.',
);
const ourSecret = fc
  .constantFrom('production', 'sandbox')
  .map((environment) => createSecret('sa', environment as 'sandbox').secret);

interface Planted {
  readonly json: string;
  /** What must not be found. */
  readonly hidden: readonly string[];
}

/** A JSON string with some characters written as escapes. */
function written(text: string, flags: readonly boolean[]): string {
  const characters = Array.from(text, (character, i) => {
    if (!flags[i % flags.length]) return JSON.stringify(character).slice(1, -1);
    return Array.from({ length: character.length }, (_, unit) => {
      const hex = character.charCodeAt(unit).toString(16).padStart(4, '0');
      return `\\u${i % 2 === 0 ? hex : hex.toUpperCase()}`;
    }).join('');
  });
  return `"${characters.join('')}"`;
}

const flags = fc.array(fc.boolean(), { minLength: 1, maxLength: 9 });
const space = fc.constantFrom('', ' ', '\n  ', '\t');
const join = (open: string, parts: readonly Planted[], close: string): Planted => ({
  json: `${open}${parts.map(({ json }) => json).join(',')}${close}`,
  hidden: parts.flatMap(({ hidden }) => hidden),
});

const leaf: fc.Arbitrary<Planted> = fc.oneof(
  fc.json({ maxDepth: 0 }).map((json) => ({ json, hidden: [] })),
  fc.tuple(ourSecret, flags, fc.string({ maxLength: 5 })).map(([secret, escapes, around]) => ({
    json: written(around + secret + around, escapes),
    hidden: [secret.slice(-38, -4)],
  })),
  fc.tuple(fc.constantFrom('4111 1111 1111 1111', '5500-0000-0000-0004'), flags).map(([card, escapes]) => ({
    json: written(`card ${card}!`, escapes),
    hidden: [card.slice(2)],
  })),
  fc.constant({ json: '4111111111111111', hidden: ['4111111111111111'] }),
);

const { value } = fc.letrec<{ value: Planted; member: Planted; below: Planted }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc
      .tuple(fc.array(tie('member'), { maxLength: 4 }), space)
      .map(([list, s]) => join(`{${s}`, list, `${s}}`)),
    fc
      .tuple(fc.array(tie('value'), { maxLength: 4 }), space)
      .map(([list, s]) => join(`[${s}`, list, `${s}]`)),
    // JSON in a string of JSON.
    fc.tuple(tie('member'), flags).map(([{ json, hidden }, escapes]) => ({
      json: written(`{${json}}`, escapes),
      hidden,
    })),
  ),
  member: fc.oneof(
    fc
      .tuple(fc.oneof(plain, fc.string()), flags, space, tie('value'))
      .map(([name, escapes, s, { json, hidden }]) => ({
        json: `${written(name, escapes)}${s}:${s}${json}`,
        hidden,
      })),
    fc.tuple(sensitive, flags, space, tie('below')).map(([name, escapes, s, { json, hidden }]) => ({
      json: `${written(name, escapes)}${s}:${s}${json}`,
      hidden,
    })),
  ),
  /** What stands below a hidden name: all of it is hidden. */
  below: fc.oneof(
    fc.tuple(canary, flags).map(([text, escapes]) => ({ json: written(text, escapes), hidden: [text] })),
    fc.tuple(plain, canary).map(([name, text]) => ({
      json: JSON.stringify({ [name]: [text, { deep: text }], [text]: 1 }),
      hidden: [text],
    })),
  ),
}));

/** The text as it is, and as every reader of it could understand it. */
function readingsOf(text: string): string {
  const readings = [text];
  for (let i = 0; i < 4; i++) {
    const unescaped = readings
      .at(-1)!
      .replace(/\\u([0-9a-fA-F]{4})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
    readings.push(unescaped.replace(/\\(["\\/])/g, '$1'));
  }
  return readings.join('\n');
}

function checkHidden({ text }: MaskedBody, hidden: readonly string[]): void {
  const found = readingsOf(text ?? '');
  for (const part of hidden) assert.equal(found.includes(part), false, `${part} in ${text}`);
}

describe('what is kept of a JSON body', () => {
  test('holds no hidden value and nothing of a secret’s shape, whatever the JSON, and is JSON itself', () => {
    fc.assert(
      fc.property(value, ({ json, hidden }) => {
        const kept = mask(json);
        checkHidden(kept, hidden);
        if (kept.note === null) JSON.parse(kept.text!);
        else assert.equal(kept.note, 'cut');
      }),
      { numRuns: 3_000 },
    );
  });

  test('holds none of it either where the body is cut, at whatever byte', () => {
    fc.assert(
      fc.property(value, fc.nat(), ({ json, hidden }, at) => {
        const bytes = Buffer.from(json);
        const cut = maskBody(
          { mediaType: 'application/json', bytes: bytes.subarray(0, at % (bytes.length + 1)), isCut: true },
          hides,
        );
        assert.equal(cut.note, 'cut');
        checkHidden(cut, hidden);
        // Nor any long piece of a value that was cut in two.
        checkHidden(
          cut,
          hidden.map((part) => part.slice(0, 11)),
        );
      }),
      { numRuns: 3_000 },
    );
  });

  test('has 4 KB at most, whole characters, and a note when there was more', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('ä', '€', '😀', 'a'),
        fc.integer({ min: 4_080, max: 4_100 }),
        (letter, bytes) => {
          const text = JSON.stringify({ a: letter.repeat(Math.floor(bytes / Buffer.byteLength(letter))) });
          const kept = mask(text);
          assert.ok(Buffer.byteLength(kept.text!) <= MAX_BODY_BYTES);
          assert.ok(text.startsWith(kept.text!));
          assert.equal(kept.note, Buffer.byteLength(text) > MAX_BODY_BYTES ? 'cut' : null);
          assert.ok(!kept.text!.includes('\ufffd'));
        },
      ),
    );
    const many = `{${'"pin":1,'.repeat(500)}"a":1}`;
    assert.equal(mask(many).note, 'cut');
    assert.ok(Buffer.byteLength(mask(many).text!) <= MAX_BODY_BYTES);
  });

  test('is what was sent, to the letter, where there is nothing to hide', () => {
    const text =
      ' {"title" : "T\\u00e4st", "n": [1.50, -2e3, true, null, {}], "secretId":"sec_1", "a":"b", "a":"c"}\n';
    assert.deepEqual(mask(text), { text, note: null });
    assert.deepEqual(mask('"x"'), { text: '"x"', note: null });
  });

  test('hides whole values, both of two that have one name, and leaves null as it is', () => {
    assert.equal(masked('{"password":{"a":[1]},"b":2}'), '{"password":"…","b":2}');
    assert.equal(masked('{"password":"a","password":"b"}'), '{"password":"…","password":"…"}');
    assert.equal(
      masked('{"secret":null,"tokens":[1,2],"pin":true}'),
      '{"secret":null,"tokens":"…","pin":"…"}',
    );
    assert.equal(masked('[{"p\\u0061ssword":1}]'), '[{"p\\u0061ssword":"…"}]');
  });

  test('hides fields of the tenant by name and by path, at any depth, in lists, whatever their case', () => {
    assert.equal(masked('{"IBAN-Of":"x"}'), '{"IBAN-Of":"…"}');
    assert.equal(
      masked('{"email":"a","Customer":{"eMail":"b","list":[{"email":"c"}]}}'),
      '{"email":"a","Customer":{"eMail":"…","list":[{"email":"c"}]}}',
    );
    assert.equal(
      masked('{"data":[{"customer":[{"email":"a"}]}]}'),
      '{"data":[{"customer":[{"email":"…"}]}]}',
    );
    assert.equal(masked('{"customer.email":"a"}'), '{"customer.email":"…"}');
  });

  test('hides card numbers and web tokens, and no dates, times, ids or fractions', () => {
    for (const text of ['4111111111111111', '4111-1111-1111-1111', 'x 12 4111 1111 1111 1111 7'])
      assert.ok(masked(JSON.stringify({ text }))!.includes('…'), text);
    assert.equal(masked('{"a":"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc_-1"}'), '{"a":"…"}');
    const harmless =
      '{"at":1763750000003,"b":"2026-11-21 18:00","c":"+49 170 1234567","d":0.4111111111111111}';
    assert.equal(masked(harmless), harmless);
  });

  test('hides the password in a URL, and leaves ports alone', () => {
    const kept = mask(
      '{"url":"https://me:hunter2@x.test:8443/a?b=c:d@e","pass":"hunter2","t":"http://x:80/"}',
    );
    assert.equal(kept.text, '{"url":"https://me:…@x.test:8443/a?b=c:d@e","pass":"…","t":"http://x:80/"}');
    const bytes = Buffer.from('{"url":"https://me:hunt');
    const cut = maskBody({ mediaType: 'application/json', bytes, isCut: true }, hides);
    assert.equal(cut.text, '{"url":"https://me:…');
  });

  test('is nothing where the body is no JSON', () => {
    for (const text of [
      '{"password": "x" "y"}',
      '{"a":}',
      '[1,]',
      '{"a":1,}',
      '{a:1}',
      '"\u0001"',
      '[1}',
      'x',
      '',
      '{"a":1} 2',
      '{"a":01}',
      "'x'",
    ]) {
      assert.deepEqual(mask(text), { text: null, note: 'not_json' }, text);
    }
  });

  test('is nothing where the bytes are no text', () => {
    assert.deepEqual(mask(Buffer.from([0x22, 0xff, 0x22])), { text: null, note: 'not_text' });
    assert.deepEqual(mask('{}', 'application/zip'), { text: null, note: 'not_text' });
    assert.deepEqual(mask('a\0b', 'text/plain'), { text: null, note: 'not_text' });
  });

  test('takes little time, however hostile the JSON', () => {
    const parts = ['[', '{"a":', '"\\u0061', '{"a.b.c.d.e":', '4 ', '"[\\"', '_live_', '"eyJ', '-', '\\\\'];
    const startedAt = process.cpuUsage();
    for (const part of parts) {
      for (const before of ['', '"', '["']) {
        const bytes = Buffer.from(before + part.repeat(4_096)).subarray(0, MAX_BODY_BYTES);
        for (let i = 0; i < 10; i++) maskBody({ mediaType: 'application/json', bytes, isCut: true }, hides);
      }
    }
    const { user } = process.cpuUsage(startedAt);
    assert.ok(user / 300 < 10_000, `${user / 300} µs each`);
  });
});

describe('what is kept of other text', () => {
  test('is masked line by line in NDJSON, and a line that is no JSON is left out', () => {
    const lines = '{"title":"a","password":"b"}\n{"broken password":"x"\n\n{"token":"c"}\n';
    assert.equal(
      mask(lines, 'application/x-ndjson').text,
      '{"title":"a","password":"…"}\n…\n\n{"token":"…"}\n',
    );
    const cut = mask(
      `${'{"title":"a"}\n'.repeat(291)}{"password":"abcdefgh, and more"}`,
      'application/x-ndjson',
    );
    assert.equal(cut.note, 'cut');
    assert.ok(cut.text!.endsWith('{"password":"…"'));
  });

  test('has no value behind a hidden name, and nothing of a secret’s shape', () => {
    const { secret, hint } = createSecret('sa', 'production');
    const text = `user=me&password=hunter2\nAuthorization: Basic abc\nSet-Cookie: a=b\nkey ${secret}\nok: 1`;
    assert.equal(
      mask(text, 'text/plain').text,
      `user=me&password=…\nAuthorization: …\nSet-Cookie: …\nkey ${hint}…\nok: 1`,
    );
  });
});
