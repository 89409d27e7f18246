import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { runWithTransaction } from '@better-auth/core/context';
import type { DBAdapter } from '@better-auth/core/db/adapter';
import { twoFactor } from 'better-auth/plugins/two-factor';
import { freshDatabase, onEachDatabase } from '../../test/databases.ts';
import { digestOf } from '../core/secret.ts';
import { createAuthAdapter, inAuthTransaction } from './auth-adapter.ts';
import { type Database, openPostgresDatabase, openSqliteDatabase } from './database.ts';
import { migrate } from './migrations/index.ts';

interface Session {
  readonly id: string;
  readonly token: string;
  readonly userId: string;
  readonly expiresAt: Date;
}

onEachDatabase((kind, skip) => {
  describe(`better-auth's adapter on ${kind}`, { skip }, () => {
    let directory: string;
    let database: Database;
    let adapter: DBAdapter;
    let userId: string;

    before(async () => {
      directory = mkdtempSync(join(tmpdir(), 'keyward-adapter-'));
      database =
        kind === 'sqlite' ? openSqliteDatabase(directory) : openPostgresDatabase(await freshDatabase());
      await migrate(database, 1);
      adapter = createAuthAdapter(database)({ plugins: [twoFactor()] }) as unknown as DBAdapter;
      userId = (await createUser('ada@example.com')).id;
    });

    after(async () => {
      await database.close();
      rmSync(directory, { recursive: true, force: true });
    });

    function createUser(email: string) {
      const at = new Date(1_000);
      const data = {
        name: 'Ada',
        email,
        emailVerified: true,
        twoFactorEnabled: false,
        createdAt: at,
        updatedAt: at,
      };
      return adapter.create<typeof data, typeof data & { id: string }>({ model: 'user', data });
    }

    function createSession(token: string, expiresAtMs = 9_000) {
      const at = new Date(1_000);
      const data = { token, userId, expiresAt: new Date(expiresAtMs), createdAt: at, updatedAt: at };
      return adapter.create<typeof data, Session>({ model: 'session', data });
    }

    test('times are epoch ms and flags 0 or 1 in the database, and come back as Date and boolean', async () => {
      const user = await createUser('types@example.com');
      const row = await database.read
        .selectFrom('users')
        .selectAll()
        .where('id', '=', user.id)
        .executeTakeFirst();
      assert.deepEqual([row?.email_verified, row?.two_factor_enabled, row?.created_at], [1, 0, 1_000]);
      const found = await adapter.findOne<typeof user>({
        model: 'user',
        where: [{ field: 'email', value: 'types@example.com' }],
      });
      assert.deepEqual([found?.emailVerified, found?.twoFactorEnabled], [true, false]);
      assert.deepEqual(found?.createdAt, new Date(1_000));
    });

    test('a session token is stored as its digest and comes back only to who has it', async () => {
      const created = await createSession('the-session-token');
      assert.equal(created.token, 'the-session-token');
      const row = await database.read
        .selectFrom('sessions')
        .selectAll()
        .where('id', '=', created.id)
        .executeTakeFirstOrThrow();
      assert.equal(row.token, digestOf('the-session-token'));

      const byToken = { model: 'session', where: [{ field: 'token', value: 'the-session-token' }] };
      assert.equal((await adapter.findOne<Session>(byToken))?.token, 'the-session-token');
      const among = {
        model: 'session',
        where: [{ field: 'token', operator: 'in', value: ['the-session-token', 'x'] }],
      } as const;
      assert.equal(
        (await adapter.findMany<Session>({ ...among, where: [...among.where] as never }))[0]?.token,
        'the-session-token',
      );
      const byUser = { model: 'session', where: [{ field: 'userId', value: userId }] };
      assert.deepEqual(
        (await adapter.findMany<Session>(byUser)).map(({ token }) => token),
        [''],
      );
      const updated = await adapter.update<Session>({ ...byToken, update: { expiresAt: new Date(5_000) } });
      assert.deepEqual([updated?.token, updated?.expiresAt], ['the-session-token', new Date(5_000)]);
    });

    test('the digest itself opens nothing', async () => {
      await createSession('another-token');
      const where = [{ field: 'token', value: digestOf('another-token') }];
      assert.equal(await adapter.findOne({ model: 'session', where }), null);
      assert.equal(await adapter.deleteMany({ model: 'session', where }), 0);
      assert.equal(
        await adapter.deleteMany({ model: 'session', where: [{ field: 'token', value: 'another-token' }] }),
        1,
      );
      assert.equal(await adapter.deleteMany({ model: 'session', where: [{ field: 'token', value: '' }] }), 0);
    });

    test('the identifiers of challenges are stored as digests too', async () => {
      const at = new Date(1_000);
      const data = {
        identifier: '2fa-challenge',
        value: userId,
        expiresAt: new Date(9_000),
        createdAt: at,
        updatedAt: at,
      };
      const created = await adapter.create<typeof data, typeof data & { id: string }>({
        model: 'verification',
        data,
      });
      assert.equal(created.identifier, '2fa-challenge');
      const row = await database.read.selectFrom('verifications').selectAll().executeTakeFirstOrThrow();
      assert.equal(row.identifier, digestOf('2fa-challenge'));
      const where = [{ field: 'identifier', value: '2fa-challenge' }];
      const [first, second] = await Promise.all(
        [1, 2].map(() => adapter.consumeOne<typeof created>({ model: 'verification', where })),
      );
      assert.equal([first, second].filter((taken) => taken?.value === userId).length, 1);
    });

    test('conditions mean what better-auth says: comparisons, lists, null, and one of the ORs', async () => {
      for (const [i, name] of ['p', 'q', 'r'].entries()) await createSession(`${name}-token`, 20_000 + i);
      const count = (where: Parameters<DBAdapter['count']>[0]['where']) =>
        adapter.count({ model: 'session', where });
      const after = (ms: number, operator: 'gt' | 'gte' | 'lt' | 'lte') => ({
        field: 'expiresAt',
        operator,
        value: new Date(ms),
      });
      assert.equal(await count([after(20_001, 'gt')]), 1);
      assert.equal(await count([after(20_001, 'gte')]), 2);
      assert.equal(await count([after(20_000, 'gte'), after(20_001, 'lt')]), 1);
      assert.equal(await count([{ field: 'ipAddress', value: null }, after(20_000, 'gte')]), 3);
      assert.equal(await count([{ field: 'id', operator: 'in', value: [] }]), 0);
      assert.equal(
        await count([
          after(20_000, 'gte'),
          { field: 'token', value: 'p-token', connector: 'OR' },
          { field: 'token', value: 'q-token', connector: 'OR' },
        ]),
        2,
      );
      await assert.rejects(count([{ field: 'userId', operator: 'contains', value: 'u' }]), /contains/);
      await assert.rejects(adapter.findOne({ model: 'rateLimit', where: [] }), /rateLimit/);
    });

    test('a guarded increment counts once for each of many at once', async () => {
      const data = { userId, secret: 's', backupCodes: 'b', verified: false };
      const { id } = await adapter.create<typeof data, { id: string }>({ model: 'twoFactor', data });
      const below = (limit: number) => [
        { field: 'id', value: id },
        { field: 'failedVerificationCount', operator: 'lt' as const, value: limit },
      ];
      const results = await Promise.all(
        Array.from({ length: 20 }, () =>
          adapter.incrementOne({
            model: 'twoFactor',
            where: below(5),
            increment: { failedVerificationCount: 1 },
          }),
        ),
      );
      assert.equal(results.filter((row) => row !== null).length, 5);
      const set = { lockedUntil: new Date(7_000) };
      const locked = await adapter.incrementOne<{ lockedUntil: Date }>({
        model: 'twoFactor',
        where: [{ field: 'id', value: id }],
        increment: {},
        set,
      });
      assert.deepEqual(locked?.lockedUntil, new Date(7_000));
    });

    test('what better-auth writes belongs to our transaction, and is undone with it', async () => {
      const work = database.transaction((tx) =>
        inAuthTransaction(tx, async () => {
          await createSession('undone-token');
          assert.ok(
            await adapter.findOne({ model: 'session', where: [{ field: 'token', value: 'undone-token' }] }),
          );
          await adapter.transaction(async () => createSession('nested-token'));
          throw new Error('on purpose');
        }),
      );
      await assert.rejects(work, /on purpose/);
      for (const value of ['undone-token', 'nested-token']) {
        assert.equal(await adapter.findOne({ model: 'session', where: [{ field: 'token', value }] }), null);
      }
    });

    test('a transaction of its own is one', async () => {
      const work = runWithTransaction(adapter, async () => {
        await createSession('lost-token');
        throw new Error('on purpose');
      });
      await assert.rejects(work, /on purpose/);
      assert.equal(
        await adapter.findOne({ model: 'session', where: [{ field: 'token', value: 'lost-token' }] }),
        null,
      );
    });

    test('no token is in the files', { skip: kind !== 'sqlite' }, () => {
      for (const name of ['keyward.db', 'keyward.db-wal']) {
        assert.doesNotMatch(readFileSync(join(directory, name), 'latin1'), /-token|2fa-challenge/);
      }
    });
  });
});
