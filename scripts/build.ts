/**
 * Behind `npm pack` and the Docker image: compiles `src` to JavaScript in `dist`, because Node refuses TypeScript below
 * `node_modules`. What is no TypeScript (styles, scripts of pages) is read at run time and copied as it is.
 */

import { spawnSync } from 'node:child_process';
import { cpSync, globSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';

process.chdir(join(import.meta.dirname, '..'));
// What an earlier version had must not be packed with this one.
rmSync('dist', { recursive: true, force: true });
const compiler = spawnSync(
  process.execPath,
  ['node_modules/typescript/bin/tsc', '--project', 'tsconfig.build.json'],
  { stdio: ['ignore', 'inherit', 'inherit'] },
);
if (compiler.error) throw compiler.error;
if (compiler.status === 0) copyAssets();
process.exitCode = compiler.status ?? 1;

function copyAssets(): void {
  for (const file of globSync('src/**/*.*', { exclude: ['src/**/*.ts', 'src/**/tsconfig.json'] })) {
    cpSync(file, join('dist', relative('src', file)));
  }
}
