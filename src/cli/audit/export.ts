import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { connect } from '../connection.ts';
import { CliError, exitCodes } from '../exit.ts';
import type { Output } from '../output.ts';

export interface ExportOptions {
  readonly url?: string;
  readonly format: 'ndjson' | 'csv';
  readonly from?: string;
  readonly to?: string;
  readonly output?: string;
}

const brokenOff =
  'The export broke off: the connection was lost, or the key may not read the audit log any more. Export again.';

/** Only a whole export keeps its name. */
async function save(from: NodeJS.ReadableStream, path: string): Promise<void> {
  const file = createWriteStream(path, { flags: 'wx', mode: 0o600 });
  try {
    await pipeline(from, file);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw new CliError(`${path} is there already: name a new file.`, exitCodes.usage);
    if (file.errored === error) throw new CliError(`${path} cannot be written: ${message}.`);
    await rm(path, { force: true });
    throw new CliError(brokenOff, exitCodes.unavailable);
  }
}

export async function exportAuditLog(output: Output, options: ExportOptions): Promise<void> {
  const { format, from, to } = options;
  const given = Object.entries({ format, from, to }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  const client = await connect(output, options);
  const answer = await client.open({
    method: 'GET',
    path: `/audit-log/export?${new URLSearchParams(given)}`,
  });
  if (options.output !== undefined) {
    await save(answer, options.output);
    return output.note(`The audit log is in ${options.output}.`);
  }
  try {
    await pipeline(answer, output.streams.stdout, { end: false });
  } catch (error) {
    if (!answer.errored) throw error;
    throw new CliError(brokenOff, exitCodes.unavailable);
  }
}

/** One line in either case, so that lines can be collected in a file. */
export async function printCheckpoint(output: Output, options: { readonly url?: string }): Promise<void> {
  const client = await connect(output, options, { attempts: 4 });
  const checkpoint = await client.call({ method: 'GET', path: '/audit-log/checkpoint' });
  output.line(JSON.stringify(checkpoint));
}
