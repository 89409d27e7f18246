/**
 * Builds the admin console into `dist/console`, with a compressed copy beside each of its files. A server that runs
 * never sees half of a build: it is made in a folder of its own and then put in the place of the one before.
 * `--watch` goes on and builds again after each change.
 */

import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync, constants as zlib } from 'node:zlib';
import { encodedEndings, manifestName } from '../src/http/console-files.ts';
import { hashConsoleSources } from '../src/http/console-sources.ts';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');
const target = join(dist, 'console');
const temporary = join(dist, `.console-${process.pid}`);
const replaced = join(dist, `.console-${process.pid}-old`);
const compressible = /\.(js|css|svg|json)$/;

// React and Vite make another, larger program of any other value.
process.env.NODE_ENV = 'production';
// A server that keeps its data to itself started this; what it builds has no secret, and others may serve it.
process.umask(0o022);

function clearAway(): void {
  for (const folder of [temporary, replaced]) rmSync(folder, { recursive: true, force: true });
}

/** Folders of builds that were killed. */
function clearAwayOthers(): void {
  for (const name of readdirSync(dist)) {
    const pid = /^\.(?:console|server)-(\d+)/.exec(name)?.[1];
    if (pid !== undefined && !isRunning(Number(pid))) {
      rmSync(join(dist, name), { recursive: true, force: true });
    }
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function compress(folder: string): void {
  for (const name of readdirSync(folder).filter((name) => compressible.test(name))) {
    const path = join(folder, name);
    const bytes = readFileSync(path);
    const params = {
      [zlib.BROTLI_PARAM_QUALITY]: zlib.BROTLI_MAX_QUALITY,
      [zlib.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    };
    const encoded = { br: brotliCompressSync(bytes, { params }), gzip: gzipSync(bytes, { level: 9 }) };
    for (const [encoding, made] of Object.entries(encoded)) {
      const ending = encodedEndings[encoding as keyof typeof encoded];
      if (made.length < bytes.length) writeFileSync(path + ending, made);
    }
  }
}

/** Two renames: what is there is away for less than a millisecond. Another build may come in between. */
function putInPlace(attempts = 3): void {
  rmSync(replaced, { recursive: true, force: true });
  try {
    if (existsSync(target)) renameSync(target, replaced);
    renameSync(temporary, target);
  } catch (error) {
    if (attempts <= 1) throw error;
    putInPlace(attempts - 1);
  }
}

async function build(): Promise<void> {
  mkdirSync(dist, { recursive: true });
  clearAwayOthers();
  const { build: bundle } = await import('vite');
  const sources = await hashConsoleSources(root);
  try {
    await bundle({
      configFile: join(root, 'console/vite.config.ts'),
      configLoader: 'native',
      mode: 'production',
      logLevel: 'warn',
      build: { outDir: temporary, emptyOutDir: true },
    });
    compress(join(temporary, 'assets'));
    writeFileSync(join(temporary, manifestName), `${JSON.stringify({ sources })}\n`);
    putInPlace();
  } finally {
    clearAway();
  }
}

/** Says what went wrong, and is false then. */
async function tryBuild(): Promise<boolean> {
  const began = performance.now();
  try {
    await build();
    // What `npm pack` prints on standard output is the name of its file.
    console.error(`The console was built in ${((performance.now() - began) / 1_000).toFixed(1)} s.`);
    return true;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const isMissing = code === 'ERR_MODULE_NOT_FOUND';
    console.error(isMissing ? `${message}\nRun npm ci: it installs what builds the console.` : message);
    return false;
  }
}

/** Builds again once nothing has changed for a moment. */
function watchSources(): void {
  let timer: NodeJS.Timeout | undefined;
  let last: Promise<unknown> = Promise.resolve();
  const changed = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      last = last.then(tryBuild);
    }, 100);
  };
  for (const folder of ['console', 'src/core', 'src/contract']) {
    watch(join(root, folder), { recursive: true }, changed);
  }
}

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
  process.once(signal, () => {
    clearAway();
    process.kill(process.pid, signal);
  });
}

const isBuilt = await tryBuild();
if (process.argv.includes('--watch')) watchSources();
else process.exitCode = isBuilt ? 0 : 1;
