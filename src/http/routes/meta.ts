import { createHash } from 'node:crypto';
import { z } from 'zod';
import { AppError } from '../../errors.ts';
import { version } from '../../version.ts';
import { htmlAnswer, htmlReply } from '../html.ts';
import { health, openReadiness, operatorReadiness } from '../metrics.ts';
import type { OpenApiDocument } from '../openapi/types.ts';
import { openapi } from '../openapi.ts';
import { errorIndexPage, errorPage, isErrorCode } from '../pages/errors.ts';
import { referencePage } from '../reference.ts';
import { ok, type Route, route } from '../route.ts';

const tag = 'Service';
const access = { open: true } as const;
const noStore = { 'cache-control': 'no-store' };

const healthView = z.object({ status: z.literal('ok'), version: z.string(), uptimeSeconds: z.int() });
const readinessView = z.object({
  status: z.literal('ready'),
  checks: z.object({ database: z.literal('ok'), migrations: z.literal('ok') }),
});
const openApiView = z.looseObject({ openapi: z.string() }).meta({ description: 'This document.' });
const errorParams = z.object({ code: z.string().meta({ examples: ['rate_limited'] }) });

/** Made when it is first asked for: the table is not complete before every module has run. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

interface Documents {
  readonly document: () => OpenApiDocument;
  readonly json: () => { readonly bytes: Buffer; readonly etag: string };
  readonly reference: (publicUrl: string) => Buffer;
}

function documentsOf(routes: () => readonly Route[]): Documents {
  const document = once(() => openapi(routes(), { version }));
  const json = once(() => {
    const bytes = Buffer.from(JSON.stringify(document()));
    return { bytes, etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"` };
  });
  const pages = new Map<string, Buffer>();
  const reference = (publicUrl: string) => {
    const page = pages.get(publicUrl) ?? Buffer.from(referencePage(document(), publicUrl));
    pages.set(publicUrl, page);
    return page;
  };
  return { document, json, reference };
}

function documentRoutes({ document, json, reference }: Documents): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/openapi.json',
      operationId: 'getOpenApi',
      tag,
      summary: 'This API as an OpenAPI 3.1 document',
      access,
      answers: { 200: openApiView },
      prepare: () => void json(),
      handler: async () => {
        const { bytes, etag } = json();
        return ok(bytes, {
          'content-type': 'application/json; charset=utf-8',
          etag,
          'cache-control': 'no-cache',
        });
      },
    }),
    route({
      method: 'GET',
      path: '/docs/api',
      operationId: 'getReference',
      tag,
      summary: 'This API as a page to read',
      access,
      answers: { 200: htmlAnswer },
      prepare: (app) => void reference(app.settings.publicUrl),
      handler: async (app) => htmlReply(reference(app.settings.publicUrl)),
    }),
    route({
      method: 'GET',
      path: '/docs/errors',
      operationId: 'listErrorPages',
      tag,
      summary: 'Every error code',
      access,
      answers: { 200: htmlAnswer },
      handler: async () => htmlReply(errorIndexPage()),
    }),
    route({
      method: 'GET',
      path: '/docs/errors/{code}',
      operationId: 'getErrorPage',
      tag,
      summary: 'What an error means and what to do',
      description: 'The `type` of every problem document is the address of one of these pages.',
      access,
      params: errorParams,
      answers: { 200: htmlAnswer },
      refusals: ['not_found'],
      handler: async (app, _ctx, { params }) => {
        if (!isErrorCode(params.code))
          throw new AppError('not_found', 'There is no such error code: GET /docs/errors lists them.');
        return htmlReply(errorPage(params.code, document(), app.settings.publicUrl));
      },
    }),
  ];
}

const healthRoutes: Route[] = [
  route({
    method: 'GET',
    path: '/healthz',
    operationId: 'getHealth',
    tag,
    summary: 'Whether the process lives',
    description: 'Asks nothing of the database.',
    access,
    answers: { 200: healthView },
    handler: async () => ok(health(), noStore),
  }),
  route({
    method: 'GET',
    path: '/readyz',
    operationId: 'getReadiness',
    tag,
    summary: 'Whether requests can be served',
    description:
      'The database has 2 seconds to answer. `checks` says what is wrong where it is 503. With the token of `KEYWARD_METRICS_TOKEN`, `checks` has every check with its reason, also those that keep no request from being served.',
    access,
    answers: { 200: readinessView },
    refusals: ['store_unavailable'],
    forOperator: operatorReadiness,
    handler: async (app) => {
      const { isReady, checks } = await openReadiness(app);
      if (isReady) return ok({ status: 'ready', checks }, noStore);
      const detail =
        'The database does not answer, or is not that of this version: no request can be served.';
      const headers = { 'Retry-After': '1' };
      throw new AppError('store_unavailable', detail, { members: { checks }, headers });
    },
  }),
];

/** What Keyward says about itself. `routes` is the whole table, these routes among it. */
export function metaRoutes(routes: () => readonly Route[]): Route[] {
  return [...healthRoutes, ...documentRoutes(documentsOf(routes))];
}
