import { Link } from '@tanstack/react-router';
import { KeyRound } from 'lucide-react';
import { type FormEvent, useRef, useState } from 'react';
import { inheritsAll } from '@/components/scope-picker/choice.ts';
import type { Issued } from '@/components/secret-dialog.tsx';
import { Alert, ProblemAlert } from '@/components/ui/alert.tsx';
import { EnvironmentBadge } from '@/components/ui/badge.tsx';
import { Button } from '@/components/ui/button.tsx';
import { Empty } from '@/components/ui/empty.tsx';
import { PageFrame } from '@/components/ui/page.tsx';
import { PageSkeleton } from '@/components/ui/skeleton.tsx';
import { ConfirmInheriting } from '@/pages/keys/create/confirm-inheriting.tsx';
import { type Draft, draftProblems, emptyDraft, type Rules } from '@/pages/keys/create/draft.ts';
import { noRefusal, type Refusal } from '@/pages/keys/create/problems.ts';
import { problemOf } from '@/problem.ts';
import type { Environment } from '@/types.ts';
import { GenerateFields } from './generate-fields.tsx';
import { useGenerate, usePersonalRules } from './use-generate.ts';

interface GenerateProps {
  readonly environment: Environment;
  onIssued(issued: Issued): void;
}

export function GeneratePage({ environment, onIssued }: GenerateProps) {
  const { rules, error } = usePersonalRules(environment);
  return (
    <PageFrame
      title="Generate a key"
      badge={<EnvironmentBadge environment={environment} />}
      above={
        <Link to="/my-keys" search={(before: { env?: string }) => ({ env: before.env })}>
          My API keys
        </Link>
      }
      description="You get a Credential ID and a Credential Secret. The secret is shown once; keep it in a secret store or an environment variable, never in a repository."
    >
      {error ? (
        <ProblemAlert problem={problemOf(error)} />
      ) : rules === undefined ? (
        <PageSkeleton />
      ) : rules.policy.mayCreate ? (
        <GenerateForm environment={environment} rules={rules} onIssued={onIssued} />
      ) : (
        <Empty icon={KeyRound} title="Your role may not have personal keys here">
          Ask an owner or an admin of your organisation.
        </Empty>
      )}
    </PageFrame>
  );
}

function GenerateForm({ environment, rules, onIssued }: GenerateProps & { readonly rules: Rules }) {
  const form = useRef<HTMLFormElement>(null);
  const [draft, setDraft] = useState(() => emptyDraft(environment));
  const [refusal, setRefusal] = useState<Refusal>(noRefusal);
  const [isAsking, setAsking] = useState(false);
  const { generate, isBusy } = useGenerate(environment, onIssued);
  const show = (next: Refusal) => {
    setRefusal(next);
    // The fields know what is wrong with them only after the next paint.
    requestAnimationFrame(() => focusWrong(form.current));
  };
  const send = async () => {
    const refused = await generate(draft, rules);
    if (refused) show(refused);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const problems = draftProblems(draft, rules, Date.now());
    if (Object.keys(problems).length > 0) return show({ ...noRefusal, fields: problems });
    setRefusal(noRefusal);
    if (inheritsAll(draft.scopes)) setAsking(true);
    else void send();
  };
  const { fields, limits, rest } = refusal;
  const edit = (changes: Partial<Draft>) => {
    setDraft((before) => ({ ...before, ...changes }));
    const left = Object.entries(fields).filter(([field]) => !(field in changes));
    setRefusal({ ...refusal, fields: Object.fromEntries(left), limits: 'limits' in changes ? {} : limits });
  };
  const wrong = Object.keys(fields).length + Object.keys(limits).length;
  return (
    <form ref={form} noValidate onSubmit={submit} className="flex max-w-4xl flex-col gap-4">
      <GenerateFields draft={draft} rules={rules} refusal={refusal} onEdit={edit} />
      {rest && <ProblemAlert problem={rest} />}
      {wrong > 0 && (
        <Alert tone="red" role="alert">
          {wrong === 1 ? 'One field needs a change.' : `${wrong} fields need a change.`} Nothing was made.
        </Alert>
      )}
      <Button type="submit" tone="primary" size="lg" className="self-start" isBusy={isBusy}>
        Generate key
      </Button>
      {isAsking && (
        <ConfirmInheriting draft={draft} rules={rules} run={send} onClose={() => setAsking(false)} />
      )}
    </form>
  );
}

function focusWrong(form: HTMLFormElement | null): void {
  const field = form?.querySelector<HTMLElement>('[aria-invalid="true"]');
  const message = form?.querySelector<HTMLElement>('.text-red-ink');
  (field ?? message)?.scrollIntoView({ block: 'center' });
  field?.focus({ preventScroll: true });
}
