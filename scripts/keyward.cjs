#!/usr/bin/env node
// biome-ignore-all lint/style/useNodejsImportProtocol: Node 14.0 does not know `node:`
'use strict';
// The command line: the sources in a checkout, what was compiled of them where the package is installed.

const fs = require('fs');
const path = require('path');
const { run, runCompiled } = require('./run.cjs');

const source = path.join(__dirname, '../src/cli/index.ts');
const args = process.argv.slice(2);

if (fs.existsSync(source)) run(source, args);
else runCompiled(path.join(__dirname, '../dist/cli/index.js'), args);
