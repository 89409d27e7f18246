import type { OpenApiDocument } from '../openapi/types.ts';
import type { Described } from './operations.ts';
import { sampleBody } from './sample.ts';

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function upperSnake(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}

/** Path parameters become names in capitals, to be replaced; required queries get a value that works. */
function urlOf({ path, parameters }: Described, publicUrl: string): string {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const example = parameters.find((parameter) => parameter.in === 'path' && parameter.name === name)?.schema
      .examples?.[0];
    return typeof example === 'string' ? encodeURIComponent(example) : upperSnake(name);
  });
  const query = parameters
    .filter((parameter) => parameter.in === 'query' && parameter.required)
    .map(
      ({ name, schema }) =>
        `${name}=${encodeURIComponent(String(schema.examples?.[0] ?? schema.enum?.[0] ?? 'words'))}`,
    );
  return `${publicUrl}${filled}${query.length > 0 ? `?${query.join('&')}` : ''}`;
}

/** A session is kept in a file; its cookie changes something only for requests that name our origin. */
function cookieParts({ method, operation, answers }: Described, publicUrl: string): string[] {
  const isForPeople = operation.security.length > 0;
  const isSetting = answers.some(([, answer]) => 'Set-Cookie' in answer.headers);
  if (!isForPeople && !isSetting) return [];
  const parts = [`-b cookies.txt${isSetting ? ' -c cookies.txt' : ''}`];
  return method === 'GET' ? parts : [...parts, `-H ${quoted(`Origin: ${publicUrl}`)}`];
}

/** How this operation is called from a shell. The key stands in a variable, so that no history keeps it. */
export function curlOf(document: OpenApiDocument, described: Described, publicUrl: string): string {
  const { method, operation } = described;
  const parts = [`curl${method === 'GET' ? '' : ` -X ${method}`} ${quoted(urlOf(described, publicUrl))}`];
  const isForKeys = operation.security.some((scheme) => 'bearer' in scheme);
  if (isForKeys) parts.push('-H "Authorization: Bearer $KEYWARD_API_KEY"');
  else parts.push(...cookieParts(described, publicUrl));
  if (described.parameters.some(({ name }) => name === 'Idempotency-Key'))
    parts.push('-H "Idempotency-Key: $(openssl rand -hex 16)"');
  const body = operation.requestBody && sampleBody(document, operation.requestBody);
  if (operation.requestBody && body !== undefined) {
    const [media] = Object.keys(operation.requestBody.content);
    parts.push(`-H ${quoted(`Content-Type: ${media}`)}`, `-d ${quoted(JSON.stringify(body, null, 2))}`);
  }
  return parts.join(' \\\n  ');
}
