import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A JSON Schema as openapi.json has them. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly format?: string;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
}

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly schema: Schema;
}

export interface Answer {
  /** JSON pointer of its schema within the document, by media type; empty when there is no body. */
  readonly content: Readonly<Record<string, string>>;
  readonly headers: readonly string[];
  /** Codes of a problem document; empty for a good answer. */
  readonly codes: readonly string[];
}

export interface Operation {
  readonly id: string;
  readonly method: string;
  /** Template with `{name}`. */
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly body: {
    readonly schema: Schema;
    readonly isRequired: boolean;
    readonly types: readonly string[];
  } | null;
  readonly answers: Readonly<Record<string, Answer>>;
  /** `bearer`, `basic`, `session`; none for what is open to all. */
  readonly security: readonly string[];
  readonly scopes: readonly string[];
  readonly isVersioned: boolean;
  readonly isIdempotent: boolean;
}

type Json = Readonly<Record<string, unknown>>;

// biome-ignore lint/suspicious/noExplicitAny: the document is JSON of a known form
type Loose = any;

export const document: Loose = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../openapi.json'), 'utf8'),
);

function at(pointer: string): Loose {
  const steps = pointer.slice(2).split('/');
  return steps.reduce((node, step) => node[step.replaceAll('~1', '/').replaceAll('~0', '~')], document);
}

/** The schema that a reference means, at the top only. */
export function resolved(schema: Schema): Schema {
  return schema.$ref === undefined ? schema : at(schema.$ref);
}

const escaped = (name: string) => name.replaceAll('~', '~0').replaceAll('/', '~1');

function answerOf(given: Loose, pointer: string): Answer {
  const isShared = given.$ref !== undefined;
  const answer = isShared ? at(given.$ref) : given;
  const base = isShared ? given.$ref : pointer;
  const types = Object.keys(answer.content ?? {});
  return {
    content: Object.fromEntries(
      types.map((type) => [type, `${base}/content/${type.replaceAll('/', '~1')}/schema`]),
    ),
    headers: Object.keys(answer.headers ?? {}),
    codes: answer['x-problem-codes'] ?? [],
  };
}

function operationOf(path: string, method: string, operation: Loose): Operation {
  const pointer = `#/paths/${escaped(path)}/${method}`;
  const parameters: Parameter[] = (operation.parameters ?? []).map((given: Loose) =>
    given.$ref === undefined ? given : at(given.$ref),
  );
  const content = Object.entries<Loose>(operation.requestBody?.content ?? {});
  return {
    id: operation.operationId,
    method: method.toUpperCase(),
    path,
    parameters,
    body:
      content.length === 0
        ? null
        : {
            schema: content[0]![1].schema,
            isRequired: operation.requestBody.required === true,
            types: content.map(([type]) => type),
          },
    answers: Object.fromEntries(
      Object.entries<Loose>(operation.responses).map(([status, answer]) => [
        status,
        answerOf(answer, `${pointer}/responses/${status}`),
      ]),
    ),
    security: (operation.security ?? []).flatMap((scheme: Json) => Object.keys(scheme)),
    scopes: operation['x-required-scopes'] ?? [],
    isVersioned: parameters.some(({ name }) => name === 'If-Match'),
    isIdempotent: parameters.some(({ name }) => name === 'Idempotency-Key'),
  };
}

const methods = new Set(['get', 'post', 'patch', 'put', 'delete']);

export const operations: readonly Operation[] = Object.entries<Loose>(document.paths).flatMap(
  ([path, item]) =>
    Object.entries<Loose>(item)
      .filter(([method]) => methods.has(method))
      .map(([method, operation]) => operationOf(path, method, operation)),
);

/** The parameters of a path in their order, each with the list that its ids are in. */
export function parametersIn(path: string): { readonly name: string; readonly list: string }[] {
  return [...path.matchAll(/\/\{(\w+)\}/g)].map((match) => ({
    name: match[1]!,
    list: path.slice(0, match.index),
  }));
}

/** Paths of lists: what they answer says of what kind the ids in the paths below them are. */
export const listPaths: ReadonlySet<string> = new Set(
  operations.flatMap(({ path }) => parametersIn(path).map(({ list }) => list)),
);

const byId = new Map(operations.map((operation) => [operation.id, operation]));

export function operationNamed(id: string): Operation {
  const found = byId.get(id);
  if (found === undefined) throw new Error(`openapi.json has no operation ${id}`);
  return found;
}

const templates = [...new Set(operations.map(({ path }) => path))].map((path) => path.split('/'));

/** The template that a path means as the router reads it (a literal before a parameter); null for none. */
export function templateOf(path: string): string | null {
  const steps = path.split('/');
  const fits = (template: readonly string[]) =>
    template.length === steps.length &&
    template.every((step, i) => (step.startsWith('{') ? steps[i] !== '' : step === steps[i]));
  const found = templates.filter(fits);
  const literals = (template: readonly string[]) => template.filter((step) => !step.startsWith('{')).length;
  return found.sort((a, b) => literals(b) - literals(a))[0]?.join('/') ?? null;
}

/** What a method and a path mean; null where there is nothing, or not with this method. */
export function operationAt(method: string, path: string): Operation | null {
  const template = templateOf(path);
  const asked = method === 'HEAD' ? 'GET' : method;
  return operations.find((operation) => operation.path === template && operation.method === asked) ?? null;
}
