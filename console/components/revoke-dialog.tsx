import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { LastUse } from '@/components/last-use.tsx';
import { Confirm } from '@/components/ui/confirm.tsx';
import { Field, Select } from '@/components/ui/field.tsx';
import { toast } from '@/components/ui/toast.tsx';
import { problemOf } from '@/problem.ts';
import { activateKeyAt, revokeKeyAt, targetOf } from '@/queries/key-actions.ts';
import { refreshKeys } from '@/queries/keys.ts';
import { useSession } from '@/session.ts';
import type { Key, Propagation } from '@/types.ts';

interface RevokeDialogProps {
  readonly apiKey: Key;
  onClose(): void;
  onRevoked?(propagation: Propagation): void;
}

const reasons = ['no longer used', 'replaced', 'compromised'];

/** Asks why, revokes, and offers to take it back. */
export function RevokeDialog({ apiKey: key, onClose, onRevoked }: RevokeDialogProps) {
  const client = useQueryClient();
  const target = targetOf(key, useSession().user.id);
  const [reason, setReason] = useState('');
  const undo = async () => {
    try {
      await activateKeyAt(target);
    } catch (error) {
      toast({ title: `${key.name} stays inactive`, text: problemOf(error).message, tone: 'red' });
    }
    await refreshKeys(client);
  };
  const run = async () => {
    const { propagation } = await revokeKeyAt(target, reason || null);
    onRevoked?.(propagation);
    const action = { label: 'Undo', run: () => void undo() };
    toast({ title: `${key.name} is revoked`, ...(reason !== 'compromised' && { action }) });
    await refreshKeys(client);
  };
  return (
    <Confirm title={`Revoke ${key.name}?`} action="Revoke key" tone="danger" onClose={onClose} run={run}>
      <LastUse apiKey={key} />
      <p>
        From the moment this is done every request with this key is refused with 401. Nothing is deleted: its
        history stays, and it can be activated again.
      </p>
      <Field
        label="Reason"
        isOptional
        hint={
          reason === 'compromised'
            ? 'The key can come back only after it was regenerated.'
            : 'It stands in the audit log.'
        }
      >
        <Select value={reason} onChange={(event) => setReason(event.target.value)}>
          <option value="">None</option>
          {reasons.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </Select>
      </Field>
    </Confirm>
  );
}
