import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Ban, CalendarX2, Ellipsis, PauseCircle, PlayCircle, ScanSearch, Trash2 } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { FormDialog } from '@/components/records/form-dialog.tsx';
import { useHolds } from '@/components/records/scopes.ts';
import { Button, IconButton } from '@/components/ui/button.tsx';
import { Confirm } from '@/components/ui/confirm.tsx';
import { Menu, MenuItem, MenuSeparator } from '@/components/ui/menu.tsx';
import { toast } from '@/components/ui/toast.tsx';
import { useEnvironment } from '@/environment.ts';
import { problemOf } from '@/problem.ts';
import { licenses, takeLicenseAction } from '@/queries/licenses.ts';
import type { License } from '@/types.ts';
import { allowsAction } from '../../../../src/core/license-states.ts';
import { EditLicense } from './forms.tsx';
import { VerifyLicense } from './verify.tsx';

type Open = 'verify' | 'edit' | 'assign' | 'suspend' | 'expire' | 'revoke' | 'delete' | null;

/** What can be done with a licence in the state in which it is. */
export function LicenseActions({ license }: { readonly license: License }) {
  const mayWrite = useHolds()('licenses:write');
  const [open, setOpen] = useState<Open>(null);
  const close = () => setOpen(null);
  const { state, customerId } = license;
  return (
    <>
      <Button onClick={() => setOpen('verify')}>
        <ScanSearch aria-hidden />
        Check
      </Button>
      {mayWrite && (
        <>
          {allowsAction(state, 'resume') && <ResumeButton license={license} />}
          {state !== 'revoked' && (
            <Button onClick={() => setOpen('edit')}>{state === 'expired' ? 'Renew' : 'Edit'}</Button>
          )}
          {allowsAction(state, 'assign') && (
            <Button tone={customerId === null ? 'primary' : 'plain'} onClick={() => setOpen('assign')}>
              {customerId === null ? 'Assign' : 'Assign to another'}
            </Button>
          )}
          <ActionMenu license={license} setOpen={setOpen} />
        </>
      )}
      {open === 'verify' && <VerifyLicense licenseKey={license.key} onClose={close} />}
      {open === 'edit' && <EditLicense license={license} onClose={close} />}
      {open === 'assign' && <AssignLicense license={license} onClose={close} />}
      {open === 'delete' && <DeleteLicense license={license} onClose={close} />}
      {(open === 'suspend' || open === 'expire' || open === 'revoke') && (
        <TakeAction license={license} action={open} onClose={close} />
      )}
    </>
  );
}

function ActionMenu({ license, setOpen }: { readonly license: License; setOpen(open: Open): void }) {
  const { state } = license;
  return (
    <Menu
      trigger={
        <IconButton label="More actions" tone="plain">
          <Ellipsis />
        </IconButton>
      }
    >
      {allowsAction(state, 'suspend') && (
        <MenuItem onSelect={() => setOpen('suspend')}>
          <PauseCircle aria-hidden />
          Suspend
        </MenuItem>
      )}
      {allowsAction(state, 'expire') && (
        <MenuItem onSelect={() => setOpen('expire')}>
          <CalendarX2 aria-hidden />
          End now
        </MenuItem>
      )}
      {allowsAction(state, 'revoke') && (
        <>
          <MenuSeparator />
          <MenuItem tone="danger" onSelect={() => setOpen('revoke')}>
            <Ban aria-hidden />
            Revoke for ever
          </MenuItem>
        </>
      )}
      <MenuItem tone="danger" onSelect={() => setOpen('delete')}>
        <Trash2 aria-hidden />
        Delete
      </MenuItem>
    </Menu>
  );
}

interface ActionProps {
  readonly license: License;
  onClose(): void;
}

function ResumeButton({ license: { id } }: { readonly license: License }) {
  const environment = useEnvironment();
  const client = useQueryClient();
  const [isBusy, setBusy] = useState(false);
  const resume = async () => {
    setBusy(true);
    try {
      await takeLicenseAction(environment, id, 'resume');
      toast({ title: 'The licence works again' });
    } catch (error) {
      toast({ title: 'The licence stays suspended', text: problemOf(error).message, tone: 'red' });
    }
    setBusy(false);
    await licenses.refresh(client);
  };
  return (
    <Button tone="primary" isBusy={isBusy} onClick={() => void resume()}>
      <PlayCircle aria-hidden />
      Resume
    </Button>
  );
}

function AssignLicense({ license, onClose }: ActionProps) {
  const environment = useEnvironment();
  const client = useQueryClient();
  return (
    <FormDialog
      title="Assign the licence"
      description="From then on it is the customer’s, and can be activated."
      action="Assign"
      fields={[{ kind: 'record', of: 'customer', name: 'customerId', label: 'Customer' }]}
      initial={{ customerId: license.customerId ?? '' }}
      onClose={onClose}
      run={async ({ customerId = '' }) => {
        await takeLicenseAction(environment, license.id, 'assign', { customerId });
        toast({ title: 'The licence is assigned' });
        await licenses.refresh(client);
      }}
    />
  );
}

interface ActionText {
  readonly title: string;
  readonly verb: string;
  readonly done: string;
  readonly text: ReactNode;
}

const texts: Readonly<Record<'suspend' | 'expire' | 'revoke', ActionText>> = {
  suspend: {
    title: 'Suspend the licence?',
    verb: 'Suspend licence',
    done: 'The licence is suspended',
    text: 'Software that asks is told that it may not run, on every machine. The machines stay activated, and it can be resumed.',
  },
  expire: {
    title: 'End the licence now?',
    verb: 'End licence',
    done: 'The licence has ended',
    text: 'It expires at this moment: software that asks is told that it may not run. A later moment renews it.',
  },
  revoke: {
    title: 'Revoke the licence for ever?',
    verb: 'Revoke licence',
    done: 'The licence is revoked',
    text: 'Software that asks is told that it may not run, and nothing brings the licence back: the customer needs a new one. It stays in the list.',
  },
};

function TakeAction({
  license: { id },
  action,
  onClose,
}: ActionProps & { readonly action: keyof typeof texts }) {
  const environment = useEnvironment();
  const client = useQueryClient();
  const { title, verb, done, text } = texts[action];
  const undo = async () => {
    await takeLicenseAction(environment, id, 'resume').catch((error: unknown) =>
      toast({ title: 'The licence stays suspended', text: problemOf(error).message, tone: 'red' }),
    );
    await licenses.refresh(client);
  };
  return (
    <Confirm
      title={title}
      action={verb}
      tone="danger"
      onClose={onClose}
      run={async () => {
        await takeLicenseAction(environment, id, action);
        const isUndone = action === 'suspend' && { action: { label: 'Undo', run: () => void undo() } };
        toast({ title: done, ...isUndone });
        await licenses.refresh(client);
      }}
    >
      <p>{text}</p>
    </Confirm>
  );
}

function DeleteLicense({ license: { id, activations }, onClose }: ActionProps) {
  const environment = useEnvironment();
  const client = useQueryClient();
  const navigate = useNavigate();
  return (
    <Confirm
      title="Delete the licence?"
      action="Delete licence"
      tone="danger"
      warning={
        activations > 0 &&
        `It is activated on ${activations === 1 ? 'a machine' : `${activations} machines`}.`
      }
      onClose={onClose}
      run={async () => {
        await licenses.remove(environment, id);
        toast({ title: 'The licence is deleted' });
        await navigate({ to: '/licenses' });
        await licenses.forget(client, environment, id);
      }}
    >
      <p>
        Its key is unknown from then on, and its machines are forgotten. Nothing brings it back. Revoke it
        instead where it should stay in the list.
      </p>
    </Confirm>
  );
}
