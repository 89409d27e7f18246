// @ts-check
import { byId, call, onSubmit, takeToken } from './form.js';

const ownerForm = /** @type {HTMLFormElement} */ (byId('owner'));
const keyForm = /** @type {HTMLFormElement} */ (byId('key'));
const steps = ['over', 'no-token', 'owner', 'no-session', 'key', 'done'];
const token = takeToken();
let isSecretAtRisk = false;

/** @param {string} step */
function go(step) {
  show(step);
  byId(`step-${step}`).querySelector('h2')?.focus();
}

/** @param {string} step */
function show(step) {
  for (const name of steps) byId(`step-${name}`).hidden = name !== step;
  const current = document.querySelector(`.steps [data-step="${step}"]`);
  for (const item of document.querySelectorAll('.steps [aria-current]')) item.removeAttribute('aria-current');
  current?.setAttribute('aria-current', 'step');
}

/**
 * A radio button or a check box with its texts.
 * @param {'radio' | 'checkbox'} type
 * @param {{ name: string, value: string, label: string, code: string, about: string }} texts
 */
function choice(type, { name, value, label, code, about }) {
  const template = /** @type {HTMLTemplateElement} */ (byId('choice'));
  const copy = /** @type {DocumentFragment} */ (template.content.cloneNode(true));
  const input = /** @type {HTMLInputElement} */ (copy.querySelector('input'));
  Object.assign(input, { type, name, value });
  const [strong, small, codeElement] = ['strong', 'small', 'code'].map((tag) => copy.querySelector(tag));
  if (strong) strong.textContent = label;
  if (small) small.textContent = about;
  if (codeElement) codeElement.textContent = code;
  return copy;
}

/** @param {any[]} bundles @param {any[]} scopes @param {any[]} tiers */
function fill(bundles, scopes, tiers) {
  byId('bundles').replaceChildren(
    ...bundles.map(({ name, label, description, scopes: list }) =>
      choice('radio', { name: 'grant', value: name, label, code: list.join(' '), about: description }),
    ),
  );
  byId('scopes').replaceChildren(
    ...scopes.map(({ name, label, description }) =>
      choice('checkbox', { name: 'scope', value: name, label, code: name, about: description }),
    ),
  );
  byId('tiers').replaceChildren(
    ...tiers
      .filter(({ bounds }) => bounds === null)
      .map(({ name, label, description, advice }) =>
        choice('radio', { name: 'tier', value: name, label, code: '', about: `${advice} ${description}` }),
      ),
  );
  const smallest = document.querySelector('input[name="tier"][value="starter"]');
  if (smallest instanceof HTMLInputElement) smallest.checked = true;
}

/** @param {string} name Of the person who is signed in. */
async function openKeyStep(name) {
  const lists = ['scope-bundles', 'scopes', 'rate-limit-tiers'];
  const answers = await Promise.all(lists.map((list) => call(`/api/v1/${list}`)));
  const refused = answers.find(({ problem }) => problem)?.problem;
  if (refused) {
    // Without a session the server asks for a key, which nobody has here.
    byId('no-session-why').textContent = refused.code === 'missing_key' ? '' : refused.detail;
    return go('no-session');
  }
  const [bundles, scopes, tiers] = answers.map((answer) => answer.body.data);
  fill(bundles, scopes, tiers);
  byId('greeting').textContent = `Welcome, ${name}. Create your first key`;
  go('key');
}

/** Which environment is meant and what the key may do is never left to a default. @param {FormData} data */
function missingChoices(data) {
  const isOneByOne = data.get('grant') === 'one-by-one';
  const errors = [];
  if (!data.get('environment')) errors.push({ path: 'environment', message: 'must be chosen' });
  if (!data.get('grant')) errors.push({ path: 'scopes', message: 'must be chosen: a bundle, or one by one' });
  else if (isOneByOne && !data.has('scope')) {
    errors.push({
      path: 'scopes',
      message: 'must be chosen: without any, the key would have nearly all of them',
    });
  }
  return errors;
}

/** @param {any} key */
function finish(key) {
  isSecretAtRisk = true;
  byId('secret').textContent = key.secret;
  byId('made-name').textContent = key.name;
  byId('made-environment').textContent = key.environment;
  byId('made-scopes').textContent = key.scopes.join(', ');
  const { perMinute, burst, perDay } = key.rateLimit;
  byId('made-limits').textContent =
    `${perMinute.toLocaleString('en')} a minute, burst ${burst.toLocaleString('en')}, ${perDay.toLocaleString('en')} a day`;
  byId('made-warnings').textContent = key.warnings.map((/** @type {any} */ w) => w.message).join(' ');
  const place = /** @type {HTMLInputElement} */ (keyForm.querySelector('input[name="environment"]:checked'))
    .dataset;
  const host = place.host ? `  -H 'Host: ${place.host}' \\\n` : '';
  byId('curl').textContent =
    `curl -i '${place.origin || location.origin}/api/v1/me' \\\n${host}  -H "Authorization: Bearer $KEYWARD_API_KEY"`;
  byId('address-note').hidden = place.guessed === undefined;
  go('done');
}

/** @param {HTMLElement} button */
async function copy(button) {
  const source = byId(button.dataset.copies ?? '');
  const said = /** @type {HTMLElement} */ (button.nextElementSibling);
  try {
    await navigator.clipboard.writeText(source.textContent ?? '');
    said.textContent = 'Copied.';
    if (source.id === 'secret') isSecretAtRisk = false;
  } catch {
    getSelection()?.selectAllChildren(source);
    said.textContent = 'It is selected: copy it with the keyboard or the menu.';
  }
}

onSubmit(ownerForm, async (data) => {
  const text = (/** @type {string} */ name) => String(data.get(name) ?? '');
  const tenantName = text('tenantName').trim() || undefined;
  const owner = { name: text('name'), email: text('email'), tenantName, password: text('password') };
  const { body, problem } = await call('/api/auth/setup', { token, ...owner });
  if (problem?.code === 'conflict') return go('over');
  if (problem) return problem;
  ownerForm.reset();
  return openKeyStep(body.user.name);
});

onSubmit(keyForm, async (data) => {
  const errors = missingChoices(data);
  if (errors.length > 0) return { status: 0, code: 'incomplete', detail: '', errors };
  const [name, environment, grant, tier] = ['name', 'environment', 'grant', 'tier'].map((n) => data.get(n));
  const rights = grant === 'one-by-one' ? { scopes: data.getAll('scope') } : { bundle: grant };
  const { body, problem } = await call('/api/v1/api-keys', { name, environment, tier, ...rights });
  return problem ?? finish(body);
});

keyForm.addEventListener('change', () => {
  byId('one-by-one').hidden = new FormData(keyForm).get('grant') !== 'one-by-one';
});
for (const button of document.querySelectorAll('button[data-copies]')) {
  button.addEventListener('click', () => copy(/** @type {HTMLElement} */ (button)));
}
document.addEventListener('copy', () => {
  isSecretAtRisk &&= !getSelection()?.containsNode(byId('secret'), true);
});
addEventListener('beforeunload', (event) => {
  if (isSecretAtRisk) event.preventDefault();
});

if (byId('step-over').hidden) show(token ? 'owner' : 'no-token');
else {
  // Whoever reloads the page after the first step goes on with the second.
  const { body } = await call('/api/auth/get-session');
  if (body?.user.role === 'owner') await openKeyStep(body.user.name);
}
