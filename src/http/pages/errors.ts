import { type ErrorCode, errorTable } from '../../errors.ts';
import { type Html, html, inline, pageHtml } from '../html.ts';
import type { OpenApiDocument } from '../openapi/types.ts';
import { errorAdvice } from './error-advice.ts';
import { operationsOf } from './operations.ts';

const manyOperations = 12;

/** The problem document of a code, as an example. */
export function exampleProblem(code: ErrorCode, publicUrl: string): Record<string, unknown> {
  const [status, title, help] = errorTable[code];
  return {
    type: `${publicUrl}/docs/errors/${code}`,
    title,
    status,
    detail: help.replaceAll('`', ''),
    code,
    requestId: 'req_01…',
    ...errorAdvice[code]?.members,
  };
}

export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(errorTable, text);
}

export function errorPage(code: ErrorCode, document: OpenApiDocument, publicUrl: string): string {
  const [status, title, help] = errorTable[code];
  const steps = errorAdvice[code]?.steps ?? [];
  const body = html`
<article class="prose">
<p class="crumbs"><a href="/docs/errors">Errors</a></p>
<h1>${title}</h1>
<p class="facts"><span class="status s${String(status)[0]}">${status}</span> <code>${code}</code></p>
<h2>What it means</h2>
<p>${inline(help)}</p>
${steps.length > 0 && html`<h2>What to do</h2>\n<ol>${steps.map((step) => html`<li>${inline(step)}</li>`)}</ol>`}
<h2>What it looks like</h2>
<pre class="code" tabindex="0"><code>HTTP/1.1 ${status}
Content-Type: application/problem+json; charset=utf-8

${JSON.stringify(exampleProblem(code, publicUrl), null, 2)}</code></pre>
<p><code>requestId</code> is in the server log; quote it when you ask for help.</p>
<h2>Where it comes from</h2>
${answeredBy(code, document)}
</article>`;
  return pageHtml({ title: `${code} · Keyward errors`, body });
}

function answeredBy(code: ErrorCode, document: OpenApiDocument): Html {
  const all = operationsOf(document);
  const some = all.filter(({ refusals }) => refusals.some(({ codes }) => codes.includes(code)));
  if (some.length === 0)
    return html`<p>From no single operation: it is answered before one is reached, or by parts that are not in the reference.</p>`;
  if (some.length > manyOperations) {
    return html`<p>From ${some.length} of the ${all.length} operations in the <a href="/docs/api">reference</a>.</p>`;
  }
  const links = some.map(
    ({ operation, method, path }) =>
      html`<li><a href="/docs/api#${operation.operationId}"><code>${method} ${path}</code></a> ${operation.summary}</li>`,
  );
  return html`<ul>${links}</ul>`;
}

export function errorIndexPage(): string {
  const rows = (Object.keys(errorTable) as ErrorCode[]).map((code) => {
    const [status, title] = errorTable[code];
    return html`<li><span class="status s${String(status)[0]}">${status}</span>
<a href="/docs/errors/${code}"><code>${code}</code></a> <span>${title}</span></li>`;
  });
  const body = html`
<article class="prose">
<h1>Errors</h1>
<p>Every refusal is a problem document of RFC 9457 with a <code>code</code> that stays the same from version to version. Its <code>type</code> is the address of one of these pages.</p>
<ul class="codes">
${rows}
</ul>
</article>`;
  return pageHtml({ title: 'Keyward errors', body });
}
