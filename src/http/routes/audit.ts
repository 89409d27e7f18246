import * as contract from '../../contract/audit.ts';
import { readCheckpoint } from '../../services/audit-checkpoints.ts';
import { exportAudit } from '../../services/audit-export.ts';
import { listAudit } from '../../services/audit-log.ts';
import { readAuditVerdict } from '../../services/audit-verdict.ts';
import { ok, type Route, route } from '../route.ts';
import { presentAuditEntry } from '../views/audit.ts';

const tag = 'Audit';
const access = { scopes: ['audit:read'] };
const whoSeesWhat =
  'A key sees the entries of its own environment; people see those of the whole tenant, also what belongs to no environment.';

const mediaTypes = { ndjson: 'application/x-ndjson', csv: 'text/csv; charset=utf-8; header=present' };

export const auditRoutes: Route[] = [
  route({
    method: 'GET',
    path: '/api/v1/audit-log',
    operationId: 'listAuditLog',
    tag,
    summary: 'List who changed what',
    description: whoSeesWhat,
    access,
    query: contract.listAuditQuery,
    answers: { 200: contract.auditPage },
    handler: async (app, ctx, { query }) => {
      const { items, nextCursor } = await listAudit(app, ctx, query);
      return ok({ data: items.map(presentAuditEntry), nextCursor });
    },
  }),
  route({
    method: 'GET',
    path: '/api/v1/audit-log/checkpoint',
    operationId: 'getAuditCheckpoint',
    tag,
    summary: 'Get the latest signed checkpoint',
    description:
      'Signed after 1,000 entries, or an hour with any. Keep it elsewhere: with it `keyward audit verify --checkpoint` finds out whether the end of the audit log was cut off.',
    access,
    answers: { 200: contract.checkpointView },
    refusals: ['not_found'],
    handler: async (app, ctx) => ok(await readCheckpoint(app, ctx)),
  }),
  route({
    method: 'GET',
    path: '/api/v1/audit-log/verification',
    operationId: 'verifyAuditLog',
    tag,
    summary: 'Find out whether the audit log is as it was written',
    description:
      'Recomputes every entry of the whole tenant, and holds them against the signed checkpoints in the database, as `keyward audit verify` does: a million entries take some ten seconds. Who asks meanwhile waits for the same verdict, which is then kept for ten seconds, or for five times as long as it took. Whoever can write to the database can also remove the last entries with all that knows of them: that is found with a checkpoint kept elsewhere only.',
    access,
    answers: { 200: contract.auditVerdictView },
    handler: async (app, ctx) => ok(await readAuditVerdict(app, ctx)),
  }),
  route({
    method: 'GET',
    path: '/api/v1/audit-log/export',
    operationId: 'exportAuditLog',
    tag,
    summary: 'Export the audit log',
    description: `In the order of the chain, with everything that \`keyward audit verify --file\` needs, and a signed line at the end. An export that breaks off has none. ${whoSeesWhat}`,
    access,
    query: contract.exportAuditQuery,
    answers: { 200: contract.exportView },
    handler: async (app, ctx, { query }) => ({
      status: 200,
      headers: {
        'content-type': mediaTypes[query.format],
        'content-disposition': `attachment; filename="audit-log.${query.format}"`,
      },
      stream: () => exportAudit(app, ctx, query),
    }),
  }),
];
