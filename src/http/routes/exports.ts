import { logExportBody } from '../../contract/exports.ts';
import { jobView } from '../../contract/jobs.ts';
import { startLogExport } from '../../services/exports.ts';
import { accepted } from '../job-answer.ts';
import { type Route, route } from '../route.ts';

export const exportRoutes: Route[] = [
  route({
    method: 'POST',
    path: '/api/v1/exports/logs',
    operationId: 'exportLogs',
    tag: 'Monitoring',
    summary: 'Export requests',
    description:
      'A job writes the requests of this environment that pass the filters, those answered before it began, in the order of their answers. Then `downloadUrl` is where to fetch them, with an ordinary credential that has `logs:read`. `progress` counts the places of the log that were looked at, `result.rows` the requests that were found. An export of more than 2 GiB of text fails; three can be under way at once, and 1,000 or 20 GiB of text be kept.',
    access: { scopes: ['logs:read'] },
    body: logExportBody,
    isBodyOptional: true,
    answers: { 202: jobView },
    refusals: ['conflict'],
    isIdempotent: true,
    handler: async (app, ctx, { body }) => accepted(await startLogExport(app, ctx, body)),
  }),
];
