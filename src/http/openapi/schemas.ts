import { z } from 'zod';
import type { JsonSchema } from './types.ts';

const prefix = '#/components/schemas/';

export function schemaRef(name: string): JsonSchema {
  return { $ref: `${prefix}${name}` };
}

/** What `.meta()` of a body or an answer may say to the document beyond its schema. */
export interface MediaMeta {
  readonly mediaType?: string;
  /** Others in which the same can be asked for. */
  readonly otherMediaTypes?: readonly string[];
  readonly examples?: readonly unknown[];
}

export function mediaMetaOf(schema: z.ZodType): MediaMeta {
  return (schema.meta() ?? {}) as MediaMeta;
}

type Io = 'input' | 'output';

/** Turns Zod schemas into JSON Schemas; those with an id, and request bodies, are kept once and referred to. */
export class SchemaBook {
  readonly #components = new Map<string, JsonSchema>();
  readonly #names = new Map<string, string>();

  /** By name, so that a new route does not move the others about. */
  get components(): Record<string, JsonSchema> {
    return Object.fromEntries([...this.#components].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  schemaOf(schema: z.ZodType, io: Io): JsonSchema {
    // Inside an array a schema with an id is a reference, which the root of a document never is.
    const json = z.toJSONSchema(z.array(schema), { io, unrepresentable: 'any', cycles: 'ref' }) as JsonSchema;
    for (const [name, definition] of Object.entries((json.$defs ?? {}) as Record<string, JsonSchema>)) {
      this.#keep(name, tidy(definition, io));
    }
    return tidy(json.items ?? {}, io);
  }

  /** A schema under a name of its own, or under the one its content already has. */
  namedSchemaOf(name: string, schema: z.ZodType, io: Io): JsonSchema {
    const json = this.schemaOf(schema, io);
    if (json.$ref !== undefined) return json;
    const same = this.#names.get(JSON.stringify(json));
    if (same === undefined) this.#keep(name, json);
    return schemaRef(same ?? name);
  }

  #keep(name: string, schema: JsonSchema): void {
    const content = JSON.stringify(schema);
    const known = this.#components.get(name);
    if (known !== undefined && JSON.stringify(known) !== content) {
      throw new Error(
        `OpenAPI: two different schemas have the id ${name}, or one differs as input and as output.`,
      );
    }
    this.#components.set(name, schema);
    this.#names.set(content, name);
  }
}

const maps = new Set(['properties', 'patternProperties']);
const lists = new Set(['anyOf', 'oneOf', 'allOf', 'prefixItems']);
const single = new Set(['items', 'additionalProperties', 'propertyNames', 'not', 'contains']);
const ours = new Set(['mediaType', 'otherMediaTypes', '$schema', '$defs', 'id']);
/** Formats that say it all: Zod's regular expressions for them would fill the page. */
const plainFormats = new Set(['date-time', 'email', 'uri']);

function tidy(schema: JsonSchema, io: Io): JsonSchema {
  const out: Record<string, unknown> = {};
  for (const [keyword, value] of Object.entries(schema)) {
    if (ours.has(keyword) || isNoise(schema, keyword, value, io)) continue;
    if (keyword === '$ref') out.$ref = refOf(value as string);
    else if (maps.has(keyword)) out[keyword] = mapped(value as Record<string, JsonSchema>, io);
    else if (lists.has(keyword)) out[keyword] = (value as JsonSchema[]).map((item) => tidy(item, io));
    else if (single.has(keyword) && typeof value === 'object') out[keyword] = tidy(value as JsonSchema, io);
    else out[keyword] = value;
  }
  return withPlainNull(out);
}

function mapped(schemas: Record<string, JsonSchema>, io: Io): Record<string, JsonSchema> {
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, tidy(schema, io)]));
}

/** Answers may gain members in a later version, so they are never declared closed; bodies are. */
function isNoise(schema: JsonSchema, keyword: string, value: unknown, io: Io): boolean {
  if (keyword === 'pattern') return plainFormats.has(schema.format as string);
  if (keyword === 'examples') return schema.format === 'date-time';
  if (keyword === 'minLength') return value === 0;
  if (keyword === 'minimum' || keyword === 'maximum')
    return Math.abs(value as number) === Number.MAX_SAFE_INTEGER;
  return keyword === 'additionalProperties' && io === 'output' && value === false;
}

function refOf(ref: string): string {
  const name = /^#\/\$defs\/([A-Z]\w*)$/.exec(ref)?.[1];
  if (name === undefined)
    throw new Error(`OpenAPI: a schema that refers to itself needs .meta({ id }), found ${ref}.`);
  return `${prefix}${name}`;
}

/** `anyOf: [{ type: 'string' }, { type: 'null' }]` as `type: ['string', 'null']`, which people read at a glance. */
function withPlainNull(schema: Record<string, unknown>): JsonSchema {
  const options = schema.anyOf as JsonSchema[] | undefined;
  if (options?.length !== 2 || options[1]?.type !== 'null') return schema;
  const [some] = options as [JsonSchema];
  if (typeof some.type !== 'string' || 'const' in some) return schema;
  const { anyOf, ...rest } = schema;
  const withNull = {
    ...some,
    type: [some.type, 'null'],
    ...(some.enum ? { enum: [...some.enum, null] } : {}),
  };
  return { ...withNull, ...rest };
}
