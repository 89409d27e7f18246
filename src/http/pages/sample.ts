import type { JsonSchema, OpenApiDocument, RequestBody } from '../openapi/types.ts';
import { follow } from './operations.ts';

const formats: Readonly<Record<string, string>> = {
  'date-time': '2027-01-31T00:00:00.000Z',
  uri: 'https://example.com',
};

const names: Readonly<Record<string, string>> = {
  email: 'ada@example.com',
  password: 'at least 12 characters',
  token: 'what stands after #token= in the link',
};

/** A body that the operation takes: the example that is given, one made of what the schema requires, or none. */
export function sampleBody(document: OpenApiDocument, body: RequestBody): unknown {
  const [media] = Object.values(body.content);
  if (!media || (media.example === undefined && !body.required)) return undefined;
  return media.example ?? sampleOf(document, media.schema, 'body');
}

function sampleOf(document: OpenApiDocument, given: JsonSchema, name: string): unknown {
  const schema = follow<JsonSchema>(document, given);
  if (schema.examples?.length) return schema.examples[0];
  if ('default' in schema) return schema.default;
  if ('const' in schema) return schema.const;
  if (schema.enum) return schema.enum[0];
  const options = schema.anyOf ?? schema.oneOf ?? schema.allOf;
  if (options?.[0]) return sampleOf(document, options[0], name);
  const type = typeof schema.type === 'string' ? schema.type : schema.type?.[0];
  switch (type) {
    case 'object':
      return sampleObject(document, schema);
    case 'array':
      return schema.items ? [sampleOf(document, schema.items, name)] : [];
    case 'integer':
    case 'number':
      return Math.max(1, (schema.minimum as number | undefined) ?? 1);
    case 'boolean':
      return true;
    case 'null':
      return null;
    default:
      return sampleText(schema, name);
  }
}

function sampleObject(document: OpenApiDocument, schema: JsonSchema): Record<string, unknown> {
  const members = schema.required ?? Object.keys(schema.properties ?? {}).slice(0, 1);
  return Object.fromEntries(
    members.map((name) => [name, sampleOf(document, schema.properties?.[name] ?? {}, name)]),
  );
}

function sampleText(schema: JsonSchema, name: string): string {
  const byName = Object.entries(names).find(([part]) => name.toLowerCase().includes(part))?.[1];
  return (formats[schema.format as string] ?? byName ?? `my ${name}`).padEnd(
    (schema.minLength as number | undefined) ?? 0,
    '.',
  );
}
