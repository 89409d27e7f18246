// @ts-check
// What the pages with a form share. pages/form.ts puts it in front of the page's own script, in one scope with it.

/**
 * @typedef {{ status: number, code: string, detail: string, errors?: { path: string, message: string }[] }} Problem
 * @typedef {{ body?: any, problem?: Problem }} Answer
 */

/** @param {string} id */
export function byId(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}

/** The token of the link, which stays neither in the address bar nor in the history. */
export function takeToken() {
  const token = new URLSearchParams(location.hash.slice(1)).get('token') ?? '';
  if (location.hash !== '') history.replaceState(null, '', location.pathname);
  return token;
}

// A link opened in the tab that shows its page already changes the fragment only.
addEventListener('hashchange', () => {
  if (location.hash.startsWith('#token=')) location.reload();
});

/**
 * The server takes a page at another address than its own for one of another site.
 * @param {string} code
 */
function elsewhere(code) {
  const home = byId('main').querySelector('article')?.dataset.publicUrl;
  if (code !== 'role_not_allowed' || home === location.origin) return '';
  return ` This page was opened at ${location.origin}, but Keyward’s address is ${home}: open the link there, or set KEYWARD_PUBLIC_URL.`;
}

/**
 * GET, or POST where there is a body. Never throws.
 * @param {string} path
 * @param {object} [body]
 * @returns {Promise<Answer>}
 */
export async function call(path, body) {
  const post = {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  };
  let status = 0;
  try {
    const answer = await fetch(path, body && post);
    status = answer.status;
    const content = await answer.json();
    if (answer.ok) return { body: content };
    return { problem: { ...content, detail: `${content.detail}${elsewhere(content.code)}` } };
  } catch {
    const silence = 'The server does not answer. Look whether it is running, and try again.';
    const noise = `The answer (status ${status}) is not Keyward’s: something between this browser and the server refused.`;
    return { problem: { status, code: 'unreachable', detail: status === 0 ? silence : noise } };
  }
}

/** @param {Element} place The form or one of its fields. */
function clearProblem(place) {
  for (const element of place.querySelectorAll('.alert, .error')) element.textContent = '';
  for (const element of place.querySelectorAll('[aria-invalid]')) element.removeAttribute('aria-invalid');
  place.removeAttribute('aria-invalid');
}

/**
 * Each sentence goes to its field, and the focus to the first of them.
 * @param {HTMLFormElement} form
 * @param {Problem} problem
 */
export function showProblem(form, problem) {
  const errors = problem.errors ?? [];
  /** @type {HTMLElement | null} */
  let first = null;
  const others = errors.filter(({ path, message }) => {
    const field = form.querySelector(`[data-field~="${CSS.escape(path.split('.')[0] ?? '')}"]`);
    const slot = field?.querySelector('.error');
    if (!field || !slot) return true;
    if (slot.textContent === '') slot.textContent = `${field.getAttribute('data-label')} ${message}.`;
    const group = '[role="radiogroup"]';
    const marked = field.matches(group) ? field : field.querySelector(`${group}, input`);
    marked?.setAttribute('aria-invalid', 'true');
    first ??= field.querySelector('input:checked') ?? field.querySelector('input');
    return false;
  });
  const alert = /** @type {HTMLElement} */ (form.querySelector('.alert'));
  const own = others.length > 0 ? others.map(({ path, message }) => `${path} ${message}.`) : [problem.detail];
  alert.textContent = first && others.length === 0 ? 'Not yet: look at what is marked below.' : own.join(' ');
  (first ?? alert).focus();
}

/**
 * Runs `send` with what was filled in, one at a time, and shows what it refuses.
 * @param {HTMLFormElement} form
 * @param {(data: FormData) => Promise<Problem | void>} send
 */
export function onSubmit(form, send) {
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (form.ariaBusy === 'true') return;
    form.ariaBusy = 'true';
    clearProblem(form);
    const problem = await send(new FormData(form));
    form.ariaBusy = 'false';
    if (problem) showProblem(form, problem);
  });
  form.addEventListener('input', ({ target }) => {
    const field = target instanceof Element && target.closest('.field');
    if (field) clearProblem(field);
    if (!form.querySelector('.error:not(:empty)')) clearProblem(form);
  });
}

for (const button of document.querySelectorAll('button[data-shows]')) {
  const input = /** @type {HTMLInputElement} */ (byId(button.getAttribute('data-shows') ?? ''));
  const set = (/** @type {boolean} */ isShown) => {
    input.type = isShown ? 'text' : 'password';
    button.textContent = isShown ? 'Hide' : 'Show';
    button.setAttribute('aria-label', isShown ? 'Hide the password' : 'Show the password');
  };
  button.addEventListener('click', () => set(input.type === 'password'));
  // Browsers remember what was typed into a text field.
  input.form?.addEventListener('submit', () => set(false));
}
