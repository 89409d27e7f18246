import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { FileError } from './problem.ts';
import { readText } from './read.ts';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'keyward-read-')));
after(() => rmSync(root, { recursive: true, force: true }));

test('a file that is being written is never taken for a whole one', async () => {
  const path = join(root, 'growing.md');
  writeFileSync(path, 'x');
  const program = `const fs = require('node:fs');
    const fd = fs.openSync(process.argv[1], 'a');
    console.log('writing');
    for (;;) fs.writeSync(fd, 'x');`;
  const writer = spawn(process.execPath, ['-e', program, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    await once(writer.stdout, 'data');
    await assert.rejects(readText(root, 'growing.md'), (error: unknown) => {
      assert.ok(error instanceof FileError);
      assert.match(error.message, /changed while it was read|more than 1,000,000/);
      return true;
    });
  } finally {
    writer.kill('SIGKILL');
    await once(writer, 'close');
  }
});

test('a byte order mark is no part of the text, and the first bad byte has a line', async () => {
  writeFileSync(join(root, 'bom.md'), '\ufeff---\ntitle: A\n---\n');
  assert.equal(await readText(root, 'bom.md'), '---\ntitle: A\n---\n');
  const cases: [string, Buffer, number, RegExp][] = [
    ['latin1.md', Buffer.from('one\r\ntwo\r\nthr\xe9e\r\n', 'latin1'), 3, /not UTF-8/],
    ['utf16.md', Buffer.from('\ufeffabc', 'utf16le'), 1, /not UTF-8/],
    ['zero.md', Buffer.from('a\n\0'), 2, /U\+0000/],
  ];
  for (const [file, bytes, line, message] of cases) {
    writeFileSync(join(root, file), bytes);
    await assert.rejects(
      readText(root, file),
      (error: unknown) => error instanceof FileError && error.line === line && message.test(error.message),
      file,
    );
  }
});

test('links are followed inside the folder only', async () => {
  writeFileSync(join(root, 'real.md'), 'real');
  symlinkSync('real.md', join(root, 'inside.md'));
  symlinkSync('/etc/passwd', join(root, 'outside.md'));
  symlinkSync('nowhere', join(root, 'broken.md'));
  assert.equal(await readText(root, 'inside.md'), 'real');
  await assert.rejects(readText(root, 'outside.md'), /leads out of the folder/);
  await assert.rejects(readText(root, 'broken.md'), /leads nowhere/);
});
