import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { inheritsAll, isUnfinished, type ScopeChoice, scopeBody } from '@/components/scope-picker/choice.ts';
import { ScopePicker } from '@/components/scope-picker.tsx';
import { CheckboxField, Field, Input } from '@/components/ui/field.tsx';
import { patternProblem } from '@/lib/naming.ts';
import { useOnce } from '@/lib/once.ts';
import { defaultGrace, graceSeconds } from '@/lib/rotation.ts';
import { scopesQuery } from '@/queries/catalogue.ts';
import { replaceKey } from '@/queries/key-actions.ts';
import { keyPolicyQuery } from '@/queries/key-policy.ts';
import type { Key, ReissuedKey } from '@/types.ts';
import { FormDialog } from './form-dialog.tsx';
import { GraceField } from './grace-field.tsx';

interface ReplaceDialogProps {
  readonly apiKey: Key;
  /** To begin with, instead of those of the key. */
  readonly scopes?: readonly string[];
  onClose(): void;
  onIssued(key: ReissuedKey): void;
}

/** Another key with other scopes, which takes over everything else. */
export function ReplaceDialog({ apiKey: key, scopes, onClose, onIssued }: ReplaceDialogProps) {
  const once = useOnce();
  const { data: catalogue } = useQuery(scopesQuery);
  const { data: policy } = useQuery(keyPolicyQuery(key.environment, key.owner));
  const [name, setName] = useState(key.name);
  const [grace, setGrace] = useState(defaultGrace);
  const [choice, setChoice] = useState<ScopeChoice>({
    mode: 'list',
    bundle: null,
    ticks: scopes ?? key.scopes,
  });
  const [mayInherit, setMayInherit] = useState(false);
  const seconds = graceSeconds(grace);
  const isWide = inheritsAll(choice);
  const isReady =
    catalogue !== undefined &&
    seconds !== null &&
    name.trim() !== '' &&
    !isUnfinished(choice) &&
    (!isWide || mayInherit);
  const run = async () => {
    const body = {
      name: name.trim(),
      ...scopeBody(choice, catalogue ?? []),
      gracePeriodSeconds: seconds ?? 0,
    };
    onIssued(await once(body, (idempotencyKey) => replaceKey(key, body, idempotencyKey)));
  };
  return (
    <FormDialog
      title={`Replace ${key.name}?`}
      description="Scopes of a key never change. Its replacement is a new key with the scopes below, and with the limits, addresses, customers and end of this one."
      action="Make the replacement"
      width="lg"
      fields={['name', 'scopes', 'bundle', 'gracePeriodSeconds']}
      isReady={isReady}
      onClose={onClose}
      run={run}
    >
      {(errorOf) => (
        <>
          <section className="flex flex-col gap-2">
            <h3 className="font-medium">
              Scopes
              {scopes && <span className="font-normal text-muted"> what the key used is ticked</span>}
            </h3>
            <ScopePicker
              value={choice}
              onChange={setChoice}
              refusalOf={(scope) =>
                policy && !policy.scopes.includes(scope) ? 'You may not give this scope here.' : null
              }
              error={errorOf('scopes') ?? errorOf('bundle')}
            />
            {isWide && (
              <CheckboxField
                label="Yes, the replacement inherits everything"
                checked={mayInherit}
                onChange={setMayInherit}
              />
            )}
          </section>
          <Field
            label="Name"
            error={errorOf('name')}
            advice={patternProblem(name, policy?.namePattern ?? null, key.environment)}
          >
            <Input value={name} maxLength={100} required onChange={(event) => setName(event.target.value)} />
          </Field>
          <GraceField
            apiKey={{ ...key, expiresAt: null }}
            value={grace}
            onChange={setGrace}
            what="The old key"
            error={errorOf('gracePeriodSeconds')}
          />
          <p className="text-muted">
            Until then both draw on the same limits, so that nothing is counted anew. Then the old key is
            revoked with the reason “replaced”. The secret of the new key is shown once.
          </p>
        </>
      )}
    </FormDialog>
  );
}
