#!/usr/bin/env node
'use strict';
// The command line, from anywhere: `npx keyward …` or this file itself.

const { run } = require('./run.cjs');

run(require.resolve('../src/cli/index.ts'), process.argv.slice(2));
