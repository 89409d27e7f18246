// @ts-check
import { byId, call, onSubmit, takeToken } from './form.js';

const form = /** @type {HTMLFormElement} */ (byId('member'));
const token = takeToken();
byId(token ? 'step-member' : 'step-no-token').hidden = false;

/** @param {{ user: { name: string, email: string, role: string }, tenant: { name: string } }} signedIn */
function welcome({ user, tenant }) {
  byId('step-member').hidden = true;
  byId('step-done').hidden = false;
  byId('tenant').textContent = tenant.name;
  byId('email').textContent = user.email;
  const role = document.getElementById(`role-${user.role}`);
  if (role) role.hidden = false;
  byId('welcome').textContent = `Welcome, ${user.name}`;
  byId('welcome').focus();
}

onSubmit(form, async (data) => {
  const name = data.get('name');
  const password = data.get('password');
  const { body, problem } = await call('/api/auth/accept-invitation', { token, name, password });
  if (problem) return problem;
  form.reset();
  return welcome(body);
});
