import { Command } from 'commander';
import type { Output } from '../output.ts';
import { createCommand } from './keys/create.ts';
import { activateCommand, deleteCommand, revokeCommand } from './keys/lifecycle.ts';
import { listCommand } from './keys/list.ts';
import { regenerateCommand, replaceCommand, rotateCommand } from './keys/secrets.ts';
import { showCommand } from './keys/show.ts';

const help = `
The server is that of KEYWARD_URL, or the one on this machine; the host decides the environment, as in
http://sandbox.localhost:8787. The key that may do this (api_keys:read, api_keys:write) is taken from
KEYWARD_API_KEY, from the file that KEYWARD_API_KEY_FILE names, or from .env in the working directory.`;

export function keysCommand(output: Output): Command {
  const command = new Command('keys').description('create, list, rotate, revoke and delete keys');
  const children = [
    createCommand(output),
    listCommand(output),
    showCommand(output),
    revokeCommand(output),
    activateCommand(output),
    regenerateCommand(output),
    rotateCommand(output),
    replaceCommand(output),
    deleteCommand(output),
  ];
  for (const child of children) command.addCommand(child);
  return command.addHelpText('after', help);
}
