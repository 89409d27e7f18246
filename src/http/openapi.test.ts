import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { z } from 'zod';
import { type ErrorCode, errorTable } from '../errors.ts';
import { version } from '../version.ts';
import { bodyExamples } from './openapi/examples.ts';
import { generatedFiles } from './openapi/files.ts';
import { extraHeaders } from './openapi/texts.ts';
import type { JsonSchema, OpenApiDocument } from './openapi/types.ts';
import { openapi } from './openapi.ts';
import { follow, operationsOf } from './pages/operations.ts';
import { sampleBody } from './pages/sample.ts';
import { type AccessRule, type Route, type RouteDefinition, route } from './route.ts';
import { routes } from './routes/index.ts';

const document = openapi(routes, { version });
const operations = operationsOf(document);

function operationOf(found: Route) {
  const operation = operations.find(({ method, path }) => method === found.method && path === found.path);
  assert.ok(operation, `${found.method} ${found.path} is missing`);
  return operation;
}

function refsIn(value: unknown): string[] {
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([name, member]) =>
    name === '$ref' ? [String(member)] : refsIn(member),
  );
}

describe('the document of the whole table', () => {
  test('the committed files are what the code makes: `npm run docs` writes them', () => {
    for (const [path, text] of generatedFiles(routes)) {
      const committed = readFileSync(join(import.meta.dirname, '../..', path), 'utf8');
      assert.ok(committed === text, `${path} is not current: run \`npm run docs\``);
    }
  });

  test('every route is in it, with every status it answers and every code it refuses with', () => {
    assert.equal(operations.length, routes.length);
    for (const found of routes) {
      const { operation, answers, refusals } = operationOf(found);
      assert.equal(operation.operationId, found.operationId);
      assert.deepEqual(
        answers.map(([status]) => status),
        Object.keys(found.answers),
      );
      for (const code of found.refusals ?? []) {
        const status = String(errorTable[code][0]);
        const codes = refusals.find((refusal) => refusal.status === status)?.codes ?? [];
        assert.ok(codes.includes(code), `${found.operationId} does not say ${code}`);
      }
    }
  });

  test('what changes something says that the database may be away', () => {
    for (const { operation, method, refusals } of operations.filter(({ method }) => method !== 'GET')) {
      const codes = refusals.flatMap((refusal) => refusal.codes);
      assert.ok(codes.includes('store_unavailable'), `${method} ${operation.operationId}`);
    }
  });

  test('a call that makes something says where it is and which version it has; one that is only accepted has none', () => {
    const headersOf = (operationId: string, status: string) => {
      const found = operations.find(({ operation }) => operation.operationId === operationId);
      const answer = found?.answers.find(([other]) => other === status)?.[1];
      const names = Object.keys(answer?.headers ?? {});
      return names.filter((name) => name === 'ETag' || name === 'Location').sort();
    };
    for (const id of ['createConversation', 'beginConversation', 'createWebhook', 'replaceKey'])
      assert.deepEqual(headersOf(id, '201'), ['ETag', 'Location'], id);
    for (const id of ['suspendLicense', 'publishArticle', 'rotateWebhookSecret'])
      assert.deepEqual(headersOf(id, '200'), ['ETag'], id);
    assert.deepEqual(headersOf('importContacts', '202'), ['Location']);
    for (const [id, status] of [
      ['testWebhook', '202'],
      ['testAlert', '202'],
      ['sendMessage', '201'],
    ] as const) {
      assert.deepEqual(headersOf(id, status), [], id);
    }
  });

  test('every reference leads somewhere, and no component is idle', () => {
    const refs = new Set(refsIn(document));
    for (const ref of refs) assert.ok(follow(document, { $ref: ref }), ref);
    for (const part of ['parameters', 'headers', 'responses', 'schemas'] as const) {
      for (const name of Object.keys(document.components[part])) {
        assert.ok(refs.has(`#/components/${part}/${name}`), `${part}/${name} is used by nothing`);
      }
    }
  });

  test('no operation id stands there twice', () => {
    const ids = operations.map(({ operation }) => operation.operationId);
    assert.deepEqual(ids, [...new Set(ids)]);
  });

  test('no schema stands there under two names', () => {
    const byContent = Map.groupBy(Object.entries(document.components.schemas), ([, schema]) =>
      JSON.stringify(schema),
    );
    const twice = [...byContent.values()]
      .filter((list) => list.length > 1)
      .map((list) => list.map(([name]) => name));
    assert.deepEqual(twice, []);
  });

  test('every tag is described: a new one goes into tagTable', () => {
    for (const tag of document.tags) assert.ok(tag.description, `the tag ${tag.name} has no description`);
  });

  test('every path parameter is declared by its route', () => {
    for (const { path, parameters } of operations) {
      const names = parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name);
      assert.deepEqual(
        names,
        [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]),
      );
    }
  });

  test('the tables beside the routes name operations that exist', () => {
    const ids = new Set(routes.map((found) => found.operationId));
    for (const id of [...Object.keys(extraHeaders), ...Object.keys(bodyExamples)]) assert.ok(ids.has(id), id);
  });

  test('the same table gives the same text', () => {
    assert.equal(JSON.stringify(openapi(routes, { version })), JSON.stringify(document));
  });
});

describe('examples', () => {
  function schemasIn(value: unknown): JsonSchema[] {
    if (value === null || typeof value !== 'object') return [];
    const nested = Object.values(value).flatMap(schemasIn);
    return Array.isArray((value as JsonSchema).examples) ? [value as JsonSchema, ...nested] : nested;
  }

  test('every example of a schema is one of its values', () => {
    const found = schemasIn(document);
    assert.ok(found.length > 0);
    for (const { examples, ...schema } of found) {
      if (refsIn(schema).length > 0) continue;
      const parsed = z.fromJSONSchema(schema as never);
      for (const example of examples ?? [])
        assert.ok(parsed.safeParse(example).success, JSON.stringify({ schema, example }));
    }
  });

  test('every body that an example sends is one the route takes: else give it one in openapi/examples.ts', () => {
    for (const found of routes.filter((candidate) => candidate.body)) {
      const { requestBody } = operationOf(found).operation;
      assert.ok(requestBody);
      const body = sampleBody(document, requestBody) ?? {};
      const result = (found.body as unknown as z.ZodType).safeParse(body);
      assert.ok(result.success, `${found.operationId}: ${JSON.stringify(body)}: ${result.error?.message}`);
    }
  });
});

/** A table of one route, for what a definition turns into. */
function documentWith(part: Partial<RouteDefinition>): OpenApiDocument {
  const definition = {
    method: 'GET',
    path: '/things',
    operationId: 'doIt',
    tag: 'Keys',
    summary: 'Do it',
    access: { scopes: ['knowledge:read'] },
    answers: { 200: z.object({ ok: z.boolean() }) },
    handler: async () => ({ status: 200 }),
    ...part,
  };
  return openapi([route(definition as RouteDefinition)], { version: '1.2.3' });
}

function onlyOperation(part: Partial<RouteDefinition>) {
  return operationsOf(documentWith(part))[0]!;
}

describe('schemas', () => {
  test('coerced, refined and transformed values are described as they are sent', () => {
    const query = z.object({
      limit: z.coerce.number().int().min(1).max(200).default(50).meta({ description: 'How many.' }),
      day: z.iso
        .datetime()
        .transform((text) => Date.parse(text))
        .refine(Number.isFinite)
        .optional(),
      flag: z.stringbool().default(false),
      never: z.unknown().meta({ description: 'Never accepted.' }).optional(),
    });
    const { parameters } = onlyOperation({ query });
    const of = (name: string) => parameters.find((parameter) => parameter.name === name);
    assert.deepEqual(of('limit')?.schema, { default: 50, type: 'integer', minimum: 1, maximum: 200 });
    assert.equal(of('limit')?.description, 'How many.');
    assert.deepEqual(of('day')?.schema, { type: 'string', format: 'date-time' });
    assert.equal(of('flag')?.schema.type, 'string');
    assert.deepEqual(of('never')?.schema, {});
    assert.ok(parameters.every((parameter) => parameter.in === 'header' || !parameter.required));
  });

  test('a schema with an id stands in the components once, wherever it is used', () => {
    const inner = z.object({ a: z.string().nullable() }).meta({ id: 'TestInner' });
    const outer = z
      .object({ one: inner, many: z.array(inner), none: inner.nullable() })
      .meta({ id: 'TestOuter' });
    const { components, paths } = documentWith({ answers: { 200: outer, 201: inner } });
    assert.deepEqual(Object.keys(components.schemas), ['Problem', 'TestInner', 'TestOuter']);
    assert.deepEqual(components.schemas.TestInner?.properties, { a: { type: ['string', 'null'] } });
    const answer = paths['/things']!.get!.responses[200] as { content: object };
    assert.deepEqual(answer.content, {
      'application/json': { schema: { $ref: '#/components/schemas/TestOuter' } },
    });
  });

  test('bodies are closed, answers are open to later members', () => {
    const { components, paths } = documentWith({ method: 'POST', body: z.strictObject({ a: z.string() }) });
    assert.equal(components.schemas.DoItBody?.additionalProperties, false);
    assert.ok(!JSON.stringify(paths).includes('additionalProperties'));
  });

  test('an id whose schema differs as input and as output is an error that names it', () => {
    const both = z.object({ a: z.string().default('x') }).meta({ id: 'TestBoth' });
    const part = { method: 'POST', body: z.strictObject({ both }), answers: { 200: both } } as const;
    assert.throws(() => documentWith(part), /TestBoth/);
  });
});

describe('who may call', () => {
  const cases: readonly (readonly [AccessRule, schemes: string[], description: RegExp])[] = [
    [{ open: true }, [], /Open to anyone/],
    [
      { scopes: ['api_keys:write'] },
      ['bearer', 'basic', 'session'],
      /`api_keys:write`.*owner and admin in every environment; developer everywhere but in production\./,
    ],
    [{ scopes: ['knowledge:read'] }, ['bearer', 'basic', 'session'], /Any signed-in person\./],
    [{ scopes: [] }, ['bearer', 'basic', 'session'], /any active key and any signed-in person/],
    [{ scopes: [], keyOnly: true }, ['bearer', 'basic'], /for keys alone/],
    [{ people: 'any' }, ['session'], /any signed-in person. A key cannot/],
    [
      { people: ['members', 'write'] },
      ['session'],
      /change “Members, roles, tenant”: owner and admin\. .*An admin cannot/,
    ],
  ];
  for (const [access, schemes, description] of cases) {
    test(`${JSON.stringify(access)}: ${schemes.join(', ') || 'no credential'}`, () => {
      const { operation, refusals, parameters } = onlyOperation({ access });
      assert.deepEqual(
        operation.security.flatMap((scheme) => Object.keys(scheme)),
        schemes,
      );
      assert.match(operation.description, description);
      assert.deepEqual(operation['x-required-scopes'], 'scopes' in access ? access.scopes : undefined);
      const statuses = refusals.map(({ status }) => status);
      assert.equal(statuses.includes('401'), schemes.length > 0);
      assert.equal(
        parameters.some(({ name }) => name === 'X-Keyward-Environment'),
        schemes.includes('session'),
      );
      const codes = refusals.flatMap((refusal) => refusal.codes);
      assert.equal(codes.includes('insufficient_scope'), 'scopes' in access && access.scopes.length > 0);
      assert.equal(codes.includes('rate_limited'), 'scopes' in access);
    });
  }

  test('headers and refusals follow from the definition', () => {
    const refusals: ErrorCode[] = ['not_found', 'precondition_failed'];
    const body = z.strictObject({});
    const { parameters, operation, ...rest } = onlyOperation({
      method: 'PATCH',
      body,
      isIdempotent: true,
      refusals,
    });
    const names = parameters.map(({ name }) => name);
    assert.deepEqual(names, ['Idempotency-Key', 'If-Match', 'X-Keyward-Environment']);
    assert.ok('ETag' in rest.answers[0]![1].headers);
    assert.ok('RateLimit' in rest.answers[0]![1].headers);
    assert.deepEqual(
      rest.refusals.map(({ status }) => status),
      ['400', '401', '403', '404', '409', '412', '413', '415', '422', '429', '500', '503'],
    );
    assert.equal(operation.requestBody?.required, true);
    assert.deepEqual(Object.keys(operation.requestBody?.content ?? {}), [
      'application/json',
      'application/merge-patch+json',
    ]);
  });

  test('an operation without a body has none, and one that may be left out is not required', () => {
    assert.equal(onlyOperation({ method: 'POST' }).operation.requestBody, undefined);
    const optional = onlyOperation({ method: 'POST', body: z.strictObject({}), isBodyOptional: true });
    assert.equal(optional.operation.requestBody?.required, false);
  });
});
