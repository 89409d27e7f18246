import { readFileSync } from 'node:fs';
import { passwordLength } from '../../core/people.ts';
import { type Html, html, type Page, pageHtml, sourceHash, styleWith } from '../html.ts';
import { ok, type Reply } from '../route.ts';

function read(file: string): string {
  return readFileSync(new URL(file, import.meta.url), 'utf8');
}

/** A module of pages/browser and what all of them share as one text without imports: it stands in the page. */
function joined(name: string): string {
  const own = read(`./browser/${name}.js`).replaceAll(/^import .*;\n/gm, '');
  return `\n${read('./browser/form.js')}${own}`.replaceAll(/^export /gm, '');
}

const style = styleWith(read('./form.css'));

/** Answers with a page that runs one script and talks to this server alone. It may be about a token: nobody keeps it. */
export function formPages(name: 'setup' | 'invitation'): (page: Omit<Page, 'program'>) => Reply {
  const script = joined(name);
  const policy = [
    "default-src 'none'",
    `style-src ${sourceHash(style)}`,
    `script-src ${sourceHash(script)}`,
    "connect-src 'self'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ');
  return (page) =>
    ok(pageHtml({ ...page, program: { style, script } }), {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy,
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    });
}

export interface FieldOptions {
  /** Id of the form, so that two forms of a page may have a field of the same name. */
  readonly form: string;
  /** As in the body that is sent. */
  readonly name: string;
  readonly label: string;
  readonly hint?: Html;
  readonly type?: 'text' | 'email';
  readonly autocomplete: string;
  readonly isOptional?: true;
}

/** A field with its label and the place for what the server says of it. No `maxlength`: it would cut a paste off unseen. */
export function textField(options: FieldOptions): Html {
  const { form, name, label, hint, type = 'text', autocomplete, isOptional } = options;
  const id = `${form}-${name}`;
  return html`<div class="field" data-field="${name}" data-label="${label}">
<label for="${id}">${label}${isOptional && html` <span class="optional">optional</span>`}</label>
<input id="${id}" name="${name}" type="${type}" autocomplete="${autocomplete}" autocapitalize="${type === 'email' ? 'none' : 'sentences'}" aria-required="${isOptional ? 'false' : 'true'}" aria-describedby="${id}-error ${id}-hint">
<p class="error" id="${id}-error"></p>
<p class="hint" id="${id}-hint">${hint}</p>
</div>`;
}

export function newPasswordField(form: string): Html {
  const id = `${form}-password`;
  return html`<div class="field" data-field="password" data-label="Password">
<label for="${id}">Password</label>
<div class="beside"><input id="${id}" name="password" type="password" autocomplete="new-password" autocapitalize="none" spellcheck="false" aria-required="true" aria-describedby="${id}-error ${id}-hint">
<button class="button quiet" type="button" data-shows="${id}" aria-label="Show the password">Show</button></div>
<p class="error" id="${id}-error"></p>
<p class="hint" id="${id}-hint">${passwordLength.min} to ${passwordLength.max} characters. A few words in a row are good; symbols are not asked for.</p>
</div>`;
}

/** What the browser says when there is nothing to run. */
export function withoutScript(instead: Html): Html {
  return html`<noscript><p class="notice">This page needs JavaScript, which is switched off in this browser. ${instead}</p></noscript>`;
}

/** How to sign in without a browser. The password is in no history and no list of processes. */
export function signInExample(publicUrl: string): Html {
  return html`<pre class="code" tabindex="0"><code>read -rsp 'Password: ' PASSWORD
curl -c cookies.txt '${publicUrl}/api/auth/sign-in/email' \\
  -H 'Content-Type: application/json' -d @- &lt;&lt;END
{"email": "you@example.com", "password": "$PASSWORD"}
END</code></pre>`;
}
