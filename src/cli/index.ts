import { createProgram } from './program.ts';

await createProgram().run(process.argv.slice(2));
