// biome-ignore-all lint/style/useNodejsImportProtocol: Node 14.0 does not know `node:`
'use strict';
// Runs a TypeScript file of this project on the pinned Node, whatever Node came with the machine:
//   node scripts/run.cjs <file.ts> [args…]
// Plain syntax that Node 14 can read: an old Node must get as far as the sentence that says what to do.

const { spawn, spawnSync } = require('child_process');
const fs = require('fs');
const path = require('path');
const { isatty } = require('tty');

// The first with `import.meta.main`; package.json says the same in `engines`.
const OLDEST = [24, 2];
const PASSED = ['SIGTERM', 'SIGINT', 'SIGHUP'];
const root = path.resolve(__dirname, '..');
const pinned = path.join(root, 'node_modules/node/bin', process.platform === 'win32' ? 'node.exe' : 'node');

/** Becomes the program, or stays only to hand signals on to it and its exit code back. */
function run(file, args) {
  if (!process.env.NODE_COMPILE_CACHE) {
    process.env.NODE_COMPILE_CACHE = path.join(root, 'node_modules/.cache/keyward');
  }
  runOn(fs.existsSync(pinned) ? pinned : currentNode(), [file].concat(args));
}

/** Runs JavaScript of an installed package on the Node that is there. Before 24.15 Node warns of SQLite, to everybody. */
function runCompiled(file, args) {
  if (!isNewEnough()) {
    console.error(`Keyward needs Node ${OLDEST.join('.')} or later, and this is ${process.versions.node}.`);
    process.exit(1);
  }
  runOn(process.execPath, ['--disable-warning=ExperimentalWarning', file].concat(args));
}

function runOn(binary, argv) {
  // Only for the binary that is running already: one that cannot be executed must leave us here to fall back.
  if (process.platform !== 'win32' && process.execve && isSameFile(binary, process.execPath)) {
    process.execve(process.execPath, [process.execPath].concat(argv), process.env);
  }
  const child = spawn(binary, argv, { stdio: 'inherit' });
  const stopPassing = passSignals(child);
  const fallBack = () => {
    stopPassing();
    runOn(currentNode(), argv);
  };
  child.on('error', (error) => {
    if (binary === pinned) return fallBack();
    console.error(`Keyward could not start ${binary}: ${error.message}`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => {
    if (signal) return dieOf(signal, stopPassing);
    if (code !== 0 && binary === pinned && !canRun(binary)) return fallBack();
    process.exit(code);
  });
}

/** The Node that runs this file, if it is new enough; otherwise one sentence and the end. */
function currentNode() {
  if (isNewEnough()) return process.execPath;
  console.error(
    `Keyward needs Node ${OLDEST.join('.')} or later (this is ${process.versions.node}) and the one it brings along ` +
      'cannot be run: run `npm ci`, and where npm blocks install scripts `npm rebuild node --ignore-scripts=false` ' +
      '(or allow the install script of the package "node").',
  );
  return process.exit(1);
}

function isNewEnough() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
}

/** Asked only after a failure: a binary for another libc or processor starts, complains and ends. */
function canRun(binary) {
  return spawnSync(binary, ['--version'], { stdio: 'ignore' }).status === 0;
}

function isSameFile(a, b) {
  return fs.realpathSync(a) === fs.realpathSync(b);
}

/** A terminal sends Ctrl-C and its hang-up to the child too; passing them on again would look like a second Ctrl-C. */
function passSignals(child) {
  const isOnTerminal = isatty(0);
  const pass = (signal) => {
    if (signal === 'SIGTERM' || !isOnTerminal) child.kill(signal);
  };
  for (const signal of PASSED) process.on(signal, pass);
  return () => {
    for (const signal of PASSED) process.removeListener(signal, pass);
  };
}

/** Ends as the child did, so that a shell or supervisor sees the signal and not an exit code of ours. */
function dieOf(signal, stopPassing) {
  stopPassing();
  process.kill(process.pid, signal);
}

module.exports = { run, runCompiled };

if (require.main === module) {
  if (process.argv.length < 3) {
    console.error('Usage: node scripts/run.cjs <file.ts> [args…]');
    process.exit(1);
  }
  run(process.argv[2], process.argv.slice(3));
}
