import type { z } from 'zod';
import { toTimestamp } from '../../contract/common.ts';
import { jobView } from '../../contract/jobs.ts';
import * as contract from '../../contract/licenses.ts';
import type { ErrorCode } from '../../errors.ts';
import type { App, Context } from '../../services/app.ts';
import {
  activateLicense,
  assignLicense,
  deactivateLicense,
  expireLicense,
  resumeLicense,
  revokeLicense,
  suspendLicense,
  verifyLicense,
} from '../../services/license-actions.ts';
import { startLicenseBatch } from '../../services/license-batch.ts';
import {
  createLicense,
  deleteLicense,
  getLicense,
  type License,
  listActivations,
  listLicenses,
  patchLicense,
  presentLicense,
} from '../../services/licenses.ts';
import { accepted } from '../job-answer.ts';
import { ok, type Route, route, tagOf } from '../route.ts';
import { presentTimes, recordParams, recordRoutes } from './records.ts';

const tag = 'Licences';
const read = { scopes: ['licenses:read'] };
const write = { scopes: ['licenses:write'] };

const show = (license: License, app: App) => ({ ...presentLicense(license, app), ...presentTimes(license) });

interface Action<B extends z.ZodType> {
  readonly name: string;
  readonly summary: string;
  readonly description?: string;
  readonly body?: B;
  readonly refusals?: readonly ErrorCode[];
  take(app: App, ctx: Context, id: string, body: z.output<B>): Promise<License>;
}

function action<B extends z.ZodType>({ name, take, refusals = [], ...rest }: Action<B>): Route {
  return route({
    ...rest,
    method: 'POST',
    path: `/api/v1/licenses/{id}/${name}`,
    operationId: `${name}License`,
    tag,
    access: write,
    params: recordParams,
    answers: { 200: contract.licenseView },
    refusals: ['not_found', 'conflict', ...refusals],
    handler: async (app, ctx, { params, body }) => {
      const license = await take(app, ctx, params.id, body as z.output<B>);
      return ok(show(license, app), { etag: tagOf(license) });
    },
  });
}

const actions: Route[] = [
  action({
    name: 'assign',
    summary: 'Give a licence to a customer',
    body: contract.assignLicenseBody,
    refusals: ['customer_not_allowed'],
    take: (app, ctx, id, { customerId }) => assignLicense(app, ctx, id, customerId),
  }),
  action({
    name: 'activate',
    summary: 'Activate a licence on a machine',
    description:
      'A machine counts once, however often it asks. Beyond `activationLimit`, or in a state that does not allow it: 409.',
    body: contract.machineBody,
    take: (app, ctx, id, { machineId }) => activateLicense(app, ctx, id, machineId),
  }),
  action({
    name: 'deactivate',
    summary: 'Free a machine of a licence',
    body: contract.machineBody,
    take: (app, ctx, id, { machineId }) => deactivateLicense(app, ctx, id, machineId),
  }),
  action({
    name: 'suspend',
    summary: 'Suspend a licence',
    description: 'Nobody can use it until it is resumed; its machines stay.',
    take: suspendLicense,
  }),
  action({ name: 'resume', summary: 'Resume a suspended licence', take: resumeLicense }),
  action({
    name: 'expire',
    summary: 'End a licence now',
    description: 'As if `expiresAt` had come; a later `expiresAt` renews it.',
    take: expireLicense,
  }),
  action({ name: 'revoke', summary: 'Revoke a licence for ever', take: revokeLicense }),
];

const rest: Route[] = [
  route({
    method: 'POST',
    path: '/api/v1/licenses/bulk',
    operationId: 'createLicenses',
    tag,
    summary: 'Create many licences',
    description:
      'A job makes `count` licences that differ in their keys alone. Once it has succeeded, `downloadUrl` is where the list of ids and keys is fetched, with `licenses:read`, in the `format` that was asked for. It goes on through a restart of the server and makes none twice, and ends when the caller loses the rights that it was started with.',
    access: { scopes: ['licenses:write', 'bulk:write'] },
    body: contract.createLicensesBody,
    answers: { 202: jobView },
    refusals: ['customer_not_allowed'],
    isIdempotent: true,
    handler: async (app, ctx, { body }) => accepted(await startLicenseBatch(app, ctx, body)),
  }),
  route({
    method: 'GET',
    path: '/api/v1/licenses/{id}/activations',
    operationId: 'listActivations',
    tag,
    summary: 'Machines on which a licence is activated',
    access: read,
    params: recordParams,
    answers: { 200: contract.activationsView },
    refusals: ['not_found'],
    handler: async (app, ctx, { params }) => {
      const rows = await listActivations(app, ctx, params.id);
      return ok({
        data: rows.map(({ id, machine_id, created_at }) => ({
          id,
          machineId: machine_id,
          createdAt: toTimestamp(created_at),
        })),
      });
    },
  }),
  route({
    method: 'POST',
    path: '/api/v1/licenses/verify',
    operationId: 'verifyLicense',
    tag,
    summary: 'Ask whether a licence may be used',
    description: 'Always 200; `reason` says why not.',
    access: read,
    body: contract.verifyLicenseBody,
    answers: { 200: contract.licenseVerdictView },
    handler: async (app, ctx, { body }) => {
      const { license, reason } = await verifyLicense(app, ctx, body.key, body.machineId);
      return ok({ valid: reason === null, reason, license: license && show(license, app) });
    },
  }),
];

export const licenseRoutes: Route[] = [
  ...recordRoutes({
    path: 'licenses',
    tag,
    names: ['License', 'Licenses'],
    noun: 'a licence',
    surface: 'licenses',
    refusals: { create: ['customer_not_allowed'] },
    query: contract.listLicensesQuery,
    createBody: contract.createLicenseBody,
    patchBody: contract.patchLicenseBody,
    view: contract.licenseView,
    page: contract.licensePage,
    present: presentLicense,
    list: listLicenses,
    get: getLicense,
    create: async (app, ctx, body) => ({ record: await createLicense(app, ctx, body), isNew: true }),
    patch: patchLicense,
    remove: deleteLicense,
  }),
  ...actions,
  ...rest,
];
