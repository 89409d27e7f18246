import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { FormDialog } from '@/components/records/form-dialog.tsx';
import { useHolds } from '@/components/records/scopes.ts';
import { ProblemAlert } from '@/components/ui/alert.tsx';
import { Button } from '@/components/ui/button.tsx';
import { Copyable } from '@/components/ui/copy.tsx';
import { Panel } from '@/components/ui/page.tsx';
import { Skeleton } from '@/components/ui/skeleton.tsx';
import { Time } from '@/components/ui/time.tsx';
import { toast } from '@/components/ui/toast.tsx';
import { useEnvironment } from '@/environment.ts';
import { formatCount, plural } from '@/lib/format.ts';
import { problemOf } from '@/problem.ts';
import { activationsQuery, licenses, takeLicenseAction } from '@/queries/licenses.ts';
import type { Activation, License } from '@/types.ts';
import { allowsAction } from '../../../../src/core/license-states.ts';

/** The answer has all machines, which may be a million: so many are drawn at once. */
const step = 50;

/** The machines on which a licence is activated. */
export function Activations({ license }: { readonly license: License }) {
  const { id, state, activations, activationLimit } = license;
  const environment = useEnvironment();
  const mayWrite = useHolds()('licenses:write');
  const { data, error } = useQuery(activationsQuery(environment, id));
  const [isActivating, setActivating] = useState(false);
  const [shown, setShown] = useState(step);
  const isFree = allowsAction(state, 'activate') && activations < activationLimit;
  return (
    <Panel
      title="Machines"
      description={`Activated on ${formatCount(activations)} of ${plural(activationLimit, 'machine')}.`}
      actions={
        mayWrite &&
        isFree && (
          <Button size="sm" onClick={() => setActivating(true)}>
            Activate on a machine
          </Button>
        )
      }
    >
      {error && !data ? (
        <ProblemAlert problem={problemOf(error)} />
      ) : data === undefined ? (
        <Skeleton className="h-16" />
      ) : data.length === 0 ? (
        <p className="text-muted">
          {license.customerId === null
            ? 'None. Once the licence is assigned to a customer, the software activates it when it is first started.'
            : 'None yet. The software activates the licence when it is first started.'}
        </p>
      ) : (
        <>
          <ul>
            {data.slice(0, shown).map((activation) => (
              <Machine
                key={activation.id}
                activation={activation}
                license={license}
                mayFree={mayWrite && allowsAction(state, 'deactivate')}
              />
            ))}
          </ul>
          {data.length > shown && (
            <Button className="mt-3" onClick={() => setShown(shown + step)}>
              Show more
            </Button>
          )}
        </>
      )}
      {isActivating && <Activate license={license} onClose={() => setActivating(false)} />}
    </Panel>
  );
}

interface MachineProps {
  readonly activation: Activation;
  readonly license: License;
  readonly mayFree: boolean;
}

function Machine({ activation: { machineId, createdAt }, license: { id, state }, mayFree }: MachineProps) {
  const environment = useEnvironment();
  const client = useQueryClient();
  const [isBusy, setBusy] = useState(false);
  const take = async (action: 'activate' | 'deactivate') => {
    try {
      await takeLicenseAction(environment, id, action, { machineId });
      return true;
    } catch (error) {
      const title = action === 'activate' ? 'It was not activated again' : 'The machine was not freed';
      toast({ title, text: problemOf(error).message, tone: 'red' });
      return false;
    } finally {
      await licenses.refresh(client);
    }
  };
  const free = async () => {
    setBusy(true);
    if (await take('deactivate')) {
      const undo = { label: 'Undo', run: () => void take('activate') };
      // A licence that is suspended or expired frees machines, and takes none.
      toast({ title: `${machineId} is freed`, ...(allowsAction(state, 'activate') && { action: undo }) });
    }
    setBusy(false);
  };
  return (
    <li className="flex min-h-10 items-center gap-3 border-line border-b py-2 last:border-b-0">
      <span className="flex min-w-0 flex-1 flex-wrap items-center justify-between gap-x-3">
        <Copyable text={machineId} />
        <span className="text-muted">
          <Time at={createdAt} />
        </span>
      </span>
      {mayFree && (
        <Button size="sm" isBusy={isBusy} aria-label={`Deactivate ${machineId}`} onClick={() => void free()}>
          Deactivate
        </Button>
      )}
    </li>
  );
}

function Activate({ license, onClose }: { readonly license: License; onClose(): void }) {
  const environment = useEnvironment();
  const client = useQueryClient();
  return (
    <FormDialog
      title="Activate on a machine"
      description="The software does this itself, as a rule; here it is for a machine without a network."
      action="Activate"
      fields={[
        {
          name: 'machineId',
          label: 'Machine',
          maxLength: 255,
          hint: 'What the machine calls itself, always the same. It counts once, however often it is activated.',
        },
      ]}
      onClose={onClose}
      run={async ({ machineId = '' }) => {
        await takeLicenseAction(environment, license.id, 'activate', { machineId: machineId.trim() });
        toast({ title: 'The licence is activated' });
        await licenses.refresh(client);
      }}
    />
  );
}
