import { lazy, type ReactNode, Suspense, useId, useState } from 'react';
import { useLeave } from '@/components/leave-guard.tsx';
import { ProblemAlert } from '@/components/ui/alert.tsx';
import { Button } from '@/components/ui/button.tsx';
import { CopyButton } from '@/components/ui/copy.tsx';
import { Dialog } from '@/components/ui/dialog.tsx';
import { Field, Input } from '@/components/ui/field.tsx';
import { Skeleton } from '@/components/ui/skeleton.tsx';
import { textOf, useForm } from '@/lib/form.ts';
import { confirmTwoFactor } from '@/queries/people.ts';
import type { TwoFactor } from '@/types.ts';
import { explainHere } from '../enter.ts';
import { BackupCodes } from './backup-codes.tsx';

const QrCode = lazy(() => import('./qr-code.tsx'));

interface TwoFactorSetupProps {
  readonly twoFactor: TwoFactor;
  onClose(): void;
  onDone(): void;
}

/** From the QR code to the first code of the app. */
export function TwoFactorSetup({ twoFactor, onClose, onDone }: TwoFactorSetupProps) {
  const id = useId();
  const { totpURI, backupCodes } = twoFactor;
  const [areKept, setKept] = useState(false);
  const { close, leave, question } = useLeave({
    isSafe: false,
    action: 'Stop turning it on',
    back: 'Back to the codes',
    description: areKept
      ? 'The codes that you have kept, and what you have added to the app, would not be good for anything.'
      : 'Nothing has changed yet. What you have added to the app would not be good for anything.',
    onClose,
  });
  const { form, handlers, errors, problem, isBusy } = useForm({
    send: async (data) => {
      await confirmTwoFactor(textOf(data, 'code').replaceAll(/\s/g, ''));
      onDone();
    },
    fieldOf: () => 'code',
    explain: explainHere,
  });
  return (
    <Dialog
      title="Turn on two-factor sign-in"
      description="It is on when you have sent a first code. Until then nothing changes."
      onClose={close}
      footer={
        <>
          <Button onClick={leave}>Cancel</Button>
          <Button type="submit" form={id} tone="primary" isBusy={isBusy}>
            Turn it on
          </Button>
        </>
      }
    >
      <ol className="flex flex-col gap-6">
        <Step number={1} title="Add Keyward to your authenticator app">
          <Secret totpURI={totpURI} />
        </Step>
        <Step number={2} title="Keep the back-up codes">
          <p className="mb-3 text-muted">
            Each signs you in once when the phone is not at hand. They cannot be shown again: put them into a
            password manager, or print them.
          </p>
          <BackupCodes codes={backupCodes} onKept={() => setKept(true)} />
        </Step>
        <Step number={3} title="Enter the code that the app shows">
          <form ref={form} id={id} noValidate className="flex flex-col gap-4" {...handlers}>
            {problem && <ProblemAlert problem={problem} />}
            <Field
              label="Code"
              error={errors.code}
              hint="Six digits. Turning it on ends your other sessions."
            >
              <Input
                name="code"
                inputMode="numeric"
                autoComplete="one-time-code"
                required
                className="max-w-40 font-mono"
              />
            </Field>
          </form>
        </Step>
      </ol>
      {question}
    </Dialog>
  );
}

interface StepProps {
  readonly number: number;
  readonly title: string;
  readonly children: ReactNode;
}

function Step({ number, title, children }: StepProps) {
  return (
    <li className="flex gap-3">
      <span
        aria-hidden
        className="flex size-6 shrink-0 items-center justify-center rounded-full bg-sunken font-medium text-sm"
      >
        {number}
      </span>
      <div className="min-w-0 flex-1">
        <h3 className="mb-2 pt-0.5 font-medium">{title}</h3>
        {children}
      </div>
    </li>
  );
}

/** The secret as a picture, and as a text for those who type it. */
function Secret({ totpURI }: { readonly totpURI: string }) {
  const secret = new URL(totpURI).searchParams.get('secret') ?? '';
  return (
    <div className="flex flex-wrap items-start gap-4">
      <Suspense fallback={<Skeleton className="size-44 rounded-lg" />}>
        <QrCode text={totpURI} label="QR code for the authenticator app" />
      </Suspense>
      <div className="min-w-0 flex-1 basis-40">
        <p className="text-muted">No camera at hand? Type this into the app; it is based on time.</p>
        <p className="my-2 break-words font-mono text-sm">{secret.match(/.{1,4}/g)?.join(' ')}</p>
        <CopyButton text={secret} label="Copy" />
      </div>
    </div>
  );
}
