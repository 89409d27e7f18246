import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { AuditChanges } from '@/components/audit-changes.tsx';
import { CustomerPicker } from '@/components/customer-picker.tsx';
import { IpList } from '@/components/ip-list.tsx';
import { LimitPicker } from '@/components/limit-picker.tsx';
import { Alert, ProblemAlert } from '@/components/ui/alert.tsx';
import { Button } from '@/components/ui/button.tsx';
import { Dialog } from '@/components/ui/dialog.tsx';
import { Field, Input, Textarea } from '@/components/ui/field.tsx';
import { Skeleton } from '@/components/ui/skeleton.tsx';
import { patternProblem } from '@/lib/naming.ts';
import { Problem, problemOf } from '@/problem.ts';
import { changeKey, type KeyTarget, readTaggedKey, type TaggedKey } from '@/queries/key-actions.ts';
import { keyPolicyQuery } from '@/queries/key-policy.ts';
import type { ChangedKey, Key } from '@/types.ts';
import { isGenericName, namingAdvice } from '../../../src/core/text.ts';
import { changesIn, type EditForm, editablePart, formOf, rebased } from './edit-form.ts';
import { ExpiryField } from './expiry-field.tsx';
import { FormDialog } from './form-dialog.tsx';

interface EditDialogProps {
  readonly apiKey: Key;
  readonly target: KeyTarget;
  readonly focus?: 'name' | 'expiry';
  onClose(): void;
  onChanged(key: ChangedKey): void;
}

/** Reads the key anew, so that nobody edits what is old. */
export function EditDialog(props: EditDialogProps) {
  const { target, onClose } = props;
  const { environment, path } = target;
  const [read, setRead] = useState<TaggedKey | Problem | null>(null);
  useEffect(() => {
    let isOpen = true;
    const set = (value: TaggedKey | Problem) => isOpen && setRead(value);
    readTaggedKey({ environment, path }).then(set, (error: unknown) => set(problemOf(error)));
    return () => {
      isOpen = false;
    };
  }, [environment, path]);
  if (read !== null && !(read instanceof Problem)) return <LoadedForm {...props} read={read} />;
  return (
    <Dialog title={`Edit ${props.apiKey.name}`} width="lg" onClose={onClose}>
      {read ? <ProblemAlert problem={read} /> : <Skeleton className="h-96 w-full" />}
    </Dialog>
  );
}

function LoadedForm({ target, focus, onClose, onChanged, read }: EditDialogProps & { read: TaggedKey }) {
  const [{ key, tag }, setBase] = useState(read);
  const [form, setForm] = useState(() => formOf(read.key));
  const [conflict, setConflict] = useState<{ readonly before: Key; readonly after: Key } | null>(null);
  const { data: policy } = useQuery(keyPolicyQuery(key.environment, key.owner));
  const change = (changes: Partial<EditForm>) => setForm({ ...form, ...changes });
  const changes = changesIn(form, key);
  const run = async () => {
    try {
      onChanged(await changeKey(target, tag, changes ?? {}));
    } catch (error) {
      if (problemOf(error).code !== 'precondition_failed') throw error;
      const now = await readTaggedKey(target);
      setConflict({ before: key, after: now.key });
      setForm(rebased(form, key, now.key));
      setBase(now);
      throw new Problem(412, {
        ...(error as Problem).document,
        detail: 'Nothing was saved, because somebody else changed this key meanwhile.',
      });
    }
  };
  return (
    <FormDialog
      title={`Edit ${key.name}`}
      description="Scopes and environment never change: for other scopes, replace the key."
      action="Save"
      width="lg"
      fields={['name', 'description', 'rateLimit', 'tier', 'ipAllowlist', 'customerIds', 'expiresAt']}
      isReady={changes !== null && Object.keys(changes).length > 0}
      onClose={onClose}
      run={run}
    >
      {(errorOf) => (
        <>
          {conflict && (
            <Conflict {...conflict} onTakeTheirs={() => [setForm(formOf(key)), setConflict(null)]} />
          )}
          <Field
            label="Name"
            error={errorOf('name')}
            advice={adviceOn(form.name, key, policy?.namePattern ?? null)}
          >
            <Input
              value={form.name}
              autoFocus={focus !== 'expiry'}
              maxLength={100}
              required
              onChange={(event) => change({ name: event.target.value })}
            />
          </Field>
          <Field label="Description" isOptional error={errorOf('description')}>
            <Textarea
              rows={2}
              maxLength={1_000}
              value={form.description}
              onChange={(event) => change({ description: event.target.value })}
            />
          </Field>
          <ExpiryField
            value={form.expiresAt}
            onChange={(expiresAt) => change({ expiresAt })}
            error={errorOf('expiresAt')}
            autoFocus={focus === 'expiry'}
          />
          <section className="flex flex-col gap-2">
            <h3 className="font-medium">Limits</h3>
            <LimitPicker
              value={form.limit}
              onChange={(limit) => change({ limit })}
              allowed={policy && [...policy.tiers, key.rateLimit.tier]}
              ceiling={policy?.ceiling}
              error={errorOf('tier') ?? errorOf('rateLimit')}
            />
          </section>
          <IpList
            text={form.networks}
            onChange={(networks) => change({ networks })}
            error={errorOf('ipAllowlist')}
          />
          <CustomerPicker
            environment={key.environment}
            ids={form.customerIds}
            onChange={(customerIds) => change({ customerIds })}
            error={errorOf('customerIds')}
          />
          <p className="text-muted text-sm">What is saved holds for the very next request.</p>
        </>
      )}
    </FormDialog>
  );
}

function adviceOn(name: string, key: Key, pattern: string | null): string | null {
  if (name.trim() !== key.name) {
    const problem = patternProblem(name, pattern, key.environment);
    if (problem !== null) return problem;
  }
  return isGenericName(name) ? namingAdvice : null;
}

interface ConflictProps {
  readonly before: Key;
  readonly after: Key;
  onTakeTheirs(): void;
}

function Conflict({ before, after, onTakeTheirs }: ConflictProps) {
  return (
    <div className="flex flex-col gap-2">
      <Alert
        tone="amber"
        action={
          <Button size="sm" onClick={onTakeTheirs}>
            Drop mine
          </Button>
        }
      >
        What changed stands below. The form has it, except in the fields that you changed yourself. Look at
        them, and save again.
      </Alert>
      <AuditChanges before={editablePart(before)} after={editablePart(after)} />
    </div>
  );
}
