import { type Html, html, inline } from '../html.ts';
import type { JsonSchema, OpenApiDocument } from '../openapi/types.ts';
import { follow, refName } from './operations.ts';

export function schemaAnchor(name: string): string {
  return `schema-${name}`;
}

function value(given: unknown): Html {
  return html`<code>${typeof given === 'string' ? given : JSON.stringify(given)}</code>`;
}

function joined(parts: readonly Html[], separator: string): Html {
  return html`${parts.map((part, i) => (i === 0 ? part : html`${separator}${part}`))}`;
}

/** The type in words: `string or null`, `list of Key`. Schemas with a name are links to it. */
export function typeOf(schema: JsonSchema): Html {
  const name = refName(schema);
  if (name !== null) return html`<a href="#${schemaAnchor(name)}">${name}</a>`;
  if ('const' in schema) return html`always ${value(schema.const)}`;
  const options = schema.anyOf ?? schema.oneOf;
  if (options) return joined(options.map(typeOf), ' or ');
  const types = typeof schema.type === 'string' ? [schema.type] : (schema.type ?? ['anything']);
  return joined(
    types.map((type) => namedType(schema, type)),
    ' or ',
  );
}

function namedType(schema: JsonSchema, type: string): Html {
  if (type === 'array' && schema.items) return html`list of ${typeOf(schema.items)}`;
  return html`${type === 'string' && typeof schema.format === 'string' ? schema.format : type}`;
}

function range(low: unknown, high: unknown, unit: string): string | null {
  const [min, max] = [low, high].map((n) => (typeof n === 'number' ? n.toLocaleString('en') : null));
  if (max === '0') return 'always empty';
  if (min && max) return min === max ? `exactly ${min}${unit}` : `${min} to ${max}${unit}`;
  if (min) return min === '0' ? null : `at least ${min}${unit}`;
  return max ? `at most ${max}${unit}` : null;
}

/** What the value must be beyond its type. */
function boundsOf(schema: JsonSchema): Html[] {
  const texts = [
    range(schema.minimum, schema.maximum, ''),
    range(schema.minLength, schema.maxLength, ' characters'),
    range(schema.minItems, schema.maxItems, ' items'),
  ];
  const parts = texts.filter((text) => text !== null).map((text) => html`${text}`);
  if (typeof schema.pattern === 'string') parts.push(html`matches ${value(schema.pattern)}`);
  if (schema.enum) parts.push(html`one of ${joined(schema.enum.map(value), ', ')}`);
  if ('default' in schema) parts.push(html`default ${value(schema.default)}`);
  if (schema.examples?.[0] !== undefined) parts.push(html`such as ${value(schema.examples[0])}`);
  return parts;
}

/** The object whose members are worth listing: of a value, of a list's items, or of the one option that has some. */
function membersOf(schema: JsonSchema): JsonSchema | null {
  if (schema.properties) return schema;
  if (schema.items) return membersOf(schema.items);
  for (const option of schema.anyOf ?? schema.oneOf ?? []) {
    const members = membersOf(option);
    if (members) return members;
  }
  return null;
}

/** What is sent says what is required, what is answered says what may be missing. */
type Direction = 'sent' | 'answered';

export interface Field {
  readonly name: string;
  readonly required: boolean;
  readonly description?: string | undefined;
  readonly schema: JsonSchema;
}

export function fieldsHtml(fields: readonly Field[], direction: Direction): Html {
  return html`<ul class="fields">${fields.map((field) => fieldHtml(field, direction))}</ul>`;
}

function markOf(required: boolean, direction: Direction): Html | null {
  if (direction === 'sent') return required ? html` <span class="required">required</span>` : null;
  return required ? null : html` <span class="optional">not always</span>`;
}

function fieldHtml({ name, required, description, schema }: Field, direction: Direction): Html {
  const each = schema.items && schema.maxItems !== 0 ? boundsOf(schema.items) : [];
  const bounds = [...boundsOf(schema), ...each.map((bound) => html`each ${bound}`)];
  const members = membersOf(schema);
  const about = description ?? schema.description;
  return html`<li><div class="field"><code class="name">${name}</code> <span class="type">${typeOf(schema)}</span>${markOf(required, direction)}</div>
${about !== undefined && html`<p>${inline(about)}</p>`}${bounds.length > 0 && html`<p class="bounds">${joined(bounds, ' · ')}</p>`}
${members && html`<details><summary>Members of <code>${name}</code></summary>${membersHtml(members, direction)}</details>`}</li>`;
}

function membersHtml(schema: JsonSchema, direction: Direction): Html {
  const entries = Object.entries(schema.properties ?? {});
  if (entries.length === 0) return html`<p class="bounds">No members.</p>`;
  return fieldsHtml(
    entries.map(([name, member]) => ({
      name,
      required: schema.required?.includes(name) ?? false,
      schema: member,
    })),
    direction,
  );
}

/** A schema with its members laid out; one with a name is opened here, those within it are links. */
export function schemaHtml(document: OpenApiDocument, given: JsonSchema, direction: Direction): Html {
  const schema = follow<JsonSchema>(document, given);
  const members = membersOf(schema);
  const about = schema.description === undefined ? null : html`<p>${inline(schema.description)}</p>`;
  if (members) return html`${about}${membersHtml(members, direction)}`;
  const bounds = boundsOf(schema);
  return html`${about}<p class="bounds">${joined([typeOf(schema), ...bounds], ' · ')}</p>`;
}
