import * as contract from '../../contract/jobs.ts';
import type { App, Context } from '../../services/app.ts';
import {
  cancelJob,
  deleteJob,
  getJob,
  type Job,
  listJobs,
  openOutput,
  retryJob,
} from '../../services/jobs/jobs.ts';
import { noContent, ok, type Route, route } from '../route.ts';
import { presentJob, presentJobWithReport } from '../views/jobs.ts';

const tag = 'Jobs';
const path = '/api/v1/jobs';
const read = { scopes: ['jobs:read'] };
const write = { scopes: ['jobs:write'] };

async function answerJob(app: App, ctx: Context, id: string) {
  const { job, errors } = await getJob(app, ctx, id);
  return ok(presentJobWithReport(job, errors));
}

function action(
  verb: 'retry' | 'cancel',
  operationId: string,
  summary: string,
  description: string,
  act: (app: App, ctx: Context, id: string) => Promise<Job>,
): Route {
  return route({
    method: 'POST',
    path: `${path}/{id}/${verb}`,
    operationId,
    tag,
    summary,
    description,
    access: write,
    params: contract.jobParams,
    answers: { 200: contract.jobView },
    refusals: ['not_found', 'conflict'],
    handler: async (app, ctx, { params }) => {
      await act(app, ctx, params.id);
      return answerJob(app, ctx, params.id);
    },
  });
}

export const jobRoutes: Route[] = [
  route({
    method: 'GET',
    path,
    operationId: 'listJobs',
    tag,
    summary: 'List jobs',
    description:
      'Newest first, without their reports. Ended jobs are kept for as long as the settings say: 30 days if nothing else was set.',
    access: read,
    query: contract.listJobsQuery,
    answers: { 200: contract.jobPage },
    handler: async (app, ctx, { query }) => {
      const { items, nextCursor } = await listJobs(app, ctx, query);
      return ok({ data: items.map(presentJob), nextCursor });
    },
  }),
  route({
    method: 'GET',
    path: `${path}/{id}`,
    operationId: 'getJob',
    tag,
    summary: 'Get a job',
    description: 'With its report: what was wrong with which line.',
    access: read,
    params: contract.jobParams,
    answers: { 200: contract.jobView },
    refusals: ['not_found'],
    handler: (app, ctx, { params }) => answerJob(app, ctx, params.id),
  }),
  route({
    method: 'GET',
    path: `${path}/{id}/download`,
    operationId: 'downloadJob',
    tag,
    summary: 'Fetch what a job has made',
    description:
      'Needs the scope that starting the job needed, and no other. 404 for a job of a kind that makes nothing to fetch, 409 until the job has succeeded.',
    access: { scopes: [] },
    params: contract.jobParams,
    answers: { 200: contract.jobOutput },
    refusals: ['not_found', 'conflict', 'insufficient_scope', 'role_not_allowed'],
    handler: async (app, ctx, { params }) => {
      const { mediaType, fileName, chunks } = await openOutput(app, ctx, params.id);
      const headers = {
        'content-type': mediaType,
        'content-disposition': `attachment; filename="${fileName}"`,
      };
      return { status: 200, headers, stream: () => chunks };
    },
  }),
  action(
    'retry',
    'retryJob',
    'Try a job again',
    'Only one that failed or was cancelled; it goes on after the last step that was done, and no step is done twice.',
    retryJob,
  ),
  action(
    'cancel',
    'cancelJob',
    'Cancel a job',
    'No step begins after this. What is done already stays done. 409 when the job has ended.',
    cancelJob,
  ),
  route({
    method: 'DELETE',
    path: `${path}/{id}`,
    operationId: 'deleteJob',
    tag,
    summary: 'Delete a job',
    description: 'With its report and its output. 409 while it has not ended: cancel it first.',
    access: write,
    params: contract.jobParams,
    answers: { 204: null },
    refusals: ['not_found', 'conflict'],
    handler: async (app, ctx, { params }) => {
      await deleteJob(app, ctx, params.id);
      return noContent;
    },
  }),
];
