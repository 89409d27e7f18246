import { loadConfig } from '../../config.ts';
import { AppError } from '../../errors.ts';
import { resetPassword } from '../../services/people/password.ts';
import { createToken } from '../../services/people/setup-links.ts';
import { CliError, exitCodes } from '../exit.ts';
import { onStore } from '../local.ts';
import type { Output } from '../output.ts';
import { readNewPassword } from '../password.ts';

export interface ResetOptions {
  readonly generate: boolean;
  readonly removeTwoFactor: boolean;
  readonly json: boolean;
}

export async function resetOne(output: Output, email: string, options: ResetOptions): Promise<void> {
  const config = loadConfig();
  const password = options.generate ? createToken() : await readNewPassword(output);
  if (password === '') {
    throw new CliError(
      'A password is needed: send it on standard input, or give --generate.',
      exitCodes.usage,
    );
  }
  const { removeTwoFactor } = options;
  const done = await onStore(config, async ({ app }) => {
    try {
      return await resetPassword(app, email, password, { removeTwoFactor });
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'not_found') throw error;
      throw new CliError(`Nobody has the e-mail address ${email}.`, exitCodes.notFound);
    }
  });
  if (options.json) {
    return output.json({
      ...done,
      twoFactorRemoved: removeTwoFactor,
      ...(options.generate ? { password } : {}),
    });
  }
  if (options.generate) output.line(`The new password of ${email}, shown this once:\n\n  ${password}\n`);
  else output.line(`The password of ${email} was set.`);
  const ended = done.endedSessions === 1 ? '1 session was' : `${done.endedSessions} sessions were`;
  output.line(`${ended} ended.${removeTwoFactor ? ' The second factor was removed.' : ''}`);
}
