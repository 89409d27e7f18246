import { type ErrorCode, errorTable } from '../errors.ts';
import { type Html, html, inline, pageHtml, prose } from './html.ts';
import type { OpenApiDocument, Response } from './openapi/types.ts';
import { curlOf } from './pages/curl.ts';
import { type Described, operationsOf, type Refusals, refName } from './pages/operations.ts';
import { fieldsHtml, schemaAnchor, schemaHtml, typeOf } from './pages/schema.ts';

interface Group {
  readonly name: string;
  readonly description: string | undefined;
  readonly anchor: string;
  readonly operations: readonly Described[];
}

function groupsOf(document: OpenApiDocument): Group[] {
  const all = operationsOf(document);
  return document.tags.map(({ name, description }) => ({
    name,
    description,
    anchor: `tag-${name.toLowerCase().replaceAll(/\W+/g, '-')}`,
    operations: all.filter(({ operation }) => operation.tags.includes(name)),
  }));
}

/** The reference page of an OpenAPI document. `publicUrl` stands in the examples, so that they can be run as they are. */
export function referencePage(document: OpenApiDocument, publicUrl: string): string {
  const groups = groupsOf(document);
  const body = html`
<div class="prose">
<h1>${document.info.title} API <span class="version">${document.info.version}</span></h1>
<p class="lead">${document.info.summary}</p>
${prose(document.info.description)}
<p>The examples take the key from the variable <code>KEYWARD_API_KEY</code>, names in capitals within a path are yours to fill in, and a click selects the whole example. Calls for signed-in people alone take the session from a file of cookies.</p>
</div>
${groups.map((group) => groupHtml(document, group, publicUrl))}
<section class="schemas" aria-labelledby="schemas">
<h2 id="schemas">Schemas</h2>
${Object.entries(document.components.schemas).map(
  ([name, schema]) => html`<section class="schema" id="${schemaAnchor(name)}">
<h3>${name}</h3>
${schemaHtml(document, schema, name.endsWith('Body') ? 'sent' : 'answered')}
</section>
`,
)}</section>`;
  return pageHtml({ title: `${document.info.title} API reference`, body, aside: navigation(groups) });
}

function navigation(groups: readonly Group[]): Html {
  const links = html`<ul class="tags">${groups.map(
    (group) => html`<li><a class="tag" href="#${group.anchor}">${group.name}</a>
<ul>${group.operations.map(
      ({ method, operation }) =>
        html`<li><a href="#${operation.operationId}"><span class="method ${method.toLowerCase()}">${method}</span><span>${operation.summary}</span></a></li>`,
    )}</ul></li>`,
  )}<li><a class="tag" href="#schemas">Schemas</a></li></ul>`;
  return html`<nav class="side" aria-label="Operations">${links}</nav>
<details class="menu"><summary>Operations</summary><nav aria-label="Operations, folded">${links}</nav></details>`;
}

function groupHtml(document: OpenApiDocument, group: Group, publicUrl: string): Html {
  return html`<section aria-labelledby="${group.anchor}">
<h2 id="${group.anchor}">${group.name}</h2>
${group.description !== undefined && html`<p class="lead">${inline(group.description)}</p>`}
${group.operations.map((described) => operationHtml(document, described, publicUrl))}
</section>
`;
}

function operationHtml(document: OpenApiDocument, described: Described, publicUrl: string): Html {
  const { method, path, operation } = described;
  return html`<article class="operation" id="${operation.operationId}" aria-labelledby="${operation.operationId}-title">
<h3 id="${operation.operationId}-title"><a href="#${operation.operationId}">${operation.summary}</a></h3>
<p class="call"><span class="method ${method.toLowerCase()}">${method}</span> <code>${path}</code></p>
<div class="columns"><div class="told">
<p class="chips">${chipsOf(described)}</p>
${prose(operation.description)}
${parametersHtml(described)}
${bodyHtml(document, described)}
${answersHtml(document, described)}
${refusalsHtml(described.refusals)}
</div><div class="shown">
<h4>Example</h4>
<pre class="code" tabindex="0"><code>${curlOf(document, described, publicUrl)}</code></pre>
</div></div>
</article>
`;
}

function chipsOf({ operation }: Described): Html {
  const scopes = operation['x-required-scopes'] ?? [];
  const schemes = operation.security.flatMap((requirement) => Object.keys(requirement));
  const hasKeys = schemes.includes('bearer');
  const chips = [
    ...(schemes.length === 0 ? ['open'] : []),
    ...(hasKeys && scopes.length === 0 ? ['any key'] : []),
    ...(schemes.includes('session') ? [hasKeys ? 'or by role' : 'signed-in people'] : []),
  ];
  return html`${scopes.map((scope) => html`<span class="chip scope">${scope}</span> `)}${chips.map((chip) => html`<span class="chip">${chip}</span> `)}`;
}

const places = [
  ['path', 'Path'],
  ['query', 'Query'],
  ['header', 'Headers'],
] as const;

function parametersHtml({ parameters }: Described): Html {
  return html`${places.map(([place, title]) => {
    const own = parameters.filter((parameter) => parameter.in === place);
    return own.length > 0 && html`<h4>${title}</h4>\n${fieldsHtml(own, 'sent')}`;
  })}`;
}

function bodyHtml(document: OpenApiDocument, { operation }: Described): Html | null {
  const { requestBody } = operation;
  if (!requestBody) return null;
  const types = Object.keys(requestBody.content);
  const { schema } = Object.values(requestBody.content)[0]!;
  return html`<h4>Body</h4>
<details class="part" open><summary>${typeOf(schema)} <span class="muted">${types.join(', ')}${requestBody.required ? '' : ', may be left out'}</span></summary>
${schemaHtml(document, schema, 'sent')}
</details>`;
}

function statusHtml(status: string): Html {
  return html`<span class="status s${status.charAt(0)}">${status}</span>`;
}

function answersHtml(document: OpenApiDocument, { answers }: Described): Html {
  return html`<h4>Answers</h4>\n${answers.map(([status, response]) => answerHtml(document, status, response))}`;
}

function answerHtml(document: OpenApiDocument, status: string, response: Response): Html {
  const headers = Object.keys(response.headers).join(', ');
  const [content] = Object.entries(response.content ?? {});
  const name = content && refName(content[1].schema);
  return html`<details class="part"><summary>${statusHtml(status)} ${inline(response.description)}${content && html` <span class="muted">${name ?? content[0]}</span>`}</summary>
${content && schemaHtml(document, content[1].schema, 'answered')}
<p class="bounds">Headers: ${headers}</p>
</details>
`;
}

function refusalsHtml(refusals: readonly Refusals[]): Html {
  const rows = refusals.map(
    ({ status, codes }) =>
      html`<li>${statusHtml(status)} <ul>${codes.map(
        (code) =>
          html`<li><a href="/docs/errors/${code}"><code>${code}</code></a> ${errorTable[code as ErrorCode]?.[1]}</li>`,
      )}</ul></li>`,
  );
  return html`<details class="part refusals"><summary>Refusals ${refusals.map(({ status }) => html`${statusHtml(status)} `)}</summary>
<ul>${rows}</ul>
</details>`;
}
