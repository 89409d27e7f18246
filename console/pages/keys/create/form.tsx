import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { inheritsAll } from '@/components/scope-picker/choice.ts';
import { Alert, ProblemAlert } from '@/components/ui/alert.tsx';
import { Button } from '@/components/ui/button.tsx';
import { Panel } from '@/components/ui/page.tsx';
import { PageSkeleton } from '@/components/ui/skeleton.tsx';
import { problemOf } from '@/problem.ts';
import { bundlesQuery, scopesQuery } from '@/queries/catalogue.ts';
import { keyPolicyQuery } from '@/queries/key-policy.ts';
import { useSession } from '@/session.ts';
import type { Environment, Key } from '@/types.ts';
import { ConfirmInheriting } from './confirm-inheriting.tsx';
import { type Draft, draftProblems, type Rules } from './draft.ts';
import { IssuedKey } from './issued.tsx';
import { LikeNote } from './like-note.tsx';
import { IdentityPanel, RightsPanels } from './panels.tsx';
import { noRefusal, type Refusal } from './problems.ts';
import { refusalsFor } from './refusals.ts';
import { Summary } from './summary.tsx';
import { useCreateKey } from './use-create-key.ts';

interface CreateKeyFormProps {
  /** What the form begins with. */
  readonly first: Draft;
  readonly allowed: readonly Environment[];
  /** The key it was filled in from. */
  readonly like?: Key;
}

/** The rules that the draft is judged by; undefined until all of them are known. */
function useRules({ environment, customerIds }: Draft): { rules?: Rules; error: Error | null } {
  const { role } = useSession().user;
  const policy = useQuery(keyPolicyQuery(environment));
  const catalogue = useQuery(scopesQuery);
  const bundles = useQuery(bundlesQuery);
  const error = policy.error ?? catalogue.error ?? bundles.error;
  if (!policy.data || !catalogue.data || !bundles.data) return { error };
  const refusalOf = refusalsFor({
    policy: policy.data,
    role,
    scopes: catalogue.data,
    hasCustomers: customerIds.length > 0,
  });
  return {
    rules: { policy: policy.data, catalogue: catalogue.data, bundles: bundles.data, refusalOf },
    error: null,
  };
}

export function CreateKeyForm({ first, allowed, like }: CreateKeyFormProps) {
  const [draft, setDraft] = useState(first);
  const here = first.environment;
  useEffect(() => {
    setDraft((before) =>
      before.environment === here ? before : { ...before, environment: here, customerIds: [] },
    );
  }, [here]);
  const { rules, error } = useRules(draft);
  // Where another environment was chosen, its rules take a moment: those before stay in sight.
  const shown = useRef(rules);
  if (rules) shown.current = rules;
  if (shown.current === undefined) {
    return error ? <ProblemAlert problem={problemOf(error)} /> : <PageSkeleton />;
  }
  return (
    <Form
      draft={draft}
      change={(changes) => setDraft((before) => ({ ...before, ...changes }))}
      rules={shown.current}
      isSettled={rules !== undefined}
      allowed={allowed}
      like={like}
    />
  );
}

interface FormProps {
  readonly draft: Draft;
  change(changes: Partial<Draft>): void;
  readonly rules: Rules;
  readonly isSettled: boolean;
  readonly allowed: readonly Environment[];
  readonly like?: Key;
}

function Form({ draft, change, rules, isSettled, allowed, like }: FormProps) {
  const form = useRef<HTMLFormElement>(null);
  const [refusal, setRefusal] = useState<Refusal>(noRefusal);
  const [isAsking, setAsking] = useState(false);
  const { create, isBusy, issued, forget } = useCreateKey();
  const { fields, limits, rest } = refusal;
  const showRefusal = (next: Refusal) => {
    setRefusal(next);
    requestAnimationFrame(() => showFirstProblem(form.current));
  };
  const send = async () => {
    const refused = await create(draft, rules);
    if (refused) showRefusal(refused);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const problems = draftProblems(draft, rules, Date.now());
    setRefusal(noRefusal);
    if (Object.keys(problems).length > 0) showRefusal({ ...noRefusal, fields: problems });
    else if (inheritsAll(draft.scopes)) setAsking(true);
    else void send();
  };
  // What was wrong with a field is forgotten as soon as it is changed.
  const edit = (changes: Partial<Draft>) => {
    change(changes);
    const left = Object.entries(fields).filter(([field]) => !(field in changes));
    setRefusal({ ...refusal, fields: Object.fromEntries(left), limits: 'limits' in changes ? {} : limits });
  };
  const wrong = Object.keys(fields).length + Object.keys(limits).length;
  return (
    <form
      ref={form}
      onSubmit={submit}
      noValidate
      className="grid items-start gap-4 xl:grid-cols-[minmax(0,1fr)_20rem]"
    >
      <div className="flex min-w-0 flex-col gap-4">
        {like && <LikeNote like={like} draft={draft} />}
        <IdentityPanel draft={draft} edit={edit} rules={rules} refusal={refusal} allowed={allowed} />
        <RightsPanels draft={draft} edit={edit} rules={rules} refusal={refusal} />
      </div>
      <div className="flex min-w-0 flex-col gap-3 xl:sticky xl:top-[calc(var(--header-height)+20px)]">
        <Panel title="In one paragraph">
          <Summary draft={draft} rules={rules} />
        </Panel>
        {rest && <ProblemAlert problem={rest} />}
        {wrong > 0 && (
          <Alert tone="red" role="alert">
            {wrong === 1 ? 'One field needs a change.' : `${wrong} fields need a change.`} Nothing was
            created.
          </Alert>
        )}
        <Button type="submit" tone="primary" size="lg" isBusy={isBusy} disabled={!isSettled}>
          Create key
        </Button>
        <p className="text-muted text-sm">The secret is shown once, right after.</p>
      </div>
      {isAsking && (
        <ConfirmInheriting draft={draft} rules={rules} run={send} onClose={() => setAsking(false)} />
      )}
      {issued && <IssuedKey issued={issued} forget={forget} />}
    </form>
  );
}

/** Leads to what has to be mended first. */
function showFirstProblem(form: HTMLFormElement | null): void {
  const field = form?.querySelector<HTMLElement>('[aria-invalid="true"]');
  const message = form?.querySelector<HTMLElement>('.text-red-ink');
  (field ?? message)?.scrollIntoView({ block: 'center' });
  field?.focus({ preventScroll: true });
}
