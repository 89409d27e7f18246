import assert from 'node:assert/strict';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, describe, test } from 'node:test';
import { type Composed, compose } from '../../compose.ts';
import { loadConfig } from '../../config.ts';
import { createTenant } from '../people/setup.ts';
import { type Backup, type BackupOptions, createBackup } from './backup.ts';
import { restoreBackup } from './restore.ts';
import { asidePath, commitRestore, finishRestore, hasUnfinishedRestore, stagingPath } from './swap.ts';

process.umask(0o077);
const root = mkdtempSync(join(tmpdir(), 'keyward-backup-'));
after(() => rmSync(root, { recursive: true, force: true }));

let made = 0;
function freshPath(): string {
  made += 1;
  return join(root, String(made));
}

const owner = { email: 'owner@example.com', password: 'correct horse battery' };

/** A data directory with a tenant, as a Keyward left it that was stopped. */
async function makeData(tenantName = 'Old'): Promise<string> {
  const directory = freshPath();
  const composed = await openData(directory);
  await createTenant(composed.app, { ...owner, tenantName });
  await composed.close();
  return directory;
}

function openData(directory: string): Promise<Composed> {
  return compose(loadConfig({ KEYWARD_DATA_DIR: directory, KEYWARD_LOG_LEVEL: 'error' }));
}

async function tenantsIn(directory: string): Promise<string[]> {
  const { app, close } = await openData(directory);
  const rows = await app.database.read.selectFrom('tenants').select('name').orderBy('id').execute();
  await close();
  return rows.map(({ name }) => name);
}

function backUp(dataDirectory: string, options: Partial<BackupOptions> = {}): Promise<Backup> {
  return createBackup({
    dataDirectory,
    target: freshPath(),
    secretSetting: undefined,
    withSecret: true,
    program: '0.1.0',
    now: new Date(),
    ...options,
  });
}

function restore(backup: string, dataDirectory: string, isForced = false, secretSetting?: string) {
  return restoreBackup({ backup, dataDirectory, isForced, secretSetting, now: new Date() });
}

async function refuses(work: Promise<unknown>, pattern: RegExp): Promise<void> {
  await assert.rejects(work, (error: Error) => {
    assert.equal(error.name, 'StartError', `${error.stack}`);
    assert.match(error.message, pattern);
    assert.match(error.message, /^[^\n]*[.)]$/);
    return true;
  });
}

/** Every file below a directory with its content. */
function contentOf(directory: string): Record<string, string> {
  if (!existsSync(directory)) return {};
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' });
  const files = names.filter((name) => statSync(join(directory, name)).isFile() && name !== 'keyward.lock');
  return Object.fromEntries(
    files.sort().map((name) => [name, readFileSync(join(directory, name), 'base64')]),
  );
}

describe('a back-up', () => {
  test('is private, whole, and restores what was there, beside a Keyward that goes on writing', async () => {
    const data = await makeData();
    const { app, close } = await openData(data);
    let isOver = false;
    const writing = (async () => {
      for (let i = 0; !isOver; i++) {
        await createTenant(app, { ...owner, email: `owner${i}@example.com`, tenantName: `New ${i}` });
      }
    })();
    const { path, manifest, warnings } = await backUp(data);
    isOver = true;
    await writing;
    await close();
    assert.deepEqual(warnings, []);
    assert.equal(statSync(path).mode & 0o777, 0o700);
    assert.deepEqual(readdirSync(path).sort(), [
      'admissions.db',
      'keyward.db',
      'manifest.json',
      'secret',
      'telemetry.db',
    ]);
    for (const name of readdirSync(path)) assert.equal(statSync(join(path, name)).mode & 0o777, 0o600, name);
    assert.deepEqual([manifest.audit.isWhole, manifest.secret], [true, 'included']);

    const target = freshPath();
    const { replacedPath } = await restore(path, target);
    assert.equal(replacedPath, null);
    const names = await tenantsIn(target);
    assert.equal(names[0], 'Old');
    assert.equal(names.length, manifest.counts.tenants);
  });

  test('of data whose server was killed holds what was in its write-ahead log', async () => {
    const data = await makeData();
    const { app, close } = await openData(data);
    await createTenant(app, { ...owner, email: 'b@example.com', tenantName: 'Last' });
    const killed = freshPath();
    cpSync(data, killed, { recursive: true });
    await close();
    assert.ok(statSync(join(killed, 'keyward.db-wal')).size > 0);
    const target = freshPath();
    await restore((await backUp(killed)).path, target);
    assert.deepEqual(await tenantsIn(target), ['Old', 'Last']);
  });

  test('overwrites nothing, and gets a name of its time in a directory that is there', async () => {
    const data = await makeData();
    const parent = freshPath();
    mkdirSync(parent);
    const now = new Date('2026-11-21T09:15:00.123Z');
    const { path } = await backUp(data, { target: parent, now });
    assert.equal(path, join(parent, 'keyward-20261121T091500Z'));
    const before = contentOf(parent);
    await refuses(backUp(data, { target: parent, now }), /overwrites nothing/);
    await refuses(backUp(data, { target: path }), /overwrites nothing/);
    const file = join(root, 'a-file');
    writeFileSync(file, 'mine');
    await refuses(backUp(data, { target: file }), /overwrites nothing/);
    assert.deepEqual(contentOf(parent), before);
  });

  test('that fails or is interrupted leaves nothing behind', async () => {
    const data = await makeData();
    const parent = freshPath();
    mkdirSync(parent);
    await refuses(backUp(freshPath(), { target: join(parent, 'a') }), /There is no database/);
    await refuses(
      backUp(data, { target: join(parent, 'a'), secretSetting: 'x'.repeat(40) }),
      /KEYWARD_SECRET/,
    );
    const signal = AbortSignal.abort();
    await refuses(backUp(data, { target: join(parent, 'a'), signal }), /interrupted/);
    await refuses(backUp(data, { target: join(parent, 'no', 'such', 'a') }), /nothing is left/);
    const damaged = await makeData();
    overwrite(join(damaged, 'keyward.db'), 20_000, 4_096);
    await refuses(backUp(damaged, { target: join(parent, 'a') }), /damaged/);
    assert.deepEqual(readdirSync(parent), []);
  });

  test('leaves out a damaged telemetry.db and says so; a broken audit log is copied as it is', async () => {
    const data = await makeData();
    writeFileSync(join(data, 'telemetry.db'), 'no database, although long enough to be one. '.repeat(100));
    const db = new DatabaseSync(join(data, 'keyward.db'));
    db.exec("update audit_entries set action = 'nothing.happened' where seq = 1");
    db.close();
    const { path, manifest, warnings } = await backUp(data);
    assert.equal(warnings.length, 2);
    assert.match(warnings.join('\n'), /telemetry\.db[\s\S]*audit log/);
    assert.deepEqual(readdirSync(path).sort(), ['admissions.db', 'keyward.db', 'manifest.json', 'secret']);
    assert.equal(manifest.audit.isWhole, false);
    const target = freshPath();
    await restore(path, target);
    assert.deepEqual(await tenantsIn(target), ['Old']);
  });

  test('without its secret restores only where the same secret is given or in place', async () => {
    const data = await makeData();
    const secret = readFileSync(join(data, 'secret'), 'utf8').trim();
    const { path, manifest } = await backUp(data, { withSecret: false });
    assert.equal(manifest.secret, 'left out');
    assert.equal(JSON.stringify(contentOf(path)).includes(Buffer.from(secret).toString('base64')), false);
    const target = freshPath();
    await refuses(restore(path, target), /made without its secret: set KEYWARD_SECRET/);
    await refuses(restore(path, target, false, 'y'.repeat(43)), /secret is not the one/);
    await refuses(restore(path, await makeData(), true), /secret is not the one/);
    assert.equal(existsSync(target), false);
    await restore(path, target, false, secret);
    await restore(path, data, true);
    assert.equal(readFileSync(join(data, 'secret'), 'utf8').trim(), secret);
    assert.deepEqual(await tenantsIn(data), ['Old']);
  });
});

function overwrite(path: string, at: number, length: number): void {
  const bytes = readFileSync(path);
  bytes.fill(0xa5, at, at + length);
  writeFileSync(path, bytes);
}

function flipBit(path: string): void {
  const bytes = readFileSync(path);
  const place = bytes.length >> 1;
  bytes[place] = bytes[place]! ^ 1;
  writeFileSync(path, bytes);
}

type Edit = (
  manifest: Record<string, never> & { files: { name: string; bytes: number; sha256: string }[] },
) => void;

function edit(backup: string, change: Edit): void {
  const path = join(backup, 'manifest.json');
  const manifest = JSON.parse(readFileSync(path, 'utf8'));
  change(manifest);
  writeFileSync(path, JSON.stringify(manifest));
}

describe('a damaged or forged back-up', () => {
  const damages: Record<string, (backup: string) => void> = {
    'no such directory': (backup) => rmSync(backup, { recursive: true }),
    'no manifest': (backup) => rmSync(join(backup, 'manifest.json')),
    'half a manifest': (backup) => truncateSync(join(backup, 'manifest.json'), 300),
    'a manifest that is null': (backup) => writeFileSync(join(backup, 'manifest.json'), 'null'),
    'another count': (backup) => edit(backup, (m) => Object.assign(m.counts!, { keys: 7 })),
    'another time': (backup) =>
      edit(backup, (m) => Object.assign(m, { createdAt: '2020-01-01T00:00:00.000Z' })),
    'a secret said to be elsewhere': (backup) =>
      edit(backup, (m) => Object.assign(m, { secret: 'elsewhere' })),
    'another seal': (backup) => edit(backup, (m) => Object.assign(m, { seal: '0'.repeat(64) })),
    'a later format': (backup) => edit(backup, (m) => Object.assign(m, { formatVersion: 2 })),
    'a file less in the manifest': (backup) => edit(backup, (m) => void m.files.splice(1, 1)),
    'a path in the manifest': (backup) =>
      edit(backup, (m) => void m.files.push({ ...m.files[0]!, name: '../keyward.db' })),
    'a file twice': (backup) => edit(backup, (m) => void m.files.push(m.files[0]!)),
    'two secrets mixed': (backup) => writeFileSync(join(backup, 'secret'), `${'z'.repeat(43)}\n`),
  };
  for (const name of ['keyward.db', 'admissions.db', 'telemetry.db', 'secret']) {
    damages[`a flipped bit in ${name}`] = (backup) => flipBit(join(backup, name));
    damages[`a shorter ${name}`] = (backup) => truncateSync(join(backup, name), 20);
    damages[`no ${name}`] = (backup) => rmSync(join(backup, name));
  }

  test('is refused with a sentence, and nothing in the target changes', async () => {
    const { path } = await backUp(await makeData());
    const target = await makeData('Kept');
    const before = contentOf(target);
    for (const [damage, inflict] of Object.entries(damages)) {
      const copy = freshPath();
      cpSync(path, copy, { recursive: true });
      inflict(copy);
      const broken = contentOf(copy);
      await assert.doesNotReject(
        refuses(restore(copy, target, true), /back-up|Back-up|Nothing was changed/),
        `with ${damage}`,
      );
      assert.deepEqual(contentOf(target), before, damage);
      assert.deepEqual(contentOf(copy), broken, 'the back-up is only read');
      const nowhere = freshPath();
      await refuses(restore(copy, nowhere), /./);
      assert.equal(existsSync(nowhere), false, damage);
    }
  });

  test('of a newer version is refused by name, and so is one whose content was exchanged by who knows no secret', async () => {
    const data = await makeData();
    const db = new DatabaseSync(join(data, 'keyward.db'));
    db.exec("insert into schema_migrations (version, name, applied_at) values (999, 'future', 0)");
    db.close();
    const { path } = await backUp(data);
    const target = freshPath();
    await refuses(restore(path, target), /newer version of Keyward \(schema 999/);
    const [mine, theirs] = [
      (await backUp(await makeData())).path,
      (await backUp(await makeData('Theirs'))).path,
    ];
    for (const name of ['keyward.db', 'manifest.json']) cpSync(join(theirs, name), join(mine, name));
    edit(mine, (m) => {
      m.files = m.files.filter((file) => file.name === 'keyward.db');
      Object.assign(m, { secret: 'left out' });
    });
    const secret = readFileSync(join(mine, 'secret'), 'utf8').trim();
    await refuses(restore(mine, target, false, secret), /manifest\.json was changed, or the secret/);
    assert.equal(existsSync(target), false);
  });
});

describe('a restore', () => {
  test('sets aside what was there, and only with --force', async () => {
    const { path } = await backUp(await makeData('New'));
    const target = await makeData('Old');
    const before = contentOf(target);
    await refuses(restore(path, target), /already: give --force/);
    assert.deepEqual(contentOf(target), before);
    const { replacedPath } = await restore(path, target, true);
    assert.deepEqual(contentOf(replacedPath!), before);
    assert.equal(statSync(replacedPath!).mode & 0o777, 0o700);
    assert.deepEqual(await tenantsIn(target), ['New']);
    assert.deepEqual(await tenantsIn(replacedPath!), ['Old'], 'what was set aside can be used as it is');
    assert.deepEqual(
      readdirSync(target).filter((name) => name.startsWith('restore-')),
      [],
    );
  });

  test('is refused while the directory is in use, and where KEYWARD_SECRET is another one', async () => {
    const { path } = await backUp(await makeData('New'));
    const target = await makeData('Old');
    const { close } = await openData(target);
    await refuses(restore(path, target, true), /Another Keyward is using/);
    await close();
    await refuses(restore(path, target, true, 'x'.repeat(40)), /unset it/);
    assert.deepEqual(await tenantsIn(target), ['Old']);
  });

  test('reads a back-up that cannot be written, and leaves private files', async () => {
    const { path } = await backUp(await makeData('New'));
    for (const name of readdirSync(path)) chmodSync(join(path, name), 0o444);
    const target = freshPath();
    await restore(path, target);
    for (const name of readdirSync(target)) assert.equal(statSync(join(target, name)).mode & 0o077, 0, name);
    assert.deepEqual(await tenantsIn(target), ['New']);
  });

  test('that was interrupted is finished by the next start, from wherever it had got to', async () => {
    const { path } = await backUp(await makeData('New'));
    const stamp = '20261121T091500Z';
    const interrupted: Record<string, (target: string) => void> = {
      'before the point of no return': () => {},
      'just after it': (target) => commitRestore(target, stamp),
      'with one old file aside': (target) => {
        commitRestore(target, stamp);
        mkdirSync(asidePath(target, stamp));
        renameSync(join(target, 'keyward.db'), join(asidePath(target, stamp), 'keyward.db'));
      },
      'with one new file in': (target) => {
        finishHalf(target, stamp);
        renameSync(join(target, `restore-moving-${stamp}/secret`), join(target, 'secret'));
      },
      'with all new files in': (target) => {
        finishHalf(target, stamp);
        for (const name of readdirSync(join(target, `restore-moving-${stamp}`)))
          renameSync(join(target, `restore-moving-${stamp}`, name), join(target, name));
      },
    };
    for (const [where, interrupt] of Object.entries(interrupted)) {
      const target = await makeData('Old');
      const before = contentOf(target);
      const staging = stagingPath(target, stamp);
      cpSync(path, staging, { recursive: true });
      rmSync(join(staging, 'manifest.json'));
      interrupt(target);
      const isNew = hasUnfinishedRestore(target);
      if (isNew) await refuses(backUp(target), /was interrupted: start Keyward/);
      assert.deepEqual(await tenantsIn(target), [isNew ? 'New' : 'Old'], where);
      assert.equal(hasUnfinishedRestore(target), false);
      assert.equal(existsSync(staging), false);
      if (isNew) assert.deepEqual(contentOf(asidePath(target, stamp)), before, where);
      finishRestore(target);
      assert.deepEqual(await tenantsIn(target), [isNew ? 'New' : 'Old'], 'once is enough');
    }
  });
});

/** Up to the moment when the old files are aside and no new one is in. */
function finishHalf(target: string, stamp: string): void {
  const aside = asidePath(target, stamp);
  mkdirSync(aside);
  for (const name of ['keyward.db', 'admissions.db', 'telemetry.db', 'secret'])
    renameSync(join(target, name), join(aside, name));
  renameSync(stagingPath(target, stamp), join(target, `restore-moving-${stamp}`));
}
