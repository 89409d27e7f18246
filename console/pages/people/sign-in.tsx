import { useQuery } from '@tanstack/react-query';
import { useRouter, useSearch } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { CodeField, sendCode } from '@/components/gates.tsx';
import { Alert, ProblemAlert } from '@/components/ui/alert.tsx';
import { Button } from '@/components/ui/button.tsx';
import { Field, Input, PasswordInput } from '@/components/ui/field.tsx';
import { Skeleton } from '@/components/ui/skeleton.tsx';
import { textOf, useForm } from '@/lib/form.ts';
import { safeNext } from '@/lib/next-path.ts';
import { needsSetUpQuery, signIn } from '@/queries/people.ts';
import { sessionQuery } from '@/session.ts';
import { explainHere, useEnter } from './enter.ts';
import { NoSession } from './no-session.tsx';
import { OpenPage, WhereTheLinkIs } from './open-page.tsx';

type Step = 'password' | 'code';

export function SignInPage() {
  const { next } = useSearch({ strict: false });
  const path = safeNext(next);
  const session = useQuery({ ...sessionQuery, retryOnMount: false });
  const needsSetUp = useQuery({ ...needsSetUpQuery, enabled: session.isError });
  const router = useRouter();
  const [step, setStep] = useState<Step>('password');
  const [isLost, setLost] = useState(false);
  const enter = useEnter();
  const isSigningIn = useRef(false);
  useEffect(() => {
    if (session.isSuccess && !isSigningIn.current) router.history.replace(path);
  }, [session.isSuccess, path, router]);
  const finish = async () => {
    isSigningIn.current = true;
    setLost(!(await enter(path)));
  };
  if (session.isPending && !isSigningIn.current) return <Waiting />;
  if (step === 'code') {
    return (
      <OpenPage
        title="Enter your code"
        description="Two-factor sign-in is on: the password alone does not let anybody in."
      >
        {isLost && <NoSession done="Password and code were right." />}
        <CodeForm onDone={finish} onBack={() => setStep('password')} />
      </OpenPage>
    );
  }
  return (
    <OpenPage title="Sign in" footer={needsSetUp.data !== true && <Help />}>
      <div className="flex flex-col gap-4">
        {needsSetUp.data === true && (
          <Alert tone="blue" title="Nobody has set Keyward up yet">
            <WhereTheLinkIs /> Open it, and you become the owner.
          </Alert>
        )}
        {isLost && <NoSession done="The password was right." />}
        <PasswordForm onDone={finish} onChallenge={() => setStep('code')} />
      </div>
    </OpenPage>
  );
}

function Waiting() {
  return (
    <OpenPage title="Sign in">
      <div className="flex flex-col gap-4" role="status" aria-label="Loading">
        <Skeleton className="h-14" />
        <Skeleton className="h-14" />
        <Skeleton className="h-10" />
      </div>
    </OpenPage>
  );
}

function Help() {
  return (
    <p>
      No account? Ask an owner or an admin for an invitation. Password forgotten? They can remove and invite
      you again, or whoever runs the server sets a new one with{' '}
      <code className="whitespace-nowrap font-mono">npx keyward users reset-password</code>.
    </p>
  );
}

interface PasswordFormProps {
  onDone(): Promise<void>;
  onChallenge(): void;
}

function PasswordForm({ onDone, onChallenge }: PasswordFormProps) {
  const { form, handlers, errors, problem, isBusy } = useForm({
    send: async (data) => {
      const { twoFactorRequired } = await signIn(textOf(data, 'email'), textOf(data, 'password'));
      if (twoFactorRequired) onChallenge();
      else await onDone();
    },
    fieldOf: ({ code }) => (code === 'invalid_credentials' ? 'password' : null),
    explain: explainHere,
  });
  return (
    <form ref={form} noValidate className="flex flex-col gap-4" {...handlers}>
      {problem && <ProblemAlert problem={problem} />}
      <Field label="E-mail address" error={errors.email}>
        <Input
          name="email"
          type="email"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          required
          autoFocus
        />
      </Field>
      <Field label="Password" error={errors.password}>
        <PasswordInput name="password" autoComplete="current-password" required />
      </Field>
      <Button type="submit" tone="primary" size="lg" isBusy={isBusy}>
        Sign in
      </Button>
    </form>
  );
}

function CodeForm({ onDone, onBack }: { onDone(): Promise<void>; onBack(): void }) {
  const { form, handlers, errors, problem, isBusy } = useForm({
    send: async (data) => {
      await sendCode(textOf(data, 'code'));
      await onDone();
    },
    fieldOf: () => 'code',
    explain: explainHere,
  });
  return (
    <form ref={form} noValidate className="flex flex-col gap-4" {...handlers}>
      {problem && <ProblemAlert problem={problem} />}
      <CodeField error={errors.code} isFirst />
      <Button type="submit" tone="primary" size="lg" isBusy={isBusy}>
        Sign in
      </Button>
      <Button tone="quiet" onClick={onBack}>
        Back to the password
      </Button>
    </form>
  );
}
