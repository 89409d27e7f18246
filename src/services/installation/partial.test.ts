import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { beginPartial, clearAbandoned, findAbandoned } from './partial.ts';

/** What a back-up leaves that was killed at its worst moment, with other files where a test wants them. */
function abandon(directory: string, random: string, files = ['keyward.db', 'keyward.db-journal']): string {
  const path = join(directory, `.keyward-20261121T091500Z.partial-${random}`);
  writeFileSync(`${path}.lock`, '');
  writeFileSync(`${path}.lock-journal`, '');
  mkdirSync(path, { mode: 0o700 });
  for (const name of files) writeFileSync(join(path, name), 'half of it');
  return path;
}

function place(t: { after(work: () => void): void }): string {
  const directory = mkdtempSync(join(tmpdir(), 'keyward-partial-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

test('what a killed back-up left is found and removed, and nothing is left of it', async (t) => {
  const directory = place(t);
  const all = [
    'keyward.db',
    'keyward.db-wal',
    'keyward.db-shm',
    'admissions.db',
    'telemetry.db',
    'secret',
    'manifest.json',
  ];
  const left = [
    abandon(directory, '00000001'),
    abandon(directory, '00000002', all),
    abandon(directory, '00000003', []),
  ];
  writeFileSync(join(directory, '.keyward-1.partial-00000004.lock'), '');
  assert.deepEqual((await findAbandoned(directory)).sort(), left);
  await clearAbandoned(directory);
  assert.deepEqual(readdirSync(directory), []);
});

test('one that is being made is neither found nor removed', async (t) => {
  const directory = place(t);
  const partial = beginPartial(join(directory, 'backup'));
  mkdirSync(partial.path);
  writeFileSync(join(partial.path, 'keyward.db'), 'half of it');
  await clearAbandoned(directory);
  assert.deepEqual(await findAbandoned(directory), []);
  assert.ok(existsSync(join(partial.path, 'keyward.db')));
  await partial.end();
  assert.deepEqual(readdirSync(directory), []);
});

test('what is not wholly ours stays as it is', async (t) => {
  const directory = place(t);
  const elsewhere = place(t);
  writeFileSync(join(elsewhere, 'keyward.db'), 'mine');
  abandon(directory, '00000001', ['keyward.db', 'my notes.txt']);
  const withFolder = abandon(directory, '00000002', []);
  mkdirSync(join(withFolder, 'keyward.db'));
  const withLink = abandon(directory, '00000003', []);
  symlinkSync(join(elsewhere, 'keyward.db'), join(withLink, 'keyward.db'));
  const link = abandon(directory, '00000004', []);
  rmSync(link, { recursive: true });
  symlinkSync(elsewhere, link);
  const withoutLock = abandon(directory, '00000005');
  rmSync(`${withoutLock}.lock`);
  const otherLock = abandon(directory, '00000006');
  writeFileSync(`${otherLock}.lock`, 'no lock of ours');
  const otherName = join(directory, '.keyward.partial-1');
  mkdirSync(otherName);
  writeFileSync(`${otherName}.lock`, '');
  const before = readdirSync(directory, { recursive: true }).sort();
  await clearAbandoned(directory);
  const after = readdirSync(directory, { recursive: true }).sort();
  assert.deepEqual(
    after.filter((name) => !String(name).endsWith('.lock-journal')),
    before.filter((name) => !String(name).endsWith('.lock-journal')),
  );
  assert.equal(statSync(join(elsewhere, 'keyward.db')).size, 4);
});
