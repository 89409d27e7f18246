import { Field, Select } from '@/components/ui/field.tsx';
import { useSession } from '@/session.ts';
import type { Role } from '@/types.ts';
import { mayGrantRole, roleNames } from '../../../../src/core/roles.ts';
import { roleLabel } from './roles.tsx';

/** Nobody is offered a role above their own. */
export function RoleSelect({ value, onChange }: { readonly value: Role; onChange(role: Role): void }) {
  const own = useSession().user.role;
  return (
    <Field label="Role">
      <Select value={value} onChange={(event) => onChange(event.target.value as Role)}>
        {roleNames
          .filter((role) => mayGrantRole(own, role))
          .map((role) => (
            <option key={role} value={role}>
              {roleLabel[role]}
            </option>
          ))}
      </Select>
    </Field>
  );
}
