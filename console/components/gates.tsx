import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useId, useState, useSyncExternalStore } from 'react';
import { post } from '@/api.ts';
import { type OpenGate, openGate, subscribeToGates } from '@/gates.ts';
import { type FormState, textOf, useForm } from '@/lib/form.ts';
import { explained } from '@/lib/sign-in-problem.ts';
import { tellOtherTabs } from '@/page-owner.ts';
import type { Problem } from '@/problem.ts';
import { sessionQuery } from '@/session.ts';
import type { SignedIn } from '@/types.ts';
import { ProblemAlert } from './ui/alert.tsx';
import { Button } from './ui/button.tsx';
import { Dialog } from './ui/dialog.tsx';
import { Field, Input, PasswordInput } from './ui/field.tsx';

/** Asks over the page for what a request waits for. The page below, and what was filled in there, stays as it is. */
export function Gates() {
  const gate = useSyncExternalStore(subscribeToGates, openGate);
  if (gate === null) return null;
  return gate.gate === 'sign-in' ? <SignInGate open={gate} /> : <ConfirmGate open={gate} />;
}

const explain = (problem: Problem) => explained(problem, Date.now(), location.origin);

function useKnownSession(): SignedIn | undefined {
  return useQueryClient().getQueryData<SignedIn>(sessionQuery.queryKey);
}

function usePass(open: OpenGate): () => Promise<void> {
  const client = useQueryClient();
  return async () => {
    // Where it is somebody else's session now, this does not come back: what waits is never sent in another name.
    const { user } = await client.fetchQuery({ ...sessionQuery, staleTime: 0 });
    if (open.gate === 'sign-in') tellOtherTabs(user.id);
    open.settle(true);
  };
}

function SignInGate({ open }: { readonly open: OpenGate }) {
  const [step, setStep] = useState<'password' | 'code'>('password');
  const email = useKnownSession()?.user.email ?? '';
  const pass = usePass(open);
  const isCodeStep = step === 'code';
  const state = useForm({
    send: async (data) => {
      if (isCodeStep) {
        await sendCode(textOf(data, 'code'));
        return pass();
      }
      const body = { email: textOf(data, 'email'), password: textOf(data, 'password') };
      const path = '/api/auth/sign-in/email';
      const answer = await post<{ twoFactorRequired: boolean }>(path, { body, isUngated: true });
      if (answer.twoFactorRequired) setStep('code');
      else await pass();
    },
    fieldOf: () => (isCodeStep ? 'code' : 'password'),
    explain,
  });
  return (
    <GateFrame
      open={open}
      state={state}
      title="Your session has ended"
      description="Sign in again to go on where you were. Nothing on the page is lost."
      action="Sign in"
    >
      {isCodeStep ? (
        <>
          <CodeField error={state.errors.code} isFirst />
          <Button tone="link" className="self-start" onClick={() => setStep('password')}>
            Back to the password
          </Button>
        </>
      ) : (
        <>
          <Field label="E-mail address" error={state.errors.email}>
            <Input
              name="email"
              type="email"
              defaultValue={email}
              readOnly={email !== ''}
              autoComplete="username"
              autoCapitalize="none"
              required
            />
          </Field>
          <PasswordField error={state.errors.password} />
          <Button tone="link" className="self-start" onClick={() => location.assign('/sign-in')}>
            Sign in as somebody else
          </Button>
        </>
      )}
    </GateFrame>
  );
}

function ConfirmGate({ open }: { readonly open: OpenGate }) {
  const session = useKnownSession();
  const [needsCode, setNeedsCode] = useState(session?.user.twoFactorEnabled === true);
  const pass = usePass(open);
  const state = useForm({
    send: async (data) => {
      const password = textOf(data, 'password');
      const body = needsCode ? { password, code: withoutBlanks(textOf(data, 'code')) } : { password };
      await post('/api/auth/reauthenticate', { body, isUngated: true });
      await pass();
    },
    fieldOf: () => 'password',
    explain: (problem) => {
      // Switched on in another tab meanwhile.
      if (problem.errors.some(({ path }) => path === 'code')) setNeedsCode(true);
      return explain(problem);
    },
  });
  return (
    <GateFrame
      open={open}
      state={state}
      title="Confirm that it is you"
      description="This changes who gets in, so your password is asked for again. It then holds for 10 minutes."
      action="Confirm"
    >
      {/* For password managers, which look for the name that belongs to a password. */}
      <input
        type="text"
        name="username"
        autoComplete="username"
        value={session?.user.email}
        readOnly
        hidden
      />
      <PasswordField error={state.errors.password} />
      {needsCode && <CodeField error={state.errors.code} />}
    </GateFrame>
  );
}

interface GateFrameProps {
  readonly open: OpenGate;
  readonly state: FormState;
  readonly title: string;
  readonly description: string;
  readonly action: string;
  readonly children: ReactNode;
}

function GateFrame({ open, state, title, description, action, children }: GateFrameProps) {
  const id = useId();
  const { form, handlers, problem, isBusy } = state;
  return (
    <Dialog
      width="sm"
      title={title}
      description={description}
      onClose={() => open.settle(false)}
      footer={
        <>
          <Button onClick={() => open.settle(false)}>Cancel</Button>
          <Button type="submit" form={id} tone="primary" isBusy={isBusy}>
            {action}
          </Button>
        </>
      }
    >
      <form ref={form} id={id} noValidate className="flex flex-col gap-4" {...handlers}>
        {problem && <ProblemAlert problem={problem} />}
        {children}
      </form>
    </Dialog>
  );
}

function PasswordField({ error }: { readonly error: string | undefined }) {
  return (
    <Field label="Password" error={error}>
      <PasswordInput name="password" autoComplete="current-password" required autoFocus />
    </Field>
  );
}

interface CodeFieldProps {
  readonly error: string | undefined;
  readonly isFirst?: boolean;
}

/** No numeric keyboard: back-up codes have letters. */
export function CodeField({ error, isFirst = false }: CodeFieldProps) {
  return (
    <Field
      label="Code"
      error={error}
      hint="Six digits of your authenticator app, or one of your back-up codes."
    >
      <Input
        name="code"
        autoComplete="one-time-code"
        autoCapitalize="none"
        spellCheck={false}
        required
        autoFocus={isFirst}
      />
    </Field>
  );
}

const withoutBlanks = (code: string) => code.replaceAll(/\s/g, '');

/** Six digits are of the app, everything else is a back-up code. */
export function sendCode(text: string) {
  const code = withoutBlanks(text);
  const kind = /^\d{6}$/.test(code) ? 'verify-totp' : 'verify-backup-code';
  return post<SignedIn>(`/api/auth/two-factor/${kind}`, { body: { code }, isUngated: true });
}
