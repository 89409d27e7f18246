import type { JsonSchema, OpenApiDocument, Operation, Parameter, Response } from '../openapi/types.ts';

export interface Refusals {
  readonly status: string;
  readonly codes: readonly string[];
}

/** An operation with its references followed. */
export interface Described {
  readonly path: string;
  readonly method: string;
  readonly operation: Operation;
  readonly parameters: readonly Parameter[];
  readonly answers: readonly (readonly [status: string, response: Response])[];
  readonly refusals: readonly Refusals[];
}

/** What a `#/…` reference stands for. */
export function follow<T>(document: OpenApiDocument, value: T | { readonly $ref: string }): T {
  const ref = (value as { readonly $ref?: string }).$ref;
  if (ref === undefined) return value as T;
  const target = ref
    .slice(2)
    .split('/')
    .reduce<unknown>((node, name) => (node as Record<string, unknown> | undefined)?.[name], document);
  if (target === undefined) throw new Error(`The OpenAPI document has no ${ref}.`);
  return target as T;
}

export function refName(schema: JsonSchema): string | null {
  return schema.$ref?.slice(schema.$ref.lastIndexOf('/') + 1) ?? null;
}

const described = new WeakMap<OpenApiDocument, readonly Described[]>();

/** Every operation in the order of the document. */
export function operationsOf(document: OpenApiDocument): readonly Described[] {
  const known = described.get(document);
  if (known) return known;
  const list = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) =>
      describe(document, path, method.toUpperCase(), operation),
    ),
  );
  described.set(document, list);
  return list;
}

function describe(document: OpenApiDocument, path: string, method: string, operation: Operation): Described {
  const responses = Object.entries(operation.responses).map(
    ([status, response]) => [status, follow<Response>(document, response)] as const,
  );
  return {
    path,
    method,
    operation,
    parameters: (operation.parameters ?? []).map((parameter) => follow<Parameter>(document, parameter)),
    answers: responses.filter(([, response]) => !response['x-problem-codes']),
    refusals: responses.flatMap(([status, response]) => {
      const codes = response['x-problem-codes'];
      return codes ? [{ status, codes }] : [];
    }),
  };
}
