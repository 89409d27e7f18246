import { type Access, type Area, grantLabel, type Role, roleNames, roleTable } from '../../core/roles.ts';
import { type Html, html, inline } from '../html.ts';
import type { Reply } from '../route.ts';
import { formPages, newPasswordField, signInExample, textField, withoutScript } from './form.ts';

const reply = formPages('invitation');

/** What this version has calls for; the rest of the table waits for its own. */
const areas: readonly Area[] = ['members', 'production_keys', 'other_keys', 'settings'];

const verbs: Record<Access, string | null> = {
  write: 'read and change',
  read: 'read',
  counts: 'counts only',
  none: null,
};

function roleHtml(role: Role): Html {
  const rows = areas.flatMap((area) => {
    const { label, note, [role]: access } = roleTable[area];
    const verb = verbs[access];
    const remark = access === 'write' && role !== 'owner' && note;
    return verb === null ? [] : [html`<dt>${label}</dt><dd>${verb}${remark && html`. ${remark}`}</dd>`];
  });
  return html`<div id="role-${role}" hidden>
<h3>What you may do as ${role}</h3>
<dl class="facts">${rows}<dt>Scopes you may put into a key</dt><dd>${inline(grantLabel(role))}</dd></dl>
</div>
`;
}

/** Where the link of an invitation leads. The steps are shown by browser/invitation.js. */
export function invitationPage(publicUrl: string): Reply {
  const body = html`
<article class="narrow" data-public-url="${publicUrl}">
<h1>Join Keyward</h1>
${withoutScript(html`The <a href="/docs/api#acceptInvitation">API</a> takes the token of the link too.`)}
<section id="step-no-token" aria-labelledby="no-token-title" hidden>
<h2 id="no-token-title">Open the whole link</h2>
<p>The link of an invitation ends in <code>#token=…</code>, and that part is missing here. It is removed from the address bar once it was read, so after a reload the link has to be opened again.</p>
</section>
<section id="step-member" aria-labelledby="member-title" hidden>
<h2 id="member-title">Accept the invitation</h2>
<p>You will sign in with the e-mail address that was invited, and the password you choose here.</p>
<form id="member" novalidate>
<p class="alert" role="alert" tabindex="-1"></p>
${textField({ form: 'member', name: 'name', label: 'Your name', autocomplete: 'name' })}
${newPasswordField('member')}
<p class="buttons"><button class="button" type="submit">Accept the invitation</button></p>
</form>
</section>
<section id="step-done" aria-labelledby="welcome" hidden>
<h2 id="welcome" tabindex="-1">Welcome</h2>
<p>You are a member of <strong id="tenant"></strong> now, and sign in as <strong id="email"></strong>.</p>
${roleNames.map(roleHtml)}
<h3>What next</h3>
<p>This version has no web console yet. Sign in by API, and go on with the session that is then in the file <code>cookies.txt</code>:</p>
${signInExample(publicUrl)}
<p>The <a href="/docs/api">API reference</a> has every call, with an example to copy.</p>
</section>
</article>`;
  return reply({ title: 'Join Keyward', body });
}
