import type { z } from 'zod';
import { environments } from '../../core/environments.ts';
import type { AccessRule, Route, Upload } from '../route.ts';
import { bodyExamples } from './examples.ts';
import { problemResponse, refusalsByStatus, responseName } from './refusals.ts';
import { accessText } from './roles.ts';
import { mediaMetaOf, type SchemaBook } from './schemas.ts';
import { extraHeaders, headerRefs, rateLimitHeaders } from './texts.ts';
import type { JsonSchema, MediaType, Operation, Parameter, Ref, RequestBody, Response } from './types.ts';

/** What the operations of one document share. */
export interface Draft {
  readonly book: SchemaBook;
  /** Problem responses by name. */
  readonly problems: Map<string, Response>;
  /** Paths of things that have a version: they answer `ETag` and honour `If-Match`. */
  readonly versioned: ReadonlySet<string>;
  /** Paths with a GET: what a 201 made can be read there. */
  readonly readable: ReadonlySet<string>;
}

export function operationOf(route: Route, draft: Draft): Operation {
  const parameters = [...ownParameters(route, draft.book), ...headerParameters(route)];
  return {
    operationId: route.operationId,
    tags: [route.tag],
    summary: route.summary,
    description: descriptionOf(route),
    security: securityOf(route.access),
    ...('scopes' in route.access ? { 'x-required-scopes': route.access.scopes } : {}),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...requestBodyOf(route, draft.book),
    responses: { ...answersOf(route, draft), ...problemsOf(route, draft) },
  };
}

function descriptionOf(route: Route): string {
  const fresh = route.needsFreshLogin
    ? ' People are asked for their password again when they gave it more than 10 minutes ago.'
    : '';
  return [...(route.description ? [route.description] : []), accessText(route.access) + fresh].join('\n\n');
}

function securityOf(access: AccessRule): Operation['security'] {
  if ('open' in access) return [];
  const keys: Operation['security'] = [{ bearer: [] }, { basic: [] }];
  if ('people' in access) return [{ session: [] }];
  return access.keyOnly ? keys : [...keys, { session: [] }];
}

function ownParameters(route: Route, book: SchemaBook): Parameter[] {
  const params = route.params ? book.schemaOf(route.params, 'input') : {};
  const query = route.query ? book.schemaOf(route.query, 'input') : {};
  const names = [...route.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!);
  return [
    ...names.map((name) => parameter(name, 'path', true, params.properties?.[name] ?? { type: 'string' })),
    ...Object.entries(query.properties ?? {}).map(([name, schema]) =>
      parameter(name, 'query', query.required?.includes(name) ?? false, schema),
    ),
  ];
}

function parameter(name: string, place: Parameter['in'], required: boolean, given: JsonSchema): Parameter {
  const { description, ...schema } = given;
  return { name, in: place, required, ...(description === undefined ? {} : { description }), schema };
}

function headerParameters(route: Route): Parameter[] {
  const list: Parameter[] = [];
  if (route.isIdempotent) {
    const description =
      'Names this request: repeated within 24 hours it is answered again and not run again. 1 to 255 visible ASCII characters, quoted or bare.';
    list.push(parameter('Idempotency-Key', 'header', false, { type: 'string', description }));
  }
  if (route.refusals?.includes('precondition_failed')) {
    const description =
      'The `ETag` that was read; 412 when it is no longer the current one. Without it the last write wins.';
    list.push(parameter('If-Match', 'header', false, { type: 'string', description }));
  }
  const isForPeople = 'people' in route.access || ('scopes' in route.access && !route.access.keyOnly);
  if (isForPeople) {
    const description =
      'The environment a signed-in person works in; the one of the host without it. A key never can choose.';
    list.push(
      parameter('X-Keyward-Environment', 'header', false, {
        type: 'string',
        enum: [...environments],
        description,
      }),
    );
  }
  return list;
}

function requestBodyOf(route: Route, book: SchemaBook): { requestBody?: RequestBody } {
  if (route.upload) return { requestBody: uploadBodyOf(route, route.upload, book) };
  return route.body ? { requestBody: jsonBodyOf(route, route.body, book) } : {};
}

function uploadBodyOf({ operationId }: Route, { mediaTypes }: Upload, book: SchemaBook): RequestBody {
  const media = Object.entries(mediaTypes).map(([type, schema], i): [string, MediaType] => {
    const example = i === 0 ? bodyExamples[operationId] : undefined;
    return [type, { schema: book.schemaOf(schema, 'input'), ...(example === undefined ? {} : { example }) }];
  });
  return { required: true, content: Object.fromEntries(media) };
}

function jsonBodyOf(route: Route, body: z.ZodType, book: SchemaBook): RequestBody {
  const { mediaType, examples } = mediaMetaOf(body);
  const name = `${route.operationId.charAt(0).toUpperCase()}${route.operationId.slice(1)}Body`;
  const example = bodyExamples[route.operationId] ?? examples?.[0];
  const media: MediaType = {
    schema: book.namedSchemaOf(name, body, 'input'),
    ...(example === undefined ? {} : { example }),
  };
  const isPatch = route.method === 'PATCH' && mediaType === undefined;
  return {
    required: route.isBodyOptional !== true,
    content: {
      [mediaType ?? 'application/json']: media,
      ...(isPatch ? { 'application/merge-patch+json': media } : {}),
    },
  };
}

const meanings: Readonly<Record<number, string>> = {
  200: 'Done.',
  201: 'Made.',
  202: 'Accepted; the work goes on in the background.',
  204: 'Done; there is no body.',
  303: 'See `Location`.',
};

function answersOf(route: Route, draft: Draft): Record<string, Response> {
  const answers = Object.entries(route.answers).map(([status, schema]): [string, Response] => {
    const headers = headerRefs(['X-Request-Id', ...answerHeaders(route, Number(status), draft)]);
    const description = meanings[Number(status)] ?? `Status ${status}.`;
    if (schema === null) return [status, { description, headers }];
    const { mediaType = 'application/json', otherMediaTypes = [] } = mediaMetaOf(schema);
    const media = { schema: draft.book.schemaOf(schema, 'output') };
    const content = Object.fromEntries([mediaType, ...otherMediaTypes].map((type) => [type, media]));
    return [status, { description, headers, content }];
  });
  return Object.fromEntries(answers);
}

function answerHeaders(route: Route, status: number, draft: Draft): string[] {
  const names: string[] = [...(extraHeaders[route.operationId] ?? [])];
  const isList = childPath(route.path, draft.readable) !== null;
  if (route.method === 'POST' && isList) names.push('Location');
  if (hasEtag(route, status, draft)) names.push('ETag');
  return 'scopes' in route.access ? [...names, ...rateLimitHeaders] : names;
}

/** The item itself, what a POST below it changes, and what a POST to its list makes. */
function hasEtag(route: Route, status: number, { versioned }: Draft): boolean {
  if (route.method === 'DELETE' || status === 204) return false;
  if (versioned.has(route.path)) return true;
  const parent = route.path.slice(0, route.path.lastIndexOf('/'));
  if (route.method !== 'POST') return false;
  // What is made below it, or goes on in the background, has a version of its own or none.
  return childPath(route.path, versioned) !== null || (status === 200 && versioned.has(parent));
}

/** The item path below a list's path. */
function childPath(path: string, among: ReadonlySet<string>): string | null {
  const child = `${path}/{`;
  return (
    [...among].find((other) => other.startsWith(child) && other.indexOf('/', child.length) === -1) ?? null
  );
}

function problemsOf(route: Route, draft: Draft): Record<string, Ref> {
  const refs = [...refusalsByStatus(route)].map(([status, codes]): [string, Ref] => {
    const name = responseName(codes);
    draft.problems.set(name, draft.problems.get(name) ?? problemResponse(status, codes));
    return [String(status), { $ref: `#/components/responses/${name}` }];
  });
  return Object.fromEntries(refs);
}
