import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { Alert, ProblemAlert } from '@/components/ui/alert.tsx';
import { Button } from '@/components/ui/button.tsx';
import { CodeBlock } from '@/components/ui/copy.tsx';
import { Field, Input } from '@/components/ui/field.tsx';
import { Skeleton } from '@/components/ui/skeleton.tsx';
import { textOf, useForm } from '@/lib/form.ts';
import { needsSetUpQuery, setUp } from '@/queries/people.ts';
import { explainHere, useEnter } from './enter.ts';
import { useLinkToken } from './link-token.ts';
import { NewPasswordField, newPasswordErrors } from './new-password.tsx';
import { NoSession } from './no-session.tsx';
import { OpenPage, WhereTheLinkIs } from './open-page.tsx';

const title = 'Set up Keyward';

export function SetupPage() {
  const token = useLinkToken();
  const needsSetUp = useQuery(needsSetUpQuery);
  const [step, setStep] = useState<'form' | 'over' | 'no-session'>('form');
  if (step === 'no-session') return <OwnerWithoutSession />;
  if (step === 'over' || needsSetUp.data === false) return <SetUpAlready />;
  if (needsSetUp.isPending) {
    return (
      <OpenPage title={title}>
        <Skeleton className="h-64" />
      </OpenPage>
    );
  }
  if (token === null) {
    return (
      <OpenPage title="Open the whole link">
        <div className="flex flex-col gap-3">
          <p>
            The set-up link ends in <code className="font-mono">#token=…</code>, and that part is missing
            here. It leaves the address bar as soon as it was read, so after a reload the link has to be
            opened again.
          </p>
          <p>
            <WhereTheLinkIs />
          </p>
        </div>
      </OpenPage>
    );
  }
  return (
    <OpenPage
      title={title}
      description="You become the owner, who may do everything and invites the others. Your first key comes next."
    >
      <OwnerForm token={token} onOver={() => setStep('over')} onLost={() => setStep('no-session')} />
    </OpenPage>
  );
}

interface OwnerFormProps {
  readonly token: string;
  onOver(): void;
  onLost(): void;
}

function OwnerForm({ token, onOver, onLost }: OwnerFormProps) {
  const enter = useEnter();
  const [email, setEmail] = useState('');
  const { form, handlers, errors, problem, isBusy } = useForm({
    check: (data) => newPasswordErrors('password', textOf(data, 'password'), textOf(data, 'email')),
    send: async (data) => {
      await setUp({
        token,
        name: textOf(data, 'name'),
        email: textOf(data, 'email'),
        password: textOf(data, 'password'),
        tenantName: textOf(data, 'tenantName').trim() || undefined,
      });
      if (!(await enter('/keys/new?first=1'))) onLost();
    },
    explain: (refusal) => {
      if (refusal.code === 'conflict') onOver();
      return explainHere(refusal);
    },
  });
  return (
    <form ref={form} noValidate className="flex flex-col gap-4" {...handlers}>
      {problem && <ProblemAlert problem={problem} />}
      <Field label="Your name" error={errors.name}>
        <Input name="name" autoComplete="name" required autoFocus />
      </Field>
      <Field label="E-mail address" error={errors.email} hint="You sign in with it. Nothing is sent there.">
        <Input
          name="email"
          type="email"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          required
          onChange={(event) => setEmail(event.target.value)}
        />
      </Field>
      <NewPasswordField name="password" label="Password" error={errors.password} email={email} />
      <Field
        label="Organisation"
        isOptional
        error={errors.tenantName}
        hint="Its keys and people belong together. Left empty: My organisation."
      >
        <Input name="tenantName" autoComplete="organization" />
      </Field>
      <Button type="submit" tone="primary" size="lg" isBusy={isBusy}>
        Create the owner
      </Button>
    </form>
  );
}

function SetUpAlready() {
  return (
    <OpenPage title="Keyward is set up already">
      <div className="flex flex-col items-start gap-3">
        <p>
          There is an owner, so a set-up link has nothing left to do. If you are that owner, sign in. If you
          are somebody else, ask an owner or an admin for an invitation.
        </p>
        <Alert tone="amber" className="w-full">
          If nobody you know is the owner, somebody else is: stop the server and look into it.
        </Alert>
        <Button tone="primary" asChild>
          <Link to="/sign-in">Go to the sign-in</Link>
        </Button>
      </div>
    </OpenPage>
  );
}

const firstKeyCommand = `read -rsp 'Password: ' PASSWORD
printf '%s' "$PASSWORD" | npx keyward init --email you@example.com`;

function OwnerWithoutSession() {
  return (
    <OpenPage title="The owner is made; the first key is not">
      <div className="flex flex-col gap-3">
        <NoSession done="The owner is made." />
        <p>
          The first key can also be made without a session, on the machine of the server, in the directory of
          Keyward and while it is stopped:
        </p>
        <CodeBlock label="Make the first key on the command line" text={firstKeyCommand} />
      </div>
    </OpenPage>
  );
}
