import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Ellipsis, KeyRound, Pencil, Power, Send, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useHolds } from '@/components/records/scopes.ts';
import { Button, IconButton } from '@/components/ui/button.tsx';
import { Confirm } from '@/components/ui/confirm.tsx';
import { Menu, MenuItem } from '@/components/ui/menu.tsx';
import { toast } from '@/components/ui/toast.tsx';
import { useEnvironment } from '@/environment.ts';
import { useFilters } from '@/lib/search-params.ts';
import { problemOf } from '@/problem.ts';
import { testWebhook, webhooks } from '@/queries/webhooks.ts';
import type { Webhook } from '@/types.ts';
import { EditWebhook } from './form.tsx';
import { RotateSecret } from './rotate.tsx';
import { type SigningSecret, SigningSecretDialog } from './secret-dialog.tsx';

type Opened = 'edit' | 'rotate' | 'disable' | 'delete';

export function WebhookActions({ webhook }: { readonly webhook: Webhook }) {
  const mayWrite = useHolds()('webhooks:write');
  const [open, setOpen] = useState<Opened | null>(null);
  const [signing, setSigning] = useState<SigningSecret | null>(null);
  const close = () => setOpen(null);
  if (!mayWrite) return null;
  return (
    <>
      {webhook.active ? <SendTest webhook={webhook} /> : <Enable webhook={webhook} />}
      <Button onClick={() => setOpen('edit')}>
        <Pencil aria-hidden />
        Edit
      </Button>
      <Menu
        trigger={
          <IconButton label="More actions" tone="plain">
            <Ellipsis />
          </IconButton>
        }
      >
        <MenuItem onSelect={() => setOpen('rotate')}>
          <KeyRound aria-hidden />
          Rotate the secret
        </MenuItem>
        {webhook.active && (
          <MenuItem onSelect={() => setOpen('disable')}>
            <Power aria-hidden />
            Disable
          </MenuItem>
        )}
        <MenuItem tone="danger" onSelect={() => setOpen('delete')}>
          <Trash2 aria-hidden />
          Delete
        </MenuItem>
      </Menu>
      {open === 'edit' && <EditWebhook webhook={webhook} onClose={close} />}
      {open === 'rotate' && <RotateSecret webhook={webhook} onClose={close} onRotated={setSigning} />}
      {open === 'disable' && <Disable webhook={webhook} onClose={close} />}
      {open === 'delete' && <Delete webhook={webhook} onClose={close} />}
      {signing && <SigningSecretDialog signing={signing} onClose={() => setSigning(null)} />}
    </>
  );
}

interface ActionProps {
  readonly webhook: Webhook;
}

function SendTest({ webhook }: ActionProps) {
  const environment = useEnvironment();
  const client = useQueryClient();
  const [, change] = useFilters();
  const [isBusy, setBusy] = useState(false);
  const run = async () => {
    setBusy(true);
    try {
      const { id } = await testWebhook(environment, webhook.id);
      change({ delivery: id });
      await webhooks.refresh(client);
    } catch (error) {
      toast({ tone: 'red', title: 'The test was not sent', text: problemOf(error).message });
    }
    setBusy(false);
  };
  return (
    <Button isBusy={isBusy} onClick={run}>
      {!isBusy && <Send aria-hidden />}
      Send a test
    </Button>
  );
}

function Enable({ webhook }: ActionProps) {
  const environment = useEnvironment();
  const client = useQueryClient();
  const [isBusy, setBusy] = useState(false);
  const run = async () => {
    setBusy(true);
    try {
      await webhooks.change(environment, webhook.id, { active: true });
      toast({ title: 'The webhook is enabled' });
      await webhooks.refresh(client);
    } catch (error) {
      toast({ tone: 'red', title: 'It was not enabled', text: problemOf(error).message });
    }
    setBusy(false);
  };
  return (
    <Button tone="primary" isBusy={isBusy} onClick={run}>
      Enable
    </Button>
  );
}

function Disable({ webhook, onClose }: ActionProps & { onClose(): void }) {
  const environment = useEnvironment();
  const client = useQueryClient();
  return (
    <Confirm
      title={`Disable ${webhook.name}?`}
      action="Disable webhook"
      onClose={onClose}
      run={async () => {
        await webhooks.change(environment, webhook.id, { active: false });
        toast({ title: 'The webhook is disabled' });
        await webhooks.refresh(client);
      }}
    >
      <p>
        Nothing is sent to it until it is enabled again. What waits is cancelled, and what happens meanwhile
        is not kept for it.
      </p>
    </Confirm>
  );
}

function Delete({ webhook, onClose }: ActionProps & { onClose(): void }) {
  const environment = useEnvironment();
  const client = useQueryClient();
  const navigate = useNavigate();
  return (
    <Confirm
      title={`Delete ${webhook.name}?`}
      action="Delete webhook"
      tone="danger"
      onClose={onClose}
      run={async () => {
        await webhooks.remove(environment, webhook.id);
        toast({ title: `${webhook.name} is deleted` });
        await navigate({ to: '/webhooks' });
        await webhooks.forget(client, environment, webhook.id);
      }}
    >
      <p>It goes for ever, with its secret and the log of its deliveries. What waits is not sent any more.</p>
      <p>To stop it for a while, disable it instead.</p>
    </Confirm>
  );
}
