import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '@/components/ui/button.tsx';
import { Confirm } from '@/components/ui/confirm.tsx';
import { Field, Input } from '@/components/ui/field.tsx';
import { toast } from '@/components/ui/toast.tsx';
import { useEnvironment } from '@/environment.ts';
import { plural } from '@/lib/format.ts';
import { isRefusal } from '@/lib/once.ts';
import { Problem } from '@/problem.ts';
import { bulkRevokeKeys, refreshKeys } from '@/queries/keys.ts';

interface BulkRevokeProps {
  readonly ids: readonly string[];
  nameOf(id: string): string;
  /** What stays selected; nothing once all are revoked. */
  onKeep(ids: readonly string[]): void;
}

/** The bar in the place of the filters while keys are selected. */
export function BulkRevoke({ ids, nameOf, onKeep }: BulkRevokeProps) {
  const environment = useEnvironment();
  const client = useQueryClient();
  const [isAsking, setAsking] = useState(false);
  const [reason, setReason] = useState('');
  const run = async () => {
    const { revoked, rest, problem } = await bulkRevokeKeys(environment, ids, reason.trim() || undefined);
    const isSome = rest.length < ids.length;
    if (isSome) toast({ title: `${plural(revoked, 'key')} revoked` });
    await refreshKeys(client);
    onKeep(rest);
    if (problem !== null) throw isSome ? partly(problem, revoked, rest.length) : problem;
  };
  return (
    <>
      <span className="font-medium">{plural(ids.length, 'key')} selected</span>
      <Button tone="danger" onClick={() => setAsking(true)}>
        Revoke
      </Button>
      <Button tone="quiet" onClick={() => onKeep([])}>
        Clear the selection
      </Button>
      {isAsking && (
        <Confirm
          title={`Revoke ${plural(ids.length, 'key')}?`}
          action={`Revoke ${plural(ids.length, 'key')}`}
          tone="danger"
          typed={ids.length > 20 ? String(ids.length) : null}
          onClose={() => setAsking(false)}
          run={run}
        >
          <p>All of them are refused with 401 from the moment this is done. Each can be activated again.</p>
          <ul className="max-h-40 overflow-y-auto rounded-md border border-line px-3 py-2">
            {ids.slice(0, 200).map((id) => (
              <li key={id} className="truncate">
                {nameOf(id)}
              </li>
            ))}
            {ids.length > 200 && <li className="text-muted">and {ids.length - 200} more</li>}
          </ul>
          <Field label="Reason" isOptional>
            <Input value={reason} onChange={(event) => setReason(event.target.value)} />
          </Field>
        </Confirm>
      )}
    </>
  );
}

/** The refusal of a part, with what became of the whole. */
function partly(problem: Problem, revoked: number, rest: number): Problem {
  const are = (count: number) => `${plural(count, 'key')} ${count === 1 ? 'is' : 'are'}`;
  const others = isRefusal(problem)
    ? `${are(rest)} not, and still selected.`
    : `${are(rest)} still selected: some of them may be revoked too, as the list shows.`;
  return new Problem(problem.status, {
    ...problem.document,
    detail: `${are(revoked)} revoked. ${others} ${problem.message}`,
  });
}
