import { html, pageHtml } from '../html.ts';

/** What stands at the root of an installation. */
export function homePage(publicUrl: string, version: string): string {
  const body = html`
<article class="prose">
<h1>Keyward <span class="version">${version}</span></h1>
<p class="lead">A self-hosted platform for API keys: issue, scope, limit, watch, rotate and revoke them, and enforce all of that in front of your handlers.</p>
<p class="buttons"><a class="button" href="/docs/api">API reference</a> <a class="button quiet" href="/docs/errors">Error codes</a> <a class="button quiet" href="/api/openapi.json">OpenAPI 3.1</a></p>
<h2>First steps</h2>
<ol>
<li><p>While nobody has set it up, every start makes a link that is good for an hour. It stands in the terminal, or without one in the file <code>setup-link</code> of the data directory. Open it in a browser: it makes the owner and a first key, and shows the secret this once.</p>
<p>Or do that without a browser, on the machine of the server, in the directory of Keyward and while it is stopped:</p>
<pre class="code" tabindex="0"><code>read -rsp 'Password: ' PASSWORD
printf '%s' "$PASSWORD" | npx keyward init --email you@example.com</code></pre></li>
<li><p>Keep the secret in a variable, and ask what the key may do:</p>
<pre class="code" tabindex="0"><code>curl '${publicUrl}/api/v1/me' \\
  -H "Authorization: Bearer $KEYWARD_API_KEY"</code></pre></li>
<li><p>Make a key for each program that needs one. A key with <code>api_keys:write</code> can do that, such as the one that <code>init</code> makes:</p>
<pre class="code" tabindex="0"><code>curl -X POST '${publicUrl}/api/v1/api-keys' \\
  -H "Authorization: Bearer $KEYWARD_API_KEY" \\
  -H 'Content-Type: application/json' \\
  -d '{"name": "Help center — Production", "scopes": ["knowledge:read"]}'</code></pre></li>
</ol>
<p>A console in the browser comes in a later version. Until then there are pages for the set-up link and for the links of invitations; everything else is in the <a href="/docs/api">API</a>.</p>
<h2>Is it well?</h2>
<p><a href="/healthz"><code>/healthz</code></a> says that the process lives, <a href="/readyz"><code>/readyz</code></a> that it can serve requests.</p>
</article>`;
  return pageHtml({ title: 'Keyward', body });
}
