import { contentSecurityPolicy, type Html, html, pageHtml, reloadingPolicy } from '../html.ts';

export interface StatePage {
  readonly text: string;
  /** Its content security policy. */
  readonly policy: string;
}

const apiGoesOn = html`<p>The API answers already: its calls stand in the <a href="/docs/api">reference</a>.</p>`;

function still(title: string, body: Html): StatePage {
  return { text: pageHtml({ title, body }), policy: contentSecurityPolicy };
}

/** While the console is built beside the server. It asks again by itself until the console is there. */
export function buildingPage(seconds: number): StatePage {
  const body = html`
<article class="prose">
<h1>The console is being built</h1>
<p class="lead">This happens after the first start and after a change of its sources, and takes less than a minute.</p>
<p>It has taken ${seconds} s so far. This page reloads itself.</p>
${apiGoesOn}
</article>`;
  const text = pageHtml({ title: 'The console is being built', body, isReloading: true });
  return { text, policy: reloadingPolicy };
}

/** What the build said stands in the server log: this page is for everybody who asks. */
export function buildFailedPage(): StatePage {
  const body = html`
<article class="prose">
<h1>The console could not be built</h1>
<p class="lead">The server log says why. Run <code>npm run build</code> in the directory of Keyward, mend what it says, and reload this page. The server need not be started again.</p>
${apiGoesOn}
</article>`;
  return still('The console could not be built', body);
}

/** Where it is neither built nor can be: what builds it was not installed. */
export function noConsolePage(): StatePage {
  const body = html`
<article class="prose">
<h1>The console is not built</h1>
<p class="lead">This installation has no built console. In its directory, <code>npm ci</code> installs what builds it and <code>npm run build</code> does it; then reload this page.</p>
${apiGoesOn}
</article>`;
  return still('The console is not built', body);
}
