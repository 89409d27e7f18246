import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ProblemAlert } from '@/components/ui/alert.tsx';
import { Button } from '@/components/ui/button.tsx';
import { Field, PasswordInput } from '@/components/ui/field.tsx';
import { Panel } from '@/components/ui/page.tsx';
import { toast } from '@/components/ui/toast.tsx';
import { textOf, useForm } from '@/lib/form.ts';
import { changePassword, sessionsQuery } from '@/queries/people.ts';
import { sessionQuery, useSession } from '@/session.ts';
import { explainHere } from '../enter.ts';
import { NewPasswordField, newPasswordErrors } from '../new-password.tsx';

export function PasswordPanel() {
  const [round, setRound] = useState(0);
  return (
    <Panel
      title="Password"
      description="Changing it ends all of your other sessions; this one goes on. Personal keys are not touched."
    >
      <PasswordForm key={round} onDone={() => setRound(round + 1)} />
    </Panel>
  );
}

function PasswordForm({ onDone }: { onDone(): void }) {
  const client = useQueryClient();
  const { user } = useSession();
  const { form, handlers, errors, problem, isBusy } = useForm({
    check: (data) => {
      const next = textOf(data, 'newPassword');
      if (next !== '' && next === textOf(data, 'currentPassword'))
        return { newPassword: 'This is the password that you have.' };
      return newPasswordErrors('newPassword', next, user.email);
    },
    send: async (data) => {
      await changePassword(textOf(data, 'currentPassword'), textOf(data, 'newPassword'));
      toast({ title: 'The password is changed', text: 'All of your other sessions have ended.' });
      onDone();
      await Promise.all(
        [sessionQuery, sessionsQuery].map(({ queryKey }) => client.invalidateQueries({ queryKey })),
      );
    },
    fieldOf: ({ code }) => (code === 'invalid_credentials' ? 'currentPassword' : null),
    explain: explainHere,
  });
  return (
    <form ref={form} noValidate className="flex max-w-sm flex-col gap-4" {...handlers}>
      {problem && <ProblemAlert problem={problem} />}
      <input type="text" name="username" autoComplete="username" value={user.email} readOnly hidden />
      <Field label="Present password" error={errors.currentPassword}>
        <PasswordInput name="currentPassword" autoComplete="current-password" required />
      </Field>
      <NewPasswordField
        name="newPassword"
        label="New password"
        error={errors.newPassword}
        email={user.email}
      />
      <Button type="submit" className="self-start" isBusy={isBusy}>
        Change the password
      </Button>
    </form>
  );
}
