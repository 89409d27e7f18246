import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { RevokeDialog } from '@/components/revoke-dialog.tsx';
import { type Issued, SecretDialog } from '@/components/secret-dialog.tsx';
import { toast } from '@/components/ui/toast.tsx';
import { problemOf } from '@/problem.ts';
import { revokeKeyAt } from '@/queries/key-actions.ts';
import { keyQuery, refreshKeys } from '@/queries/keys.ts';
import type { ChangedKey, DeletedKey, Propagation, ReissuedKey } from '@/types.ts';
import { ActivateDialog } from './activate-dialog.tsx';
import { DeleteDialog } from './delete-dialog.tsx';
import { EditDialog } from './edit-dialog.tsx';
import { EndSecretDialog } from './end-secret-dialog.tsx';
import { type KeyDialog, useKeyPage } from './key-context.tsx';
import { RegenerateDialog } from './regenerate-dialog.tsx';
import { ReplaceDialog } from './replace-dialog.tsx';
import { RotateDialog } from './rotate-dialog.tsx';

interface KeyDialogsProps {
  readonly dialog: KeyDialog | null;
  onOpen(dialog: KeyDialog | null): void;
  /** Which nodes do not act on the last change yet. */
  onPending(pending: Propagation['pending']): void;
}

/** The dialog that is open, what comes of it, and the secret that it made. */
export function KeyDialogs({ dialog, onOpen, onPending }: KeyDialogsProps) {
  const { apiKey: key } = useKeyPage();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [issued, setIssued] = useState<Issued | null>(null);
  const changed = (propagation?: Propagation) => {
    if (propagation) onPending(propagation.pending);
    void refreshKeys(client);
  };
  const show = (made: ReissuedKey) => {
    const { id: keyId, name, environment, secret, propagation } = made;
    setIssued({ keyId, name, environment, secret });
    changed(propagation);
  };
  const deleted = async ({ propagation }: DeletedKey) => {
    const { pending } = propagation;
    await navigate({ to: '/keys' });
    client.removeQueries({ queryKey: keyQuery(key.environment, key.id).queryKey });
    void refreshKeys(client);
    const until = pending.map(
      ({ nodeId, mayAcceptUntil }) => `${nodeId} may accept it until ${mayAcceptUntil}`,
    );
    toast({ title: `${key.name} is deleted`, text: until.join('; ') || undefined });
  };
  const close = () => {
    const madeId = issued?.keyId;
    setIssued(null);
    if (madeId !== undefined && madeId !== key.id) void navigate({ to: '/keys/$id', params: { id: madeId } });
  };
  return (
    <>
      {dialog && (
        <OpenDialog
          dialog={dialog}
          onOpen={(next) => {
            onOpen(next);
            void client.invalidateQueries({ queryKey: ['audit', 'list'] });
          }}
          onChanged={changed}
          onIssued={show}
          onDeleted={(answer) => void deleted(answer)}
        />
      )}
      {issued && <SecretDialog issued={issued} onClose={close} />}
    </>
  );
}

interface OpenDialogProps {
  readonly dialog: KeyDialog;
  onOpen(dialog: KeyDialog | null): void;
  onChanged(propagation?: Propagation): void;
  onIssued(key: ReissuedKey): void;
  onDeleted(answer: DeletedKey): void;
}

function OpenDialog({ dialog, onOpen, onChanged, onIssued, onDeleted }: OpenDialogProps) {
  const { apiKey, target } = useKeyPage();
  const onClose = () => onOpen(null);
  const all = { apiKey, target, onClose };
  const activated = ({ propagation }: ChangedKey) => {
    onChanged(propagation);
    const undo = () =>
      revokeKeyAt(target, apiKey.revokedReason).then(
        (answer) => onChanged(answer.propagation),
        (error: unknown) =>
          toast({ title: `${apiKey.name} stays active`, text: problemOf(error).message, tone: 'red' }),
      );
    toast({ title: `${apiKey.name} is active again`, action: { label: 'Undo', run: () => void undo() } });
  };
  switch (dialog.kind) {
    case 'edit':
      return (
        <EditDialog
          {...all}
          focus={dialog.focus}
          onChanged={({ propagation }) => {
            onChanged(propagation);
            toast({ title: 'The changes are saved' });
          }}
        />
      );
    case 'rotate':
      return <RotateDialog {...all} onIssued={onIssued} />;
    case 'regenerate':
      return <RegenerateDialog {...all} onIssued={onIssued} />;
    case 'replace':
      return <ReplaceDialog {...all} scopes={dialog.scopes} onIssued={onIssued} />;
    case 'revoke':
      return <RevokeDialog apiKey={apiKey} onClose={onClose} onRevoked={onChanged} />;
    case 'activate':
      return (
        <ActivateDialog
          {...all}
          onActivated={activated}
          onRegenerate={() => onOpen({ kind: 'regenerate' })}
        />
      );
    case 'delete':
      return (
        <DeleteDialog {...all} onDeleted={onDeleted} onRevokeInstead={() => onOpen({ kind: 'revoke' })} />
      );
    case 'end-secret':
      return (
        <EndSecretDialog
          {...all}
          secret={dialog.secret}
          onEnded={() => {
            onChanged();
            toast({ title: 'The old secret has ended' });
          }}
        />
      );
  }
}
