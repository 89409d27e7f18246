import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Alert, ProblemAlert } from '@/components/ui/alert.tsx';
import { Button } from '@/components/ui/button.tsx';
import { Field, Input } from '@/components/ui/field.tsx';
import { toast } from '@/components/ui/toast.tsx';
import { textOf, useForm } from '@/lib/form.ts';
import { acceptInvitation } from '@/queries/people.ts';
import { sessionQuery } from '@/session.ts';
import { explainHere, useEnter } from './enter.ts';
import { useLinkToken } from './link-token.ts';
import { NewPasswordField, newPasswordErrors } from './new-password.tsx';
import { NoSession } from './no-session.tsx';
import { OpenPage } from './open-page.tsx';

export function InvitationPage() {
  const token = useLinkToken();
  const [isLost, setLost] = useState(false);
  if (isLost) {
    return (
      <OpenPage title="You are a member now">
        <NoSession done="The invitation is accepted, and your password is set." />
      </OpenPage>
    );
  }
  if (token === null) {
    return (
      <OpenPage title="Open the whole link">
        <p>
          The link of an invitation ends in <code className="font-mono">#token=…</code>, and that part is
          missing here. It leaves the address bar as soon as it was read, so after a reload the link has to be
          opened again.
        </p>
      </OpenPage>
    );
  }
  return (
    <OpenPage
      title="Accept the invitation"
      description="You will sign in with the e-mail address that was invited, and the password you choose here."
    >
      <MemberForm token={token} onLost={() => setLost(true)} />
    </OpenPage>
  );
}

function MemberForm({ token, onLost }: { readonly token: string; onLost(): void }) {
  const enter = useEnter();
  const session = useQuery({ ...sessionQuery, retryOnMount: false });
  const { form, handlers, errors, problem, isBusy } = useForm({
    check: (data) => newPasswordErrors('password', textOf(data, 'password')),
    send: async (data) => {
      const [name, password] = [textOf(data, 'name'), textOf(data, 'password')];
      const { user, tenant } = await acceptInvitation({ token, name, password });
      if (!(await enter('/'))) return onLost();
      toast({
        title: `Welcome, ${user?.name ?? name}`,
        text: `You are ${user?.role} of ${tenant?.name}, and sign in as ${user?.email}.`,
      });
    },
    explain: explainHere,
  });
  return (
    <form ref={form} noValidate className="flex flex-col gap-4" {...handlers}>
      {session.data && (
        <Alert tone="amber">
          In this browser {session.data.user.email} is signed in. Accepting the invitation ends that.
        </Alert>
      )}
      {problem && <ProblemAlert problem={problem} />}
      <Field label="Your name" error={errors.name} hint="The other members see it.">
        <Input name="name" autoComplete="name" required autoFocus />
      </Field>
      <NewPasswordField name="password" label="Password" error={errors.password} />
      <Button type="submit" tone="primary" size="lg" isBusy={isBusy}>
        Accept the invitation
      </Button>
    </form>
  );
}
