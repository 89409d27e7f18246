import { Command } from 'commander';

export function serveCommand(): Command {
  return new Command('serve').description('start the server; the same as npm start').action(async () => {
    const { serve } = await import('../../main.ts');
    await serve({ buildsConsole: true });
  });
}
