import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { onEachDatabase } from '../../test/databases.ts';
import { type Harness, openHarness } from '../../test/harness.ts';
import { type AuditRow, auditHash } from '../core/audit-chain.ts';
import { checkpointText, signText } from '../core/audit-seal.ts';
import type { Db } from '../store/database.ts';
import { AuditCheckpoints } from './audit-checkpoints.ts';
import { exportAudit } from './audit-export.ts';
import { auditKeysOf, verifyDatabase, verifyExport } from './audit-verify.ts';

const secret = 'a secret for tests, long enough to be one';
const keys = auditKeysOf(secret);
const strangers = auditKeysOf('another secret, just as long as the first one');

async function* piecesOf(text: string) {
  for (let i = 0; i < text.length; i += 777) yield text.slice(i, i + 777);
}

async function prepare(kind: 'sqlite' | 'postgres'): Promise<Harness> {
  const harness = await openHarness(kind);
  for (let i = 0; i < 8; i++) {
    const environment = i % 2 === 0 ? 'production' : 'sandbox';
    await harness.createKey({ name: `=Audited — "${i}",\n'+`, environment });
  }
  // Once, so that the timer has nothing to do while the clock stands still; what it knows would make finding easy.
  await checkpointsOf(harness).write('all');
  await harness.app.database.write.deleteFrom('audit_checkpoints').execute();
  return harness;
}

async function textOf(pieces: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const piece of pieces) text += piece;
  return text;
}

function checkpointsOf({ app }: Harness): AuditCheckpoints {
  const { database, clock, log, settings } = app;
  return new AuditCheckpoints({ database, clock, log, keys: settings.auditSigningKeys });
}

const rowsOf = (db: Db) => db.selectFrom('audit_entries').selectAll().orderBy('seq').execute();

/** Puts a chain of these rows into the place of the one that is there, with a head that says so. */
async function replaceChain(db: Db, rows: readonly AuditRow[], tenantId: string): Promise<void> {
  await db.deleteFrom('audit_entries').execute();
  if (rows.length > 0)
    await db
      .insertInto('audit_entries')
      .values([...rows])
      .execute();
  const last = rows.at(-1);
  await db
    .updateTable('audit_heads')
    .set({ seq: last?.seq ?? 0, hash: last?.hash ?? '' })
    .where('tenant_id', '=', tenantId)
    .execute();
}

const textFields = ['id', 'actor_type', 'actor_id', 'action', 'prev_hash', 'hash'] as const;
const optionalFields = ['target_id', 'before', 'after', 'request_id', 'ip', 'environment'] as const;

type Tampering = (rows: readonly AuditRow[]) => AuditRow[];

/** What somebody with the database, but without the secret, can do to a chain and its head. */
const tamperings: fc.Arbitrary<Tampering> = fc.oneof(
  fc
    .record({ at: fc.nat(), field: fc.constantFrom(...textFields, ...optionalFields), value: fc.string() })
    .map(
      ({ at, field, value }) =>
        (rows: readonly AuditRow[]) =>
          rows.map((row, i) =>
            i === at % rows.length ? { ...row, [field]: `${value.replaceAll('\0', '')}~` } : row,
          ),
    ),
  fc.record({ at: fc.nat(), by: fc.integer({ min: 1, max: 1e9 }) }).map(
    ({ at, by }) =>
      (rows: readonly AuditRow[]) =>
        rows.map((row, i) => (i === at % rows.length ? { ...row, at: row.at + by } : row)),
  ),
  fc
    .nat()
    .map((at) => (rows: readonly AuditRow[]) => rows.filter((_, i) => i !== at % (rows.length - 1)))
    .map(
      (remove): Tampering =>
        (rows) =>
          remove(rows),
    ),
  // Removed, and the numbers and links behind it mended.
  fc.nat().map((at) => (rows: readonly AuditRow[]) => {
    const kept = rows.filter((_, i) => i !== at % (rows.length - 1));
    return kept.map((row, i) => ({ ...row, seq: i + 1, prev_hash: kept[i - 1]?.hash ?? rows[0]!.prev_hash }));
  }),
  fc.tuple(fc.nat(), fc.nat()).map(([a, b]) => (rows: readonly AuditRow[]) => {
    const one = a % rows.length;
    const other = (one + 1 + (b % (rows.length - 1))) % rows.length;
    const swapped = [...rows];
    swapped[one] = { ...rows[other]!, seq: rows[one]!.seq };
    swapped[other] = { ...rows[one]!, seq: rows[other]!.seq };
    return swapped;
  }),
  // One more, linked and with a hash under a key of the forger's own.
  fc.tuple(fc.boolean(), fc.string()).map(([isDouble, id]) => (rows: readonly AuditRow[]) => {
    const last = rows.at(-1)!;
    const forged = {
      ...last,
      id: `aud_forged${id.replaceAll('\0', '')}`,
      seq: last.seq + 1,
      prev_hash: last.hash,
    };
    return [...rows, isDouble ? forged : { ...forged, hash: auditHash(Buffer.alloc(32), forged) }];
  }),
  fc.constant((rows: readonly AuditRow[]) => [{ ...rows[0]!, id: 'aud_before', seq: 0 }, ...rows]),
);

onEachDatabase((kind, skip) => {
  describe(`verifying the audit log on ${kind}`, { skip }, () => {
    test('an untouched chain passes, and every tampering with it is found', async (t) => {
      const harness = await prepare(kind);
      t.after(() => harness.close());
      const { write, read } = harness.app.database;
      const rows = await rowsOf(read);
      assert.ok(rows.length >= 8);
      assert.deepEqual((await verifyDatabase(read, keys, [])).breaks, []);
      assert.equal((await verifyDatabase(read, strangers, [])).breaks[0]?.seq, 1, 'from the first entry on');
      await fc.assert(
        fc.asyncProperty(tamperings, async (tamper) => {
          await replaceChain(write, tamper(rows), harness.tenantId);
          const { breaks } = await verifyDatabase(read, keys, []);
          assert.equal(breaks[0]?.tenantId, harness.tenantId, 'nothing was found');
        }),
        { numRuns: kind === 'sqlite' ? 150 : 60 },
      );
      await replaceChain(write, rows, harness.tenantId);
      assert.deepEqual((await verifyDatabase(read, keys, [])).breaks, []);
    });

    test('a cut tail, however neat, is found by the checkpoint kept elsewhere, and only by a signed one', async (t) => {
      const harness = await prepare(kind);
      t.after(() => harness.close());
      const { tenantId, app } = harness;
      const { write, read } = app.database;
      await harness.createKey({ name: 'One more — Test' });
      await checkpointsOf(harness).write('all');
      const stored = await read.selectFrom('audit_checkpoints').selectAll().executeTakeFirstOrThrow();
      const { tenant_id: _, ...rest } = stored;
      const kept = { tenantId, ...rest };
      const rows = await rowsOf(read);
      assert.deepEqual((await verifyDatabase(read, keys, [kept])).breaks, []);
      for (const length of [0, 1, 4, rows.length - 1]) {
        await replaceChain(write, rows.slice(0, length), tenantId);
        if (length === 0) {
          const empty = { seq: 0, hash: '0'.repeat(64) };
          await write.updateTable('audit_heads').set(empty).where('tenant_id', '=', tenantId).execute();
        }
        const inside = (await verifyDatabase(read, keys, [])).breaks;
        assert.match(inside[0]?.reason ?? '', /the end was cut off/, 'by the checkpoint in the database');
        await write.deleteFrom('audit_checkpoints').execute();
        assert.deepEqual((await verifyDatabase(read, keys, [])).breaks, [], 'nothing inside tells it');
        const [found] = (await verifyDatabase(read, keys, [kept])).breaks;
        assert.deepEqual([found?.tenantId, found?.seq], [tenantId, length + 1]);
        assert.match(
          found?.reason ?? '',
          new RegExp(`cut off: the checkpoint of .* has ${rows.length} entries`),
        );
        await write.insertInto('audit_checkpoints').values(stored).execute();
      }
      await replaceChain(write, rows, tenantId);
      const forged = { ...kept, hash: 'f'.repeat(64) };
      const unsigned = (await verifyDatabase(read, keys, [forged])).breaks[0]?.reason;
      assert.match(unsigned ?? '', /was not signed with the secret/);
      const resigned = { ...forged, signature: signText(strangers.signing, checkpointText(forged)) };
      assert.match((await verifyDatabase(read, keys, [resigned])).breaks[0]?.reason ?? '', /was not signed/);
      const other = { ...forged, signature: signText(keys.signing, checkpointText(forged)) };
      assert.match(
        (await verifyDatabase(read, keys, [other])).breaks[0]?.reason ?? '',
        /checkpoint .* names/,
      );
    });

    test('checkpoints come after 1,000 entries or an hour with any, and at the stop', async (t) => {
      const harness = await prepare(kind);
      t.after(() => harness.close());
      const { app, clock } = harness;
      const service = checkpointsOf(harness);
      const counted = async () =>
        (await app.database.read.selectFrom('audit_checkpoints').selectAll().execute()).length;
      const first = await counted();
      await harness.createKey({ name: 'Later — Test' });
      await service.write('due');
      assert.equal(await counted(), first, 'nothing new, or not yet an hour');
      clock.advance(3_600_000);
      await service.write('due');
      assert.equal(await counted(), first + 1);
      clock.advance(3_600_000);
      await service.write('due');
      assert.equal(await counted(), first + 1, 'an hour without any');
      await harness.createKey({ name: 'Last — Test' });
      await service.stop();
      assert.equal(await counted(), first + 2);
      await app.database.write.deleteFrom('audit_checkpoints').execute();
      for (const [entries, written] of [
        [999, 0],
        [1_000, 1],
      ] as const) {
        const set = app.database.write.updateTable('audit_heads');
        await set.set((e) => ({ checkpoint_seq: e('seq', '-', entries) })).execute();
        await service.write('due');
        assert.equal(await counted(), written, `${entries} entries`);
      }
      assert.ok(harness.logged.some((line) => line.includes('"checkpoint":{"tenantId"')));
    });

    for (const format of ['ndjson', 'csv'] as const) {
      test(`an export as ${format} is verified offline, whole or of one environment or time, and no change passes`, async (t) => {
        const harness = await prepare(kind);
        t.after(() => harness.close());
        const { app, tenantId } = harness;
        const key = await harness.createKey({ scopes: ['audit:read'], environment: 'sandbox' });
        const people = harness.systemContext();
        const confined = {
          ...people,
          environment: 'sandbox',
          caller: { kind: 'key', id: key.id },
        } as typeof people;
        const write = async (ctx: typeof people, times = {}) =>
          textOf(exportAudit(app, ctx, { format, ...times }));
        const whole = await write(people);
        const verified = await verifyExport(piecesOf(whole), keys);
        const rows = await rowsOf(app.database.read);
        assert.deepEqual(
          [verified.fault, verified.tenantId, verified.entries],
          [null, tenantId, rows.length],
        );
        assert.notEqual((await verifyExport(piecesOf(whole), strangers)).fault, null);
        const part = await verifyExport(piecesOf(await write(confined)), keys);
        assert.deepEqual([part.fault, part.environment, part.entries], [null, 'sandbox', 5]);
        const none = await verifyExport(piecesOf(await write(people, { to: 1_000 })), keys);
        assert.deepEqual([none.fault, none.entries], [null, 0]);
        const since = await verifyExport(piecesOf(await write(people, { from: 1_000 })), keys);
        assert.deepEqual([since.fault, since.entries], [null, rows.length]);
        for (const text of [whole, await write(confined)]) {
          const lines = text.split('\n').slice(0, -1);
          await fc.assert(
            fc.asyncProperty(fc.nat(), fc.nat(), fc.nat(3), async (a, b, how) => {
              const changed = spoil(lines, a, b, how);
              const same = changed.join('\n') === lines.join('\n');
              if (!same)
                assert.notEqual((await verifyExport(piecesOf(`${changed.join('\n')}\n`), keys)).fault, null);
            }),
            { numRuns: 100 },
          );
        }
      });
    }
  });
});

/** Removes, doubles or swaps lines, or changes one character that is a letter or digit. */
function spoil(lines: readonly string[], a: number, b: number, how: number): string[] {
  const one = a % lines.length;
  const other = b % lines.length;
  const line = lines[one]!;
  if (how === 0) return lines.filter((_, i) => i !== one);
  if (how === 1) return [...lines.slice(0, one + 1), ...lines.slice(one)];
  if (how === 2) return lines.map((text, i) => (i === one ? lines[other]! : i === other ? line : text));
  const place = line.slice(b % line.length).search(/[0-9a-zA-Z]/);
  if (place === -1) return lines.filter((_, i) => i !== one);
  const at = (b % line.length) + place;
  const letter = line[at] === '7' ? '8' : '7';
  return lines.map((text, i) => (i === one ? text.slice(0, at) + letter + text.slice(at + 1) : text));
}
