import { type Environment, environments } from '../../core/environments.ts';
import {
  type Access,
  areaNames,
  grantLabel,
  type Role,
  roleAllows,
  roleNames,
  roleTable,
  sessionScopes,
} from '../../core/roles.ts';
import { createScopeCatalogue } from '../../core/scopes.ts';
import type { AccessRule } from '../route.ts';

const catalogue = createScopeCatalogue();

/** `a, b and c`. */
export function listed(words: readonly string[]): string {
  return words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

function code(text: string): string {
  return `\`${text}\``;
}

function environmentsOf(role: Role, scopes: readonly string[]): readonly Environment[] {
  return environments.filter((environment) => {
    const held = sessionScopes(role, environment, catalogue);
    return scopes.every((scope) => held.has(scope));
  });
}

function placesOf(allowed: readonly Environment[]): string {
  if (allowed.length === environments.length) return 'in every environment';
  const missing = environments.filter((environment) => !allowed.includes(environment));
  return allowed.length > missing.length ? `everywhere but in ${listed(missing)}` : `in ${listed(allowed)}`;
}

/** Which roles amount to these scopes, as a sentence. */
function rolesForScopes(scopes: readonly string[]): string {
  const places = Map.groupBy(roleNames, (role) => {
    const allowed = environmentsOf(role, scopes);
    return allowed.length === 0 ? null : placesOf(allowed);
  });
  places.delete(null);
  if (places.get('in every environment')?.length === roleNames.length) return 'Any signed-in person.';
  const parts = [...places].map(([place, roles]) => `${listed(roles)} ${place}`);
  return parts.length === 0
    ? 'No role of a signed-in person includes this.'
    : `Signed-in people: ${parts.join('; ')}.`;
}

const verbs: Record<Access, string> = {
  write: 'change',
  read: 'read',
  counts: 'see the counts of',
  none: '',
};

/** Who may call, in words; the part about people comes from the role table. */
export function accessText(access: AccessRule): string {
  if ('open' in access) return 'Open to anyone: no credential is needed.';
  if ('people' in access) {
    if (access.people === 'any') return 'For any signed-in person. A key cannot make this call.';
    const [area, kind] = access.people;
    const { label, note } = roleTable[area];
    const roles = roleNames.filter((role) => roleAllows(role, area, kind));
    const who = `For signed-in people whose role may ${verbs[kind]} “${label}”: ${listed(roles)}.`;
    return `${who} A key cannot make this call.${note && kind === 'write' ? ` ${note}` : ''}`;
  }
  if (access.scopes.length === 0) {
    return access.keyOnly
      ? 'For any active key, and for keys alone.'
      : 'For any active key and any signed-in person.';
  }
  const keys = `For keys with ${listed(access.scopes.map(code))}.`;
  return access.keyOnly ? `${keys} For keys alone.` : `${keys} ${rolesForScopes(access.scopes)}`;
}

const marks: Record<Access, string> = {
  write: 'read and write',
  read: 'read',
  counts: 'counts only',
  none: '–',
};

/** docs/roles.md. */
export function rolesMarkdown(): string {
  const header = ['', ...roleNames];
  const rows = areaNames.map((area) => {
    const row = roleTable[area];
    return [
      row.note ? `${row.label} (${row.note.replace(/\.$/, '')})` : row.label,
      ...roleNames.map((role) => marks[row[role]]),
    ];
  });
  const grants = ['Scopes it may put into a key', ...roleNames.map(grantLabel)];
  const lines = [header, header.map((_, i) => (i === 0 ? '---' : ':-:')), ...rows, grants];
  return `# What each role may do

<!-- Made from src/core/roles.ts by \`npm run docs\`: do not edit. -->

${lines.map((cells) => `| ${cells.join(' | ')} |`.replaceAll('|  |', '| |')).join('\n')}

Nobody grants a role above their own, and nobody gives a key more than they have.
Which roles may make which call stands with every operation in the reference (\`/docs/api\` of a running Keyward).
`;
}
