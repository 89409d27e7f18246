/**
 * What documents have from code, and the lists of guides: `scripts/docs.ts` writes them, `--check` fails where they are
 * old. Both fail on a link that leads nowhere, and on a guide whose front matter is not whole.
 */

import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findOld, makeDocuments } from './docs/documents.ts';

process.chdir(join(import.meta.dirname, '..'));

const names = globSync(['*.md', 'docs/**/*.md']).sort();
const files = new Map(names.map((file) => [file, readFileSync(file, 'utf8')]));
const { fresh, problems } = makeDocuments(files);
const old = findOld(files, fresh);
const isCheck = process.argv.includes('--check');
if (!isCheck) for (const file of old) writeFileSync(file, fresh.get(file)!);
const stale = isCheck ? old : [];
for (const file of stale) console.error(`${file}: a table is older than the code; run \`npm run docs\``);
for (const problem of problems) console.error(problem);
process.exitCode = problems.length + stale.length > 0 ? 1 : 0;
