import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useHolds } from '@/components/records/scopes.ts';
import { Select } from '@/components/ui/field.tsx';
import { toast } from '@/components/ui/toast.tsx';
import { useEnvironment } from '@/environment.ts';
import { problemOf } from '@/problem.ts';
import { conversations } from '@/queries/conversations.ts';
import type { Conversation } from '@/types.ts';
import { PersonName, usePeople } from './people.tsx';

/** Whose conversation it is; who may change it chooses here. */
export function Assignee({ conversation }: { readonly conversation: Conversation }) {
  const { id, assigneeId } = conversation;
  const environment = useEnvironment();
  const client = useQueryClient();
  const mayWrite = useHolds()('conversations:write');
  const people = usePeople();
  const [isBusy, setBusy] = useState(false);
  if (!mayWrite)
    return assigneeId ? <PersonName id={assigneeId} /> : <span className="text-muted">Nobody</span>;
  const isKnown = assigneeId === null || people.some((person) => person.id === assigneeId);
  const assign = async (to: string) => {
    setBusy(true);
    try {
      await conversations.change(environment, id, { assigneeId: to || null });
      await conversations.refresh(client);
    } catch (error) {
      toast({ title: 'The conversation was not given away', text: problemOf(error).message, tone: 'red' });
    }
    setBusy(false);
  };
  return (
    <Select
      aria-label="Assigned to"
      value={assigneeId ?? ''}
      disabled={isBusy}
      onChange={(event) => void assign(event.target.value)}
    >
      <option value="">Nobody</option>
      {people.map((person) => (
        <option key={person.id} value={person.id}>
          {person.name}
        </option>
      ))}
      {!isKnown && <option value={assigneeId}>Another member</option>}
    </Select>
  );
}
