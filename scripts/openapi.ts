/**
 * Writes what is made from the code and kept in the repository, or with `--check` only says what is not current.
 */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generatedFiles } from '../src/http/openapi/files.ts';
import { routes } from '../src/http/routes/index.ts';

process.chdir(join(import.meta.dirname, '..'));

const stale = [...generatedFiles(routes)].filter(
  ([path, text]) => !existsSync(path) || readFileSync(path, 'utf8') !== text,
);

if (!process.argv.includes('--check')) {
  for (const [path, text] of stale) writeFileSync(path, text);
} else if (stale.length > 0) {
  const names = stale.map(([path]) => path).join(' and ');
  console.error(`Not current: ${names}. Run \`npm run docs\` and commit what it writes.`);
  process.exitCode = 1;
}
