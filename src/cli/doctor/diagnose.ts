import { type Config, loadConfig } from '../../config.ts';
import { maskSecrets } from '../../core/secret.ts';
import { StartError } from '../../errors.ts';
import { exitCodes } from '../exit.ts';
import { type Output, printable } from '../output.ts';
import { checkDatabase } from './database.ts';
import { checkDirectory } from './directory.ts';
import { type Check, type Finding, warn, wrong } from './finding.ts';
import { checkServer } from './server.ts';
import { checkCertificate, checkPublicUrl, checkRuntime, checkSettings } from './settings.ts';

const checks: readonly (readonly [name: string, check: Check])[] = [
  ['public address', checkPublicUrl],
  ['certificate', (config) => checkCertificate(config)],
  ['data directory', checkDirectory],
  ['database', checkDatabase],
  ['server', checkServer],
];

/** One check that breaks must not hide what the others have to say. */
async function carryOut(name: string, work: () => ReturnType<Check>): Promise<readonly Finding[]> {
  try {
    return await work();
  } catch (error) {
    const reason = (error as Error).message.replace(/\.$/, '');
    return [wrong(name, `This could not be checked: ${reason}.`, 'Mend what it says, and ask again.')];
  }
}

function settled(): Config | null {
  try {
    return loadConfig();
  } catch (error) {
    if (error instanceof StartError) return null;
    throw error;
  }
}

async function examine(): Promise<readonly Finding[]> {
  const findings = [...checkRuntime(), ...(await carryOut('settings', checkSettings))];
  const config = settled();
  if (config === null) {
    const message = 'Nothing else could be checked, because the settings cannot be used.';
    return [...findings, warn('settings', message, 'Ask again when they are mended.')];
  }
  for (const [name, check] of checks) findings.push(...(await carryOut(name, () => check(config))));
  return findings;
}

function cleaned(finding: Finding): Finding {
  const clean = (text: string) => printable(maskSecrets(text));
  const { message, action } = finding;
  return { ...finding, message: clean(message), action: action === null ? null : clean(action) };
}

const marks = { ok: ['ok', 'green'], warning: ['warning', 'yellow'], error: ['ERROR', 'red'] } as const;

export async function diagnose(output: Output, isJson: boolean): Promise<void> {
  const findings = (await examine()).map(cleaned);
  const isWell = findings.every(({ level }) => level !== 'error');
  if (!isWell) process.exitCode = exitCodes.failed;
  if (isJson) return output.json({ ok: isWell, findings });
  for (const { level, check, message, action } of findings) {
    const [word, color] = marks[level];
    output.line(`${output.style(color, word.padEnd(8))}${check}: ${message}`);
    if (action !== null) output.line(`        ${action}`);
  }
  const count = (level: Finding['level']) => findings.filter((finding) => finding.level === level).length;
  const [errors, warnings] = [count('error'), count('warning')];
  if (errors + warnings === 0) return output.line('\nAll is well.');
  output.line(`\n${errors === 0 ? 'Nothing is broken' : `Broken: ${errors}`}; warnings: ${warnings}.`);
}
