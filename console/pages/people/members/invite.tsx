import { useQueryClient } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { useLeave } from '@/components/leave-guard.tsx';
import { Alert, ProblemAlert } from '@/components/ui/alert.tsx';
import { Button } from '@/components/ui/button.tsx';
import { CopyButton } from '@/components/ui/copy.tsx';
import { Dialog } from '@/components/ui/dialog.tsx';
import { Field, Input } from '@/components/ui/field.tsx';
import { Time } from '@/components/ui/time.tsx';
import { textOf, useForm } from '@/lib/form.ts';
import { useOnce } from '@/lib/once.ts';
import { inviteMember } from '@/queries/people.ts';
import type { CreatedInvitation, Role } from '@/types.ts';
import { RoleSelect } from './role-select.tsx';
import { RoleRights } from './roles.tsx';

interface InviteDialogProps {
  /** An invitation whose link is to be made anew. */
  readonly again?: { readonly email: string; readonly role: Role };
  onMade?(): void;
  onClose(): void;
}

/** Asks whom, and shows the link, which is in here and nowhere else. */
export function InviteDialog({ again, onMade, onClose }: InviteDialogProps) {
  const [made, setMade] = useState<CreatedInvitation | null>(null);
  if (made !== null) return <LinkDialog made={made} onClose={onClose} />;
  const show = (invitation: CreatedInvitation) => {
    setMade(invitation);
    onMade?.();
  };
  return <InviteForm again={again} show={show} onClose={onClose} />;
}

interface InviteFormProps extends Pick<InviteDialogProps, 'again' | 'onClose'> {
  show(made: CreatedInvitation): void;
}

function InviteForm({ again, show, onClose }: InviteFormProps) {
  const id = useId();
  const client = useQueryClient();
  const once = useOnce();
  const [role, setRole] = useState<Role>(again?.role ?? 'developer');
  const { form, handlers, errors, problem, isBusy } = useForm({
    send: async (data) => {
      const invitation = { email: textOf(data, 'email'), role };
      show(await once(invitation, (idempotencyKey) => inviteMember(invitation, idempotencyKey)));
      await client.invalidateQueries({ queryKey: ['members', 'invitations'] });
    },
    fieldOf: ({ code }) => (code === 'conflict' ? 'email' : null),
  });
  return (
    <Dialog
      title={again ? 'Make a new link' : 'Invite somebody'}
      description={again && 'The earlier link stops working.'}
      onClose={isBusy ? undefined : onClose}
      footer={
        <>
          <Button onClick={onClose} disabled={isBusy}>
            Cancel
          </Button>
          <Button type="submit" form={id} tone="primary" isBusy={isBusy}>
            Make the link
          </Button>
        </>
      }
    >
      <form ref={form} id={id} noValidate className="flex flex-col gap-4" {...handlers}>
        {problem && <ProblemAlert problem={problem} />}
        <Field
          label="E-mail address"
          error={errors.email}
          hint="They will sign in with it. Keyward sends no mail: you get a link to pass on."
        >
          <Input
            name="email"
            type="email"
            autoCapitalize="none"
            spellCheck={false}
            required
            autoFocus
            defaultValue={again?.email}
            readOnly={again !== undefined}
          />
        </Field>
        <RoleSelect value={role} onChange={setRole} />
        <RoleRights role={role} />
      </form>
    </Dialog>
  );
}

function LinkDialog({ made, onClose }: { readonly made: CreatedInvitation; onClose(): void }) {
  const { link, email, role, expiresAt } = made;
  const [isSafe, setSafe] = useState(link === null);
  const { close, question } = useLeave({
    isSafe,
    action: 'Close without copying',
    back: 'Back to the link',
    description:
      'The link has not been copied, and it cannot be shown again. To invite this person, a new one would have to be made.',
    onClose,
  });
  const noticeCopy = () => {
    if (link !== null && getSelection()?.toString().includes(link)) setSafe(true);
  };
  return (
    <Dialog
      title="The invitation is ready"
      footer={
        <Button tone={link === null ? 'primary' : 'plain'} onClick={close}>
          Done
        </Button>
      }
    >
      {link === null ? (
        <Alert tone="amber" title="The link was shown already">
          This request was sent twice, and its first answer had the link. If nobody copied it then, make a new
          one from the list of invitations.
        </Alert>
      ) : (
        <div className="flex flex-col gap-4">
          <Alert tone="amber" title="Copy the link now: it cannot be shown again">
            Whoever opens it becomes {role} with the address {email}. Send it to them alone.
          </Alert>
          <p
            onCopy={noticeCopy}
            className="break-all rounded-lg border border-line bg-sunken px-3 py-2.5 font-mono text-sm"
          >
            {link}
          </p>
          <div className="flex flex-wrap items-center justify-between gap-3">
            <p className="text-muted text-sm">
              It works once, until <Time at={expiresAt} as="exact" />.
            </p>
            <CopyButton text={link} label="Copy the link" tone="primary" onCopied={() => setSafe(true)} />
          </div>
        </div>
      )}
      {question}
    </Dialog>
  );
}
