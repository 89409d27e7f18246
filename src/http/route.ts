import type { z } from 'zod';
import type { Access, Area } from '../core/roles.ts';
import type { ErrorCode } from '../errors.ts';
import type { App, Context } from '../services/app.ts';

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE' | 'PUT';

/**
 * Who may call. `scopes`: keys that hold all of them (an empty list: any active key), and people whose role amounts to them.
 * `keyOnly` shuts people out. `namesEnvironment`: the body may name another environment than the request's, and the
 * service judges a person's role there; the guard asks only that the role suffices in some environment.
 * `people`: signed-in people whose role has that access, never a key. `open`: anyone.
 */
export type AccessRule =
  | { readonly scopes: readonly string[]; readonly keyOnly?: true; readonly namesEnvironment?: true }
  | { readonly people: readonly [Area, Access] | 'any' }
  | { readonly open: true };

export interface Reply {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  /**
   * In the place of `body`: what is too long to be held, or never ends. `headers` name its type. Refuse by throwing
   * before the first piece. `signal` aborts when the reader is gone or may not read any more: stop waiting then.
   */
  readonly stream?: (signal: AbortSignal) => AsyncIterable<string | Uint8Array>;
  /** The stream has no end of its own: it is cut when the server stops. */
  readonly isEndless?: true;
}

/** What a handler may see of the request itself; the Authorization header is never among it. */
export interface RequestFacts {
  readonly cookie: string | undefined;
  readonly userAgent: string | undefined;
  readonly accept?: string | undefined;
  /** Where a reader of a stream left off. */
  readonly lastEventId?: string | undefined;
  readonly ip: string;
}

interface RouteInput<P, Q, B> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly ifMatch: string | undefined;
  readonly http: RequestFacts;
}

/** A body that is larger than others, or no JSON: it is taken as it comes. What `receive` makes of it is the route's body. */
export interface Upload {
  readonly maxBytes: number;
  /** Media type → what the document says of such a body. */
  readonly mediaTypes: Readonly<Record<string, z.ZodType>>;
  receive(app: App, chunks: AsyncIterable<Buffer>, mediaType: string): Promise<unknown>;
}

/** `answers`: status → schema of the body (null: no body). Refusals of the contract are added by the OpenAPI generator. */
export interface RouteDefinition<
  P extends z.ZodType = z.ZodType,
  Q extends z.ZodType = z.ZodType,
  B extends z.ZodType = z.ZodType,
> {
  readonly method: Method;
  /** Template with `{name}` parameters, as it stands in OpenAPI and the request log. */
  readonly path: string;
  readonly operationId: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly access: AccessRule;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  /** A body may be left out altogether: the schema then sees `{}`. */
  readonly isBodyOptional?: true;
  readonly upload?: Upload;
  readonly answers: Readonly<Record<number, z.ZodType | null>>;
  /** Codes this route answers besides those every guarded route can. */
  readonly refusals?: readonly ErrorCode[];
  /** Honours Idempotency-Key. A POST that creates or hands out a secret. */
  readonly isIdempotent?: true;
  /** Members of the answer that are shown once: null in a replay, and the answer is `no-store`. */
  readonly secretFields?: readonly string[];
  /** Asks people for password (and factor) again when that was more than 10 minutes ago. */
  readonly needsFreshLogin?: true;
  /** What the first request would have to wait for; done once the server listens, each in a turn of its own. */
  readonly prepare?: (app: App) => void;
  /** Answers in the place of guard and handler whoever sends the operator's token instead of a key. */
  readonly forOperator?: (app: App, accept: string | undefined) => Promise<Reply>;
  readonly handler: (
    app: App,
    ctx: Context,
    input: RouteInput<z.output<P>, z.output<Q>, z.output<B>>,
  ) => Promise<Reply> | Reply;
}

export type Route = RouteDefinition<never, never, never> | RouteDefinition;

/** Declares one operation. Types of `input` follow from the schemas. */
export function route<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType>(
  definition: RouteDefinition<P, Q, B>,
): Route {
  return definition as unknown as Route;
}

export function ok(body: unknown, headers?: Readonly<Record<string, string>>): Reply {
  return { status: 200, body, headers };
}

export function created(body: unknown, headers?: Readonly<Record<string, string>>): Reply {
  return { status: 201, body, headers };
}

export const noContent: Reply = { status: 204 };

/** A strong entity tag from a row's version. */
export function etag(id: string, version: number): string {
  return `"${id}.${version}"`;
}

export function tagOf({ id, version }: { readonly id: string; readonly version: number }): string {
  return etag(id, version);
}
