import { Fragment } from 'react';
import { cn } from '@/lib/cn.ts';
import type { Role } from '@/types.ts';
import { type Access, areaNames, grantLabel, roleNames, roleTable } from '../../../../src/core/roles.ts';

const verbs: Readonly<Record<Access, string>> = {
  write: 'Read and change',
  read: 'Read',
  counts: 'Counts only',
  none: '–',
};

export const roleLabel: Readonly<Record<Role, string>> = {
  owner: 'Owner',
  admin: 'Admin',
  developer: 'Developer',
  viewer: 'Viewer',
};

/** The scopes a role may put into keys; names of scopes stand between backticks. */
function Grants({ role }: { readonly role: Role }) {
  const pieces = grantLabel(role)
    .split('`')
    .map((text, place) => ({ text, place, isName: place % 2 === 1 }));
  return pieces.map(({ text, place, isName }) =>
    isName ? (
      <code key={place} className="whitespace-nowrap font-mono text-xs">
        {text}
      </code>
    ) : (
      <Fragment key={place}>{text}</Fragment>
    ),
  );
}

/** What one role may do: beside the choice of a role. */
export function RoleRights({ role }: { readonly role: Role }) {
  return (
    <section
      aria-label={`What ${role === 'owner' || role === 'admin' ? 'an' : 'a'} ${role} may do`}
      className="rounded-lg border border-line bg-sunken px-3 py-2.5 text-sm"
    >
      <dl className="grid grid-cols-[minmax(0,1fr)_auto] gap-x-4 gap-y-1">
        {areaNames.map((area) => (
          <div key={area} className="contents">
            <dt className="text-muted">{roleTable[area].label}</dt>
            <dd>{verbs[roleTable[area][role]]}</dd>
          </div>
        ))}
      </dl>
      <p className="mt-2 border-line border-t pt-2">
        <span className="text-muted">Scopes for keys:</span> <Grants role={role} />
      </p>
      {role === 'admin' && <p className="mt-1 text-muted">{roleTable.members.note}</p>}
    </section>
  );
}

/** What each role may do, from the table that the server decides by. */
export function RoleMatrix({ own }: { readonly own: Role }) {
  const cell = (role: Role) =>
    cn('w-44 border-line border-b px-3 py-2 align-top', role === own && 'bg-accent-soft');
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section aria-label="What each role may do" tabIndex={0} className="overflow-x-auto">
      <table className="w-full min-w-[52rem] border-separate border-spacing-0 text-left">
        <thead>
          <tr>
            <td className="border-line border-b" />
            {roleNames.map((role) => (
              <th key={role} scope="col" className={cn(cell(role), 'font-medium')}>
                {roleLabel[role]}
                {role === own && <span className="font-normal text-muted"> (you)</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {areaNames.map((area) => (
            <tr key={area}>
              <th scope="row" className="border-line border-b py-2 pr-3 align-top font-normal">
                {roleTable[area].label}
                {roleTable[area].note && (
                  <span className="block text-muted text-sm">{roleTable[area].note}</span>
                )}
              </th>
              {roleNames.map((role) => (
                <td key={role} className={cn(cell(role), roleTable[area][role] === 'none' && 'text-muted')}>
                  {verbs[roleTable[area][role]]}
                </td>
              ))}
            </tr>
          ))}
          <tr>
            <th scope="row" className="border-line border-b py-2 pr-3 align-top font-normal">
              Scopes that it may put into a key
            </th>
            {roleNames.map((role) => (
              <td key={role} className={cell(role)}>
                <Grants role={role} />
              </td>
            ))}
          </tr>
        </tbody>
      </table>
    </section>
  );
}
