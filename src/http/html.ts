import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { ok, type Reply } from './route.ts';

/** Markup that is safe to stand in a page as it is. Made by `html` alone. */
export class Html {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }
}

export type Part = Html | string | number | null | undefined | false | readonly Part[];

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character]!);
}

function written(part: Part): string {
  if (part === null || part === undefined || part === false) return '';
  if (part instanceof Html) return part.toString();
  if (typeof part === 'object') return part.map(written).join('');
  return escapeHtml(String(part));
}

/** A template of markup: whatever is put into it is escaped, unless it is markup itself. Attributes need quotes. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(String.raw({ raw: strings }, ...parts.map(written)));
}

/** The little Markdown of our own texts: paragraphs, lists, headings, `code`. Everything else stays as it is written. */
export function prose(markdown: string): Html {
  const blocks = markdown.split('\n\n').map((block) => {
    const lines = block.split('\n');
    const heading = /^## (.+)$/.exec(lines[0]!);
    if (heading)
      return html`<h3>${inline(heading[1]!)}</h3>${lines.length > 1 && html`<p>${inline(lines.slice(1).join(' '))}</p>`}`;
    if (lines.every((line) => line.startsWith('- '))) {
      return html`<ul>${lines.map((line) => html`<li>${inline(line.slice(2))}</li>`)}</ul>`;
    }
    return html`<p>${inline(block)}</p>`;
  });
  return html`${blocks}`;
}

export function inline(text: string): Html {
  return html`${text.split('`').map((part, i) => (i % 2 === 1 ? html`<code>${part}</code>` : part))}`;
}

const style = readFileSync(new URL('./pages/style.css', import.meta.url), 'utf8');

/** Browsers do not follow a `refresh` without an address where the page's own has a fragment, such as a token. */
const reloadScript = 'setTimeout(() => location.reload(), 2000);';

function sourceHash(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

function policyWith(scripts: readonly string[]): string {
  return [
    "default-src 'none'",
    `style-src ${sourceHash(style)}`,
    ...scripts.map((script) => `script-src ${sourceHash(script)}`),
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/** Nothing is loaded and nothing runs: the one style sheet is in the page, named by its hash. */
export const contentSecurityPolicy = policyWith([]);

/** For a page that reloads itself: the one line that does it is named by its hash too. */
export const reloadingPolicy = policyWith([reloadScript]);

export interface Page {
  readonly title: string;
  readonly body: Html;
  /** What stands beside the text on wide screens and above it on narrow ones. */
  readonly aside?: Html;
  /** Every two seconds: for a page that says what will soon be otherwise. It needs `reloadingPolicy`. */
  readonly isReloading?: true;
}

const reloading = new Html(
  `\n<script>${reloadScript}</script>\n<noscript><meta http-equiv="refresh" content="2"></noscript>`,
);

export function pageHtml({ title, body, aside, isReloading }: Page): string {
  const text = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>${isReloading && reloading}
${new Html(`<style>${style}</style>`)}
</head>
<body>
<a class="skip" href="#main">Skip to the text</a>
<header class="top">
<a class="brand" href="/"><span class="mark" aria-hidden="true"></span>Keyward</a>
<nav class="links" aria-label="Keyward"><a href="/docs/api">API</a><a href="/docs/errors">Errors</a><a href="/api/openapi.json">OpenAPI</a></nav>
</header>
<div class="${aside ? 'frame with-aside' : 'frame'}">
${aside}
<main id="main">
${body}
</main>
</div>
</body>
</html>
`;
  return text.toString();
}

/** For the `answers` of a route that sends a page. */
export const htmlAnswer = z.string().meta({ mediaType: 'text/html' });

export function htmlReply(text: string | Buffer): Reply {
  return ok(text, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': contentSecurityPolicy,
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-cache',
  });
}
