import { createHash } from 'node:crypto';
import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Whatever can change the built console. */
const patterns = [
  'console/**/*.*',
  'src/core/**/*.ts',
  'src/contract/**/*.ts',
  'src/errors.ts',
  'scripts/console.ts',
  'package-lock.json',
  'tsconfig.json',
];

/** One text for one state of the sources: a build that was made from another one is old. */
export async function hashConsoleSources(root: string): Promise<string> {
  const paths: string[] = [];
  for await (const entry of glob(patterns, { cwd: root, withFileTypes: true })) {
    const isTest = /\.test\.tsx?$/.test(entry.name);
    if (entry.isFile() && !isTest) paths.push(join(entry.parentPath, entry.name));
  }
  const hash = createHash('sha256');
  for (const path of paths.sort()) {
    const bytes = await readFile(path);
    hash.update(`${path.slice(root.length)}\n${bytes.length}\n`).update(bytes);
  }
  return hash.digest('base64url');
}
