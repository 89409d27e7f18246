import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { onEachDatabase } from './databases.ts';
import { type Harness, openHarness, type TestAnswer, type TestKey } from './harness.ts';

const limits = { perMinute: 1_000_000, burst: 1_000_000, perDay: 1_000_000_000 };
const csv = { 'content-type': 'text/csv; charset=utf-8' };
const ndjson = { 'content-type': 'application/x-ndjson' };

onEachDatabase((kind, skip) => {
  describe(`many at once on ${kind}`, { skip }, () => {
    let t: Harness;
    let admin: TestKey;
    let acme: string;

    const call = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
      t.send({ method, url: `/api/v1${path}`, key: admin.secret, body, headers });
    const importing = (body: string | Buffer, headers: Record<string, string> = csv) =>
      call('POST', '/contacts/import', body, headers);
    const run = async (started: TestAnswer): Promise<TestAnswer['body']> => {
      assert.equal(started.status, 202, started.text);
      t.app.jobs.start();
      for (;;) {
        const { body } = await call('GET', `/jobs/${started.body.id}`);
        if (body.endedAt !== null) {
          await t.app.jobs.stop();
          return body;
        }
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    const contact = async (email: string) =>
      (await call('GET', `/contacts?email=${encodeURIComponent(email)}`)).body.data[0];
    const codeOf = ({ status, body }: TestAnswer) => [status, body?.code];

    before(async () => {
      t = await openHarness(kind);
      admin = await t.createKey({ scopes: [...t.app.catalogue.all], rateLimit: limits });
      acme = (await call('POST', '/customers', { name: 'Acme', email: 'acme@example.com' })).body.id;
    });
    after(() => t.close());

    test('contacts come from CSV as spreadsheets write it, and custom fields with them', async () => {
      const text = [
        '\ufeffEmail,Phone,name,customerId,Plan,Note',
        `Ada@Example.com,'+49 30 1234567,"Lovelace, Ada",${acme},gold,"'=1+1"`,
        'bob@example.com,,Bob,,,"two\nlines"',
        ',030 1234,No address,,silver,',
      ].join('\r\n');
      const done = await run(await importing(text));
      assert.deepEqual(
        done.result,
        { created: 3, updated: 0, unchanged: 0, failed: 0 },
        JSON.stringify(done),
      );
      const { id, createdAt, updatedAt, ...ada } = await contact('ada@example.com');
      assert.deepEqual(ada, {
        customerId: acme,
        email: 'ada@example.com',
        phone: '+49301234567',
        name: 'Lovelace, Ada',
        customFields: { Plan: 'gold', Note: '=1+1' },
      });
      assert.deepEqual((await contact('bob@example.com')).customFields, { Note: 'two\nlines' });
    });

    test('what is known is changed, what is equal is not written, and an empty cell changes nothing', async () => {
      const first = 'email,name,Plan,Seats\nknown@example.com,Known,gold,3\nsame@example.com,Same,,\n';
      await run(await importing(first));
      const before = [await contact('known@example.com'), await contact('same@example.com')];
      const entries = async () => (await call('GET', '/audit-log?limit=200&action=contact.updated')).text;
      const told = await entries();
      t.clock.advance(1_000);
      const again = await run(await importing(first));
      assert.deepEqual(again.result, { created: 0, updated: 0, unchanged: 2, failed: 0 });
      assert.deepEqual([await contact('known@example.com'), await contact('same@example.com')], before);
      assert.equal(await entries(), told);
      const changed = await run(await importing('email,name,Plan\nKNOWN@example.com,,silver\n'));
      assert.deepEqual(changed.result, { created: 0, updated: 1, unchanged: 0, failed: 0 });
      const { name, customFields } = await contact('known@example.com');
      assert.deepEqual([name, customFields], ['Known', { Plan: 'silver', Seats: '3' }]);
    });

    test('lines and lists take what a POST of each takes, null that clears among it', async () => {
      const line = {
        email: 'json@example.com',
        name: 'J',
        phone: '030 555',
        customFields: { n: 1, deep: { a: [1] } },
      };
      const made = await run(await importing(`${JSON.stringify(line)}\n\n`, ndjson));
      assert.equal(made.result.created, 1);
      const list = JSON.stringify([{ email: 'json@example.com', phone: null, customFields: { n: null } }]);
      const changed = await run(await importing(list, { 'content-type': 'application/json' }));
      assert.equal(changed.result.updated, 1);
      const { phone, name, customFields } = await contact('json@example.com');
      assert.deepEqual([phone, name, customFields], [null, 'J', { deep: { a: [1] } }]);
    });

    test('a bad line is reported with its number, keeps no secret, and the others go on', async () => {
      const text = [
        'email,name,customerId,note',
        'good-1@example.com,One,,',
        'nobody,Two,,',
        ',Three,,',
        `four@example.com,${admin.secret},,`,
        `five@example.com,Five,,${admin.secret}`,
        'six@example.com,Six,cus_00000000000000000000000000,',
        'seven@example.com,"S\u0000even",,',
        'a@example.com,b,c,d,e',
        'good-2@example.com,Two,,',
      ].join('\n');
      const done = await run(await importing(text));
      assert.deepEqual([done.state, done.result.created, done.errorCount], ['succeeded', 2, 7]);
      const lines = done.errors.map(({ line }: { line: number }) => line);
      assert.deepEqual(lines, [3, 4, 5, 6, 7, 8, 9].sort());
      const messageAt = (line: number) =>
        done.errors.find((error: { line: number }) => error.line === line).message;
      assert.match(messageAt(3), /^email: must be an e-mail address/);
      assert.match(messageAt(4), /^email: is required where there is no phone number/);
      assert.match(messageAt(7), /^customerId: there is no customer/);
      assert.match(messageAt(9), /5 cells, and the header 4/);
      assert.ok(!JSON.stringify(done).includes(admin.secret));
      assert.ok(!t.logged.join('').includes(admin.secret));
      for (const email of ['four', 'five', 'six', 'seven'])
        assert.equal(await contact(`${email}@example.com`), undefined);
      const audit = await call('GET', '/audit-log?limit=200');
      assert.ok(!/good-1@example|Lovelace/.test(audit.text));
    });

    test('what is no import is refused, needs both scopes, and leaves nothing behind', async () => {
      const newest = async () => (await call('GET', '/jobs?limit=1')).body.data[0]?.id;
      const last = await newest();
      const table: [TestAnswer, number, string][] = [
        [await importing('', csv), 400, 'validation_failed'],
        [await importing('email\n', csv), 400, 'validation_failed'],
        [await importing('name\nAda\n', csv), 400, 'validation_failed'],
        [await importing('email\n"a', csv), 400, 'validation_failed'],
        [await importing(Buffer.from('email\n\xe4', 'latin1'), csv), 415, 'unsupported_media_type'],
        [
          await importing('email\na@b.c', { 'content-type': 'text/csv; charset=latin1' }),
          415,
          'unsupported_media_type',
        ],
        [
          await importing('email\na@b.c', { ...csv, 'content-encoding': 'gzip' }),
          415,
          'unsupported_media_type',
        ],
        [
          await importing('email\na@b.c', { 'content-type': 'application/vnd.ms-excel' }),
          415,
          'unsupported_media_type',
        ],
      ];
      for (const [answer, status, code] of table)
        assert.deepEqual(codeOf(answer), [status, code], answer.text);
      for (const scopes of [['contacts:write'], ['bulk:write', 'contacts:read']]) {
        const { secret } = await t.createKey({ scopes });
        const url = '/api/v1/contacts/import';
        const answer = await t.send({ url, key: secret, body: 'email\na@b.c', headers: csv });
        assert.deepEqual(codeOf(answer), [403, 'insufficient_scope']);
      }
      assert.equal(await newest(), last);
    });

    test('a job that the server dies in goes on where it stood, and takes no line twice', async () => {
      const emails = Array.from({ length: 120 }, (_, i) => `many-${i}@example.com`);
      const started = await importing(`email\n${emails.join('\n')}\n`);
      t.app.jobs.start();
      const doneNow = async () => (await call('GET', `/jobs/${started.body.id}`)).body.progress.done;
      while ((await doneNow()) === 0) await new Promise((resolve) => setImmediate(resolve));
      t = await t.restart();
      const done = await run(started);
      assert.deepEqual(done.result, { created: 120, updated: 0, unchanged: 0, failed: 0 });
      const { body } = await call('GET', '/contacts?q=many-&limit=200');
      assert.equal(new Set(body.data.map(({ email }: { email: string }) => email)).size, 120);
    });

    test('many licences differ in their keys alone, and their list is whole', async () => {
      const product = (await call('POST', '/products', { name: 'Editor' })).body.id;
      const body = { productId: product, count: 25, activationLimit: 3, metadata: { order: 'o-17' } };
      for (const format of ['csv', 'ndjson']) {
        const done = await run(await call('POST', '/licenses/bulk', { ...body, format }));
        assert.deepEqual(
          [done.state, done.kind, done.result],
          ['succeeded', 'licenses.create', { created: 25 }],
        );
        const { text, headers } = await call('GET', `/jobs/${done.id}/download`);
        assert.match(headers['content-disposition']!, new RegExp(`licenses-${done.id}.${format}`));
        const rows =
          format === 'csv'
            ? text
                .split('\r\n')
                .slice(1, -1)
                .map((line) => line.split(','))
            : text
                .split('\n')
                .slice(0, -1)
                .map((line) => Object.values(JSON.parse(line) as object));
        if (format === 'csv') assert.ok(text.startsWith('id,key\r\n'));
        assert.equal(new Set(rows.map(([, key]) => key)).size, 25);
        const license = (await call('GET', `/licenses/${rows[24]![0]}`)).body;
        assert.deepEqual(
          [license.key, license.activationLimit, license.metadata, license.state],
          [rows[24]![1], 3, { order: 'o-17' }, 'available'],
        );
        const audit = (await call('GET', '/audit-log?limit=200')).text;
        assert.ok(audit.includes(license.id) && !audit.includes(license.key) && !audit.includes('o-17'));
        const stranger = await t.createKey({ scopes: ['jobs:read', 'contacts:read'] });
        const url = `/api/v1/jobs/${done.id}/download`;
        assert.deepEqual(codeOf(await t.send({ url, key: stranger.secret })), [403, 'insufficient_scope']);
      }
      assert.equal((await call('GET', `/licenses?productId=${product}&limit=200`)).body.data.length, 50);
    });

    test('what cannot be made of licences is refused before there is a job', async () => {
      const product = (await call('POST', '/products', { name: 'Viewer' })).body.id;
      const wrongs: [Record<string, unknown>, string][] = [
        [{ count: 0 }, 'count'],
        [{ count: 100_001 }, 'count'],
        [{ productId: 'prd_00000000000000000000000000' }, 'productId'],
        [{ expiresAt: '2020-01-01T00:00:00Z' }, 'expiresAt'],
        [{ customerId: 'cus_00000000000000000000000000' }, 'customerId'],
        [{ format: 'xlsx' }, 'format'],
        [{ metadata: { note: admin.secret } }, 'metadata'],
      ];
      const newest = async () => (await call('GET', '/jobs?limit=1')).body.data[0]?.id;
      const last = await newest();
      for (const [fields, path] of wrongs) {
        const answer = await call('POST', '/licenses/bulk', { productId: product, count: 2, ...fields });
        assert.deepEqual([answer.status, answer.body.errors?.[0].path], [400, path], answer.text);
      }
      assert.equal(await newest(), last);
    });
  });
});
