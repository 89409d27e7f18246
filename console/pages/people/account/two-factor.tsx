import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useId, useState } from 'react';
import { useLeave } from '@/components/leave-guard.tsx';
import { Alert, ProblemAlert } from '@/components/ui/alert.tsx';
import { Status } from '@/components/ui/badge.tsx';
import { Button } from '@/components/ui/button.tsx';
import { Dialog } from '@/components/ui/dialog.tsx';
import { Field, PasswordInput } from '@/components/ui/field.tsx';
import { Panel } from '@/components/ui/page.tsx';
import { toast } from '@/components/ui/toast.tsx';
import { textOf, useForm } from '@/lib/form.ts';
import { endTwoFactor, renewBackupCodes, sessionsQuery, startTwoFactor } from '@/queries/people.ts';
import { sessionQuery, useSession } from '@/session.ts';
import type { TwoFactor } from '@/types.ts';
import { explainHere } from '../enter.ts';
import { BackupCodes } from './backup-codes.tsx';
import { TwoFactorSetup } from './two-factor-setup.tsx';

/** What is open over the page. Secrets are in here and nowhere else: closing forgets them. */
type Open =
  | { readonly kind: 'ask-start' | 'ask-end' | 'ask-codes' }
  | { readonly kind: 'setup'; readonly twoFactor: TwoFactor }
  | { readonly kind: 'codes'; readonly codes: readonly string[] };

export function TwoFactorPanel() {
  const { user } = useSession();
  const [open, setOpen] = useState<Open | null>(null);
  const isOn = user.twoFactorEnabled;
  return (
    <Panel
      title="Two-factor sign-in"
      description="Besides the password, a sign-in then needs a code of an app on your phone."
      actions={<Status tone={isOn ? 'green' : 'neutral'}>{isOn ? 'On' : 'Off'}</Status>}
    >
      <div className="flex flex-wrap gap-2">
        {isOn ? (
          <>
            <Button onClick={() => setOpen({ kind: 'ask-codes' })}>Make new back-up codes</Button>
            <Button onClick={() => setOpen({ kind: 'ask-end' })}>Turn it off</Button>
          </>
        ) : (
          <Button onClick={() => setOpen({ kind: 'ask-start' })}>Turn it on</Button>
        )}
      </div>
      {open && <Opened open={open} setOpen={setOpen} />}
    </Panel>
  );
}

function Opened({ open, setOpen }: { readonly open: Open; setOpen(open: Open | null): void }) {
  const client = useQueryClient();
  const close = () => setOpen(null);
  const refresh = () =>
    Promise.all([sessionQuery, sessionsQuery].map(({ queryKey }) => client.invalidateQueries({ queryKey })));
  switch (open.kind) {
    case 'ask-start':
      return (
        <PasswordDialog
          title="Turn on two-factor sign-in"
          action="Go on"
          onClose={close}
          send={async (password) => setOpen({ kind: 'setup', twoFactor: await startTwoFactor(password) })}
        />
      );
    case 'setup':
      return (
        <TwoFactorSetup
          twoFactor={open.twoFactor}
          onClose={close}
          onDone={() => {
            close();
            toast({ title: 'Two-factor sign-in is on', text: 'All of your other sessions have ended.' });
            void refresh();
          }}
        />
      );
    case 'ask-codes':
      return (
        <PasswordDialog
          title="Make new back-up codes"
          action="Make new codes"
          onClose={close}
          send={async (password) => {
            const { backupCodes } = await renewBackupCodes(password);
            setOpen({ kind: 'codes', codes: backupCodes });
            await refresh();
          }}
        >
          <p>The codes that you have now stop working, and all of your other sessions end.</p>
        </PasswordDialog>
      );
    case 'codes':
      return <NewCodes codes={open.codes} onClose={close} />;
    case 'ask-end':
      return (
        <PasswordDialog
          title="Turn off two-factor sign-in?"
          action="Turn it off"
          tone="danger"
          onClose={close}
          send={async (password) => {
            await endTwoFactor(password);
            close();
            toast({ title: 'Two-factor sign-in is off', text: 'All of your other sessions have ended.' });
            await refresh();
          }}
        >
          <p>
            From then on the password alone lets you in. App and back-up codes stop working, and all of your
            other sessions end.
          </p>
        </PasswordDialog>
      );
  }
}

function NewCodes({ codes, onClose }: { readonly codes: readonly string[]; onClose(): void }) {
  const [isSafe, setSafe] = useState(false);
  const { leave, question } = useLeave({
    isSafe,
    action: 'Close without keeping them',
    back: 'Back to the codes',
    description:
      'The codes have not been copied or downloaded, and they cannot be shown again. New ones would have to be made.',
    onClose,
  });
  return (
    <Dialog
      title="Your new back-up codes"
      footer={
        <Button tone="primary" onClick={leave}>
          I have kept them
        </Button>
      }
    >
      <div className="flex flex-col gap-4">
        <Alert tone="amber" title="Keep them now: they cannot be shown again">
          Each signs you in once when the phone is not at hand.
        </Alert>
        <BackupCodes codes={codes} onKept={() => setSafe(true)} />
      </div>
      {question}
    </Dialog>
  );
}

interface PasswordDialogProps {
  readonly title: string;
  readonly action: string;
  readonly tone?: 'primary' | 'danger';
  readonly children?: ReactNode;
  onClose(): void;
  send(password: string): Promise<void>;
}

function PasswordDialog({ title, action, tone = 'primary', children, onClose, send }: PasswordDialogProps) {
  const id = useId();
  const { user } = useSession();
  const { form, handlers, errors, problem, isBusy } = useForm({
    send: (data) => send(textOf(data, 'password')),
    fieldOf: ({ code }) => (code === 'invalid_credentials' ? 'password' : null),
    explain: explainHere,
  });
  return (
    <Dialog
      title={title}
      width="sm"
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" form={id} tone={tone} isBusy={isBusy}>
            {action}
          </Button>
        </>
      }
    >
      <form ref={form} id={id} noValidate className="flex flex-col gap-4" {...handlers}>
        {problem && <ProblemAlert problem={problem} />}
        {children}
        <input type="text" name="username" autoComplete="username" value={user.email} readOnly hidden />
        <Field label="Your password" error={errors.password}>
          <PasswordInput name="password" autoComplete="current-password" required autoFocus />
        </Field>
      </form>
    </Dialog>
  );
}
