/**
 * Behind `npm run build`, `npm pack` and the Docker image: compiles `src` to JavaScript in `dist`, because Node refuses
 * TypeScript below `node_modules`, and builds the console. What is no TypeScript (the style of pages) is read at run
 * time and copied as it is.
 */

import { spawnSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';

process.chdir(join(import.meta.dirname, '..'));
const compiled = `dist/.server-${process.pid}`;
process.exitCode = compile() || buildConsole();

function run(args: readonly string[]): number {
  const { status, error } = spawnSync(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (error) throw error;
  return status ?? 1;
}

function compile(): number {
  mkdirSync(compiled, { recursive: true });
  try {
    const compiler = ['node_modules/typescript/bin/tsc', '--project', 'tsconfig.build.json'];
    const status = run([...compiler, '--outDir', compiled]);
    if (status === 0) {
      copyAssets();
      putInPlace();
    }
    return status;
  } finally {
    rmSync(compiled, { recursive: true, force: true });
  }
}

function copyAssets(): void {
  for (const file of globSync('src/**/*.*', { exclude: ['src/**/*.ts'] })) {
    cpSync(file, join(compiled, relative('src', file)));
  }
}

/** What an earlier version had must not be packed with this one. The console has a build of its own. */
function putInPlace(): void {
  for (const name of readdirSync('dist')) {
    const isOther = name === 'console' || name.startsWith('.');
    if (!isOther) rmSync(join('dist', name), { recursive: true, force: true });
  }
  for (const name of readdirSync(compiled)) renameSync(join(compiled, name), join('dist', name));
}

function buildConsole(): number {
  return run(['scripts/console.ts']);
}
