import { Command } from 'commander';
import { StartError } from '../errors.ts';
import { version } from '../version.ts';
import { initCommand } from './init.ts';

const program = new Command('keyward')
  .description('Self-hosted platform for API keys.')
  .version(version)
  .showHelpAfterError('(keyward --help shows what there is)');

program
  .command('serve')
  .description('start the server; the same as npm start')
  .action(async () => {
    const { serve } = await import('../main.ts');
    await serve();
  });

program.addCommand(initCommand());

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof StartError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
