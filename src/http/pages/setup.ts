import { type Environment, environmentCatalog } from '../../core/environments.ts';
import { type Html, html } from '../html.ts';
import type { Reply } from '../route.ts';
import { addressesOf } from './addresses.ts';
import { formPages, newPasswordField, signInExample, textField, withoutScript } from './form.ts';

const reply = formPages('setup');

export interface SetupPage {
  readonly publicUrl: string;
  /** Of the host that the page was asked from. */
  readonly environment: Environment;
  /** Whether there is a user: then the link has done its work. */
  readonly isOver: boolean;
}

/** Where the link of the first start leads: owner, first key, its secret. The steps are shown by browser/setup.js. */
export function setupPage({ publicUrl, environment, isOver }: SetupPage): Reply {
  const body = html`
<article class="narrow" data-public-url="${publicUrl}">
<h1>Set up Keyward</h1>
${withoutScript(html`<code>npx keyward init</code> does the same on the command line of the server.`)}
<ol class="steps">
<li data-step="owner">Owner</li>
<li data-step="key">First key</li>
<li data-step="done">Secret</li>
</ol>
${overStep(publicUrl, isOver)}
${noTokenStep}
${ownerStep}
${noSessionStep}
${keyStep(publicUrl, environment)}
${doneStep}
${choiceTemplate}
</article>`;
  return reply({ title: 'Set up Keyward', body });
}

const onServer = html`<p>On the machine of the server, in the directory of Keyward and while it is stopped:</p>
<pre class="code" tabindex="0"><code>read -rsp 'Password: ' PASSWORD
printf '%s' "$PASSWORD" | npx keyward init --email you@example.com</code></pre>`;

function overStep(publicUrl: string, isOver: boolean): Html {
  return html`<section id="step-over" aria-labelledby="over-title"${!isOver && html` hidden`}>
<h2 id="over-title" tabindex="-1">Keyward is set up already</h2>
<p>There is an owner, so a set-up link has nothing left to do. If nobody you know is that owner, somebody else is: stop the server and look into it.</p>
<h3>You are the owner and want a key</h3>
${onServer}
<p>Or sign in by API, and go on with the session that is now in the file <code>cookies.txt</code>:</p>
${signInExample(publicUrl)}
<p><a href="/docs/api#signIn">Sign in</a> and <a href="/docs/api#createKey">create a key</a> in the API reference say the rest.</p>
<h3>You are somebody else</h3>
<p>Ask an owner or an admin for an invitation.</p>
</section>`;
}

const noTokenStep = html`<section id="step-no-token" aria-labelledby="no-token-title" hidden>
<h2 id="no-token-title" tabindex="-1">Open the whole link</h2>
<p>The set-up link ends in <code>#token=…</code>, and that part is missing here. It is removed from the address bar once it was read, so after a reload the link has to be opened again.</p>
<p>The server printed the link when it started. Without a terminal it is in the file <code>setup-link</code> of the data directory. It is good for an hour; a restart makes a new one.</p>
</section>`;

const ownerStep = html`<section id="step-owner" aria-labelledby="owner-title" hidden>
<h2 id="owner-title" tabindex="-1">Create the owner</h2>
<p>The owner may do everything, and invites the others.</p>
<form id="owner" novalidate>
<p class="alert" role="alert" tabindex="-1"></p>
${textField({ form: 'owner', name: 'name', label: 'Your name', autocomplete: 'name' })}
${textField({ form: 'owner', name: 'email', label: 'E-mail address', type: 'email', autocomplete: 'username', hint: html`You sign in with it. Nothing is sent there.` })}
${textField({ form: 'owner', name: 'tenantName', label: 'Organisation', autocomplete: 'organization', isOptional: true, hint: html`Its keys and people belong together. Left empty: My organisation.` })}
${newPasswordField('owner')}
<p class="buttons"><button class="button" type="submit">Create the owner</button></p>
</form>
</section>`;

const noSessionStep = html`<section id="step-no-session" aria-labelledby="no-session-title" hidden>
<h2 id="no-session-title" tabindex="-1">The owner is made; the first key is not</h2>
<p class="notice" id="no-session-why"></p>
<p>Making it needs a session, and browsers keep one over HTTPS only, or over plain HTTP at <code>localhost</code>. Use such an address and name it in <code>KEYWARD_PUBLIC_URL</code>. The first key can also be made without a session.</p>
${onServer}
</section>`;

function environmentChoice(publicUrl: string, own: Environment): Html {
  const addresses = addressesOf(publicUrl, own);
  const choices = environmentCatalog.map(({ name, label, description }) => {
    const { origin, host, isGuessed } = addresses[name];
    return html`<label class="choice"><input type="radio" name="environment" value="${name}" data-origin="${origin}" data-host="${host}"${isGuessed && html` data-guessed=""`}><span><strong>${label}</strong><small>${description}</small></span></label>`;
  });
  return html`<fieldset class="field" role="radiogroup" data-field="environment" data-label="Environment" aria-required="true" aria-describedby="environment-error">
<legend>Environment</legend>
<p class="error" id="environment-error"></p>
<div class="choices two">${choices}</div>
</fieldset>`;
}

const scopesChoice = html`<fieldset class="field" data-field="scopes bundle" data-label="Scopes">
<legend id="scopes-legend">Scopes</legend>
<p class="hint" id="scopes-hint">What the key may do. They cannot be changed later: choose what is needed now, and no more.</p>
<p class="error" id="scopes-error"></p>
<div role="radiogroup" aria-labelledby="scopes-legend" aria-required="true" aria-describedby="scopes-error scopes-hint">
<div class="choices" id="bundles"></div>
<div class="choices"><label class="choice"><input type="radio" name="grant" value="one-by-one"><span><strong>One by one</strong><small>Choose from the list of all scopes.</small></span></label></div>
</div>
<div id="one-by-one" role="group" aria-label="Scopes, one by one" hidden><div class="choices two" id="scopes"></div></div>
</fieldset>`;

function keyStep(publicUrl: string, own: Environment): Html {
  return html`<section id="step-key" aria-labelledby="greeting" hidden>
<h2 id="greeting" tabindex="-1">Create your first key</h2>
<p>A program sends it with every request. Give each program a key of its own, so that it can be limited and revoked alone.</p>
<form id="key" novalidate>
<p class="alert" role="alert" tabindex="-1"></p>
${textField({ form: 'key', name: 'name', label: 'Name', autocomplete: 'off', hint: html`Say who uses the key and for what: <em>Zendesk sync — Production</em> (integration — environment), <em>Growth — Weekly report</em> (team — use case) or <em>Help center — Search</em> (service — purpose).` })}
${environmentChoice(publicUrl, own)}
${scopesChoice}
<fieldset class="field" role="radiogroup" data-field="tier" data-label="Limits" aria-required="true" aria-describedby="tier-error tier-hint">
<legend>Limits</legend>
<p class="hint" id="tier-hint">They can be changed later, also to limits of your own.</p>
<p class="error" id="tier-error"></p>
<div class="choices" id="tiers"></div>
</fieldset>
<p class="buttons"><button class="button" type="submit">Create the key</button></p>
</form>
</section>`;
}

const doneStep = html`<section id="step-done" aria-labelledby="done-title" hidden>
<h2 id="done-title" tabindex="-1">Your key is ready</h2>
<p class="warning"><strong>Copy the secret now. It cannot be retrieved afterwards.</strong> Keyward stores its SHA-256 only. If it is lost, rotate the key for a new one.</p>
<pre class="code" tabindex="0" aria-label="The secret"><code id="secret"></code></pre>
<p class="buttons"><button class="button" type="button" data-copies="secret">Copy the secret</button><span class="said" role="status"></span></p>
<dl class="facts">
<dt>Name</dt><dd id="made-name"></dd>
<dt>Environment</dt><dd id="made-environment"></dd>
<dt>Scopes</dt><dd id="made-scopes"></dd>
<dt>Limits</dt><dd id="made-limits"></dd>
</dl>
<p class="notice" id="made-warnings"></p>
<h3>Try it</h3>
<p>Put the secret into a variable: run this, paste the secret and press Enter. It is not shown, and no history keeps it.</p>
<pre class="code" tabindex="0"><code>read -rs KEYWARD_API_KEY</code></pre>
<p>Then ask what the key is and what remains of its limits:</p>
<pre class="code" tabindex="0"><code id="curl"></code></pre>
<p class="buttons"><button class="button quiet" type="button" data-copies="curl">Copy the command</button><span class="said" role="status"></span></p>
<p class="notice" id="address-note" hidden>The host decides the environment of a request. The one above follows the usual names; if yours are others, put your host there. <code>KEYWARD_HOSTS</code> maps any host to an environment.</p>
<h3>What next</h3>
<ul>
<li><a href="/docs/api">API reference</a>: every call, with an example to copy.</li>
<li><a href="/docs/api#createKey">Create more keys</a> and <a href="/docs/api#inviteMember">invite people</a>. Both need a session, which a program gets by <a href="/docs/api#signIn">signing in</a>; keys can also be made by a key with <code>api_keys:write</code>.</li>
<li><a href="/docs/errors">Error codes</a>: what each refusal means and what to do.</li>
</ul>
</section>`;

const choiceTemplate = html`<template id="choice"><label class="choice"><input><span><strong></strong><small></small><code></code></span></label></template>`;
