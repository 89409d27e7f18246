import { z } from 'zod';
import { text, toTimestamp } from '../../contract/common.ts';
import type { ErrorCode } from '../../errors.ts';
import type { App, Context } from '../../services/app.ts';
import type { Page } from '../../services/page.ts';
import type { Precondition, StoredRecord } from '../../services/records.ts';
import { created, noContent, ok, type Route, route, tagOf } from '../route.ts';

/** Everything in which the five routes of a kind of records differ. */
export interface RecordRoutes<
  R extends StoredRecord,
  C extends z.ZodType,
  P extends z.ZodType,
  Q extends z.ZodType,
> {
  /** Below `/api/v1/`. */
  readonly path: string;
  readonly tag: string;
  /** As in operation ids: `Customer`, `Customers`. */
  readonly names: readonly [one: string, many: string];
  /** With its article: `a customer`. */
  readonly noun: string;
  readonly surface: string;
  /** Scopes that are needed besides those of the surface. */
  readonly alsoNeeds?: readonly string[];
  readonly notes?: { readonly create?: string; readonly update?: string; readonly delete?: string };
  readonly refusals?: {
    readonly create?: readonly ErrorCode[];
    readonly update?: readonly ErrorCode[];
    readonly delete?: readonly ErrorCode[];
  };
  readonly query: Q;
  readonly createBody: C;
  readonly patchBody: P;
  readonly view: z.ZodType;
  /** Where what is made has a `secret`, which is shown once. */
  readonly createdView?: z.ZodType;
  readonly page: z.ZodType;
  /** What of a record is shown, besides the times that all have. */
  present(record: R, app: App): object;
  list(app: App, ctx: Context, query: z.output<Q>): Promise<Page<R>>;
  get(app: App, ctx: Context, id: string): Promise<R>;
  /** `isNew` is false where what is made was there already, and was changed. */
  create(app: App, ctx: Context, body: z.output<C>): Promise<{ record: R; isNew: boolean; secret?: string }>;
  /** Makes only what is not there yet; the others are changed. */
  readonly isPut?: true;
  patch(app: App, ctx: Context, id: string, body: z.output<P>, precondition: Precondition): Promise<R>;
  remove(app: App, ctx: Context, id: string, precondition: Precondition): Promise<void>;
}

export const recordParams = z.object({ id: text(1, 100) });

/** The version is in the ETag. */
export function presentTimes({ createdAt, updatedAt }: StoredRecord) {
  return { createdAt: toTimestamp(createdAt), updatedAt: toTimestamp(updatedAt) };
}

export function recordRoutes<
  R extends StoredRecord,
  C extends z.ZodType,
  P extends z.ZodType,
  Q extends z.ZodType,
>(kind: RecordRoutes<R, C, P, Q>): Route[] {
  const path = `/api/v1/${kind.path}`;
  const { tag, noun, refusals } = kind;
  const [one, many] = kind.names;
  const { surface, alsoNeeds = [] } = kind;
  const read = { scopes: [`${surface}:read`, ...alsoNeeds] };
  const write = { scopes: [`${surface}:write`, ...alsoNeeds] };
  const show = (record: R, app: App) => ({ ...kind.present(record, app), ...presentTimes(record) });
  return [
    route({
      method: 'GET',
      path,
      operationId: `list${many}`,
      tag,
      summary: `List ${many.toLowerCase()}`,
      access: read,
      query: kind.query,
      answers: { 200: kind.page },
      handler: async (app, ctx, { query }) => {
        const { items, nextCursor } = await kind.list(app, ctx, query);
        return ok({ data: items.map((record) => show(record, app)), nextCursor });
      },
    }),
    route({
      method: 'POST',
      path,
      operationId: `create${one}`,
      tag,
      summary: `Create ${noun}`,
      description: kind.notes?.create,
      access: write,
      body: kind.createBody,
      answers: kind.isPut ? { 200: kind.view, 201: kind.view } : { 201: kind.createdView ?? kind.view },
      refusals: refusals?.create,
      isIdempotent: true,
      secretFields: kind.createdView ? ['secret'] : undefined,
      handler: async (app, ctx, { body }) => {
        const { record, isNew, secret } = await kind.create(app, ctx, body);
        const headers = { etag: tagOf(record), location: `${path}/${record.id}` };
        const shown = { ...show(record, app), ...(secret === undefined ? {} : { secret }) };
        return isNew ? created(shown, headers) : ok(shown, headers);
      },
    }),
    route({
      method: 'GET',
      path: `${path}/{id}`,
      operationId: `get${one}`,
      tag,
      summary: `Get ${noun}`,
      access: read,
      params: recordParams,
      answers: { 200: kind.view },
      refusals: ['not_found'],
      handler: async (app, ctx, { params }) => {
        const record = await kind.get(app, ctx, params.id);
        return ok(show(record, app), { etag: tagOf(record) });
      },
    }),
    route({
      method: 'PATCH',
      path: `${path}/{id}`,
      operationId: `update${one}`,
      tag,
      summary: `Change ${noun}`,
      description: kind.notes?.update ?? 'A merge patch; null clears.',
      access: write,
      params: recordParams,
      body: kind.patchBody,
      answers: { 200: kind.view },
      refusals: ['not_found', 'precondition_failed', ...(refusals?.update ?? [])],
      handler: async (app, ctx, { params, body, ifMatch }) => {
        const record = await kind.patch(app, ctx, params.id, body, { ifMatch, tagOf });
        return ok(show(record, app), { etag: tagOf(record) });
      },
    }),
    route({
      method: 'DELETE',
      path: `${path}/{id}`,
      operationId: `delete${one}`,
      tag,
      summary: `Delete ${noun}`,
      description: kind.notes?.delete,
      access: write,
      params: recordParams,
      answers: { 204: null },
      refusals: ['not_found', 'precondition_failed', ...(refusals?.delete ?? [])],
      handler: async (app, ctx, { params, ifMatch }) => {
        await kind.remove(app, ctx, params.id, { ifMatch, tagOf });
        return noContent;
      },
    }),
  ];
}
