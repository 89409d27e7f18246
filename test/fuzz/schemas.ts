import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { document } from './document.ts';

type Node = Record<string, unknown>;

/** Answers may gain members in a later version; in this one whatever the document does not tell is a leak. */
function closed(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(closed);
  if (node === null || typeof node !== 'object') return node;
  const copy: Node = Object.fromEntries(Object.entries(node).map(([name, member]) => [name, closed(member)]));
  const isObjectSchema = [copy.type].flat().includes('object') && typeof copy.properties === 'object';
  if (isObjectSchema && !('additionalProperties' in copy)) copy.additionalProperties = false;
  return copy;
}

const ajv = new Ajv2020({ strict: false, allErrors: false, validateFormats: true });
(formats as unknown as (instance: Ajv2020) => void)(ajv);
ajv.addSchema(closed(document) as object, 'openapi');

const compiled = new Map<string, ValidateFunction>();

/** What is wrong with a body by the schema at this pointer of the document; null: nothing. */
export function faultBySchema(pointer: string, body: unknown): string | null {
  const check = compiled.get(pointer) ?? ajv.compile({ $ref: `openapi${pointer}` });
  compiled.set(pointer, check);
  if (check(body)) return null;
  const error = check.errors?.[0];
  const { instancePath = '', message = '', params = {} } = error ?? {};
  return `${instancePath || 'the body'} ${message} ${JSON.stringify(params)}`;
}
