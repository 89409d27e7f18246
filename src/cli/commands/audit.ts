import { Command, Option } from 'commander';
import type { ExportOptions } from '../audit/export.ts';
import type { VerifyOptions } from '../audit/verify.ts';
import { withConnection } from '../connection.ts';
import type { Output } from '../output.ts';
import { type Shown, withAnswer } from './keys/options.ts';

const verifyHelp = `
Without --file it reads the database itself, also beside a running server, as keyward doctor does. With --file it needs
the secret of the installation and nothing else: KEYWARD_SECRET, or the file secret in the data directory.

Examples:
  $ keyward audit verify
  $ keyward audit verify --checkpoint checkpoint.json
  $ keyward audit verify --file audit-log.ndjson --checkpoint checkpoint.json`;

const exportHelp = `
Examples:
  $ keyward audit export --output audit-log.ndjson
  $ keyward audit export --format csv --from 2026-11-01T00:00:00Z --to 2026-12-01T00:00:00Z > november.csv`;

function verifyCommand(output: Output): Command {
  return new Command('verify')
    .description('find entries that were edited, removed, reordered or slipped in')
    .option('--checkpoint <file|json>', 'signed checkpoints that were kept elsewhere; finds a cut-off end')
    .option('--file <export>', 'an export, NDJSON or CSV, in the place of the database; - is standard input')
    .option('--json', 'print JSON', false)
    .addHelpText('after', verifyHelp)
    .action(async (options: VerifyOptions) => {
      const { verifyAudit } = await import('../audit/verify.ts');
      await verifyAudit(output, options);
    });
}

function exportCommand(output: Output): Command {
  return withConnection(
    new Command('export')
      .description('the audit log as a file that can be verified')
      .addOption(
        new Option('--format <format>', 'of the export').choices(['ndjson', 'csv']).default('ndjson'),
      )
      .option('--from <time>', 'entries of this time or later, ISO 8601')
      .option('--to <time>', 'entries before this time, ISO 8601')
      .option('--output <file>', 'write to this new file (default: standard output)')
      .addHelpText('after', exportHelp),
  ).action(async (options: ExportOptions) => {
    const { exportAuditLog } = await import('../audit/export.ts');
    await exportAuditLog(output, options);
  });
}

function checkpointCommand(output: Output): Command {
  return withAnswer(
    new Command('checkpoint').description(
      'the latest signed checkpoint, as JSON on one line: keep it elsewhere',
    ),
  ).action(async (options: Shown) => {
    const { printCheckpoint } = await import('../audit/export.ts');
    await printCheckpoint(output, options);
  });
}

export function auditCommand(output: Output): Command {
  return new Command('audit')
    .description('the audit log: verify it, export it')
    .addCommand(verifyCommand(output))
    .addCommand(exportCommand(output))
    .addCommand(checkpointCommand(output));
}
