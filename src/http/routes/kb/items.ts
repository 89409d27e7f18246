import type { z } from 'zod';
import { kbParams } from '../../../contract/kb.ts';
import type { App, Context } from '../../../services/app.ts';
import type { Precondition } from '../../../services/kb/items.ts';
import type { Page } from '../../../services/page.ts';
import { created, noContent, ok, type Route, route, tagOf } from '../../route.ts';
import { presentItem, presentListed } from '../../views/kb.ts';

interface StoredItem {
  readonly id: string;
  readonly version: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** Everything in which the five routes of categories, subcategories and tags differ. */
export interface ItemRoutes<C extends z.ZodType, P extends z.ZodType, Q extends z.ZodType> {
  /** Below `/api/v1/kb/`. */
  readonly path: string;
  /** As in operation ids: `Category`, `Categories`. */
  readonly names: readonly [one: string, many: string];
  readonly noun: string;
  readonly notes: { readonly create: string; readonly update?: string; readonly delete: string };
  readonly deleteRefusals: readonly ['conflict'] | readonly [];
  readonly query: Q;
  readonly createBody: C;
  readonly patchBody: P;
  readonly view: z.ZodType;
  readonly page: z.ZodType;
  list(app: App, ctx: Context, query: z.output<Q>): Promise<Page<Omit<StoredItem, 'version'>>>;
  get(app: App, ctx: Context, id: string): Promise<StoredItem>;
  create(app: App, ctx: Context, body: z.output<C>): Promise<{ item: StoredItem; isNew: boolean }>;
  patch(
    app: App,
    ctx: Context,
    id: string,
    body: z.output<P>,
    precondition: Precondition,
  ): Promise<StoredItem>;
  remove(app: App, ctx: Context, id: string, precondition: Precondition): Promise<void>;
}

export const tag = 'Knowledge base';
export const read = { scopes: ['knowledge:read'] };
export const write = { scopes: ['knowledge:write'] };

export function itemRoutes<C extends z.ZodType, P extends z.ZodType, Q extends z.ZodType>(
  kind: ItemRoutes<C, P, Q>,
): Route[] {
  const path = `/api/v1/kb/${kind.path}`;
  const [one, many] = kind.names;
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
        return ok({ data: items.map(presentListed), nextCursor });
      },
    }),
    route({
      method: 'POST',
      path,
      operationId: `create${one}`,
      tag,
      summary: `Create a ${kind.noun}`,
      description: kind.notes.create,
      access: write,
      body: kind.createBody,
      answers: { 200: kind.view, 201: kind.view },
      isIdempotent: true,
      handler: async (app, ctx, { body }) => {
        const { item, isNew } = await kind.create(app, ctx, body);
        const headers = { etag: tagOf(item), location: `${path}/${item.id}` };
        return isNew ? created(presentItem(item), headers) : ok(presentItem(item), headers);
      },
    }),
    route({
      method: 'GET',
      path: `${path}/{id}`,
      operationId: `get${one}`,
      tag,
      summary: `Get a ${kind.noun}`,
      access: read,
      params: kbParams,
      answers: { 200: kind.view },
      refusals: ['not_found'],
      handler: async (app, ctx, { params }) => {
        const item = await kind.get(app, ctx, params.id);
        return ok(presentItem(item), { etag: tagOf(item) });
      },
    }),
    route({
      method: 'PATCH',
      path: `${path}/{id}`,
      operationId: `update${one}`,
      tag,
      summary: `Change a ${kind.noun}`,
      description: kind.notes.update ?? 'A merge patch; null clears.',
      access: write,
      params: kbParams,
      body: kind.patchBody,
      answers: { 200: kind.view },
      refusals: ['not_found', 'slug_taken', 'precondition_failed'],
      handler: async (app, ctx, { params, body, ifMatch }) => {
        const item = await kind.patch(app, ctx, params.id, body, { ifMatch, tagOf });
        return ok(presentItem(item), { etag: tagOf(item) });
      },
    }),
    route({
      method: 'DELETE',
      path: `${path}/{id}`,
      operationId: `delete${one}`,
      tag,
      summary: `Delete a ${kind.noun}`,
      description: kind.notes.delete,
      access: write,
      params: kbParams,
      answers: { 204: null },
      refusals: ['not_found', 'precondition_failed', ...kind.deleteRefusals],
      handler: async (app, ctx, { params, ifMatch }) => {
        await kind.remove(app, ctx, params.id, { ifMatch, tagOf });
        return noContent;
      },
    }),
  ];
}
