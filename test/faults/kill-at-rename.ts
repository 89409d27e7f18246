/** Loaded before the program (`--import`): the process ends by SIGKILL just before or after its nth rename or unlink. */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const [nth, moment] = (process.env.KILL_AT ?? '').split(' ');
let calls = 0;

for (const name of ['renameSync', 'rmdirSync', 'copyFileSync'] as const) {
  const real = fs[name] as (...args: unknown[]) => void;
  Object.assign(fs, {
    [name]: (...args: unknown[]) => {
      calls += 1;
      if (calls === Number(nth) && moment === 'before') process.kill(process.pid, 'SIGKILL');
      real(...args);
      if (calls === Number(nth) && moment === 'after') process.kill(process.pid, 'SIGKILL');
    },
  });
}

syncBuiltinESMExports();
