import { problem } from '../contract/common.ts';
import { type Draft, operationOf } from './openapi/operation.ts';
import { SchemaBook } from './openapi/schemas.ts';
import { headerTable, introduction, securitySchemes, tagTable } from './openapi/texts.ts';
import type { OpenApiDocument, Operation, Parameter, Ref, Tag } from './openapi/types.ts';
import type { Route } from './route.ts';

type Paths = Record<string, Record<string, Operation>>;

/** The OpenAPI 3.1 document of a route table. The same table gives the same text. */
export function openapi(routes: readonly Route[], info: { readonly version: string }): OpenApiDocument {
  const draft = draftOf(routes);
  draft.book.schemaOf(problem, 'output');
  const paths: Paths = {};
  for (const route of routes) {
    paths[route.path] ??= {};
    paths[route.path]![route.method.toLowerCase()] = operationOf(route, draft);
  }
  const parameters = shareParameters(paths);
  const responses = byName(draft.problems);
  return {
    openapi: '3.1.0',
    info: {
      title: 'Keyward',
      version: info.version,
      summary: 'Issue, scope, limit, watch, rotate and revoke API keys.',
      description: introduction,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/', description: 'This installation.' }],
    tags: tagsOf(routes),
    paths,
    components: {
      securitySchemes,
      parameters,
      headers: usedHeaders([paths, responses]),
      responses,
      schemas: draft.book.components,
    },
  };
}

function draftOf(routes: readonly Route[]): Draft {
  const pathsWhere = (test: (route: Route) => boolean) =>
    new Set(routes.filter(test).map((route) => route.path));
  return {
    book: new SchemaBook(),
    problems: new Map(),
    versioned: pathsWhere((route) => route.refusals?.includes('precondition_failed') ?? false),
    readable: pathsWhere((route) => route.method === 'GET'),
  };
}

function byName<T>(map: ReadonlyMap<string, T>): Record<string, T> {
  return Object.fromEntries([...map].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function tagsOf(routes: readonly Route[]): Tag[] {
  const used = new Set(routes.map((route) => route.tag));
  const known = tagTable.filter((tag) => used.has(tag.name));
  const others = [...used].filter((name) => !tagTable.some((tag) => tag.name === name));
  return [...known, ...others.map((name) => ({ name }))];
}

function usedHeaders(parts: unknown): typeof headerTable {
  const text = JSON.stringify(parts);
  return Object.fromEntries(
    Object.entries(headerTable).filter(([name]) => text.includes(`"#/components/headers/${name}"`)),
  );
}

/** Moves parameters that several operations have alike to the components: of two that share a name, the commoner one. */
function shareParameters(paths: Paths): Record<string, Parameter> {
  const lists = Object.values(paths).flatMap((methods) => Object.values(methods));
  const uses = new Map<string, { readonly parameter: Parameter; count: number }>();
  for (const parameter of lists.flatMap((operation) => (operation.parameters ?? []) as Parameter[])) {
    const text = JSON.stringify(parameter);
    const use = uses.get(text) ?? { parameter, count: 0 };
    use.count++;
    uses.set(text, use);
  }
  const shared = new Map<string, Parameter>();
  for (const { parameter, count } of [...uses.values()].sort((a, b) => b.count - a.count)) {
    const name = componentName(parameter);
    if (count > 1 && !shared.has(name)) shared.set(name, parameter);
  }
  const refer = (parameter: Parameter): Parameter | Ref => {
    const name = componentName(parameter);
    const isShared = JSON.stringify(shared.get(name)) === JSON.stringify(parameter);
    return isShared ? { $ref: `#/components/parameters/${name}` } : parameter;
  };
  for (const methods of Object.values(paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      if (!operation.parameters) continue;
      methods[method] = { ...operation, parameters: (operation.parameters as Parameter[]).map(refer) };
    }
  }
  return byName(shared);
}

function componentName(parameter: Parameter): string {
  const words = parameter.name.split('-').map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return `${words.join('')}${parameter.in === 'path' ? 'InPath' : ''}`;
}
