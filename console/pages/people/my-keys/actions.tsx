import { useQuery, useQueryClient } from '@tanstack/react-query';
import { RevokeDialog } from '@/components/revoke-dialog.tsx';
import type { Issued } from '@/components/secret-dialog.tsx';
import { toast } from '@/components/ui/toast.tsx';
import { ActivateDialog } from '@/pages/key/activate-dialog.tsx';
import { DeleteDialog } from '@/pages/key/delete-dialog.tsx';
import { EndSecretDialog } from '@/pages/key/end-secret-dialog.tsx';
import { RegenerateDialog } from '@/pages/key/regenerate-dialog.tsx';
import { RotateDialog } from '@/pages/key/rotate-dialog.tsx';
import { targetOf } from '@/queries/key-actions.ts';
import { refreshKeys } from '@/queries/keys.ts';
import { personalKeyQuery } from '@/queries/personal-keys.ts';
import { useSession } from '@/session.ts';
import type { Key, ReissuedKey } from '@/types.ts';

export interface KeyAction {
  readonly kind: 'rotate' | 'regenerate' | 'end-secret' | 'revoke' | 'activate' | 'delete';
  readonly apiKey: Key;
}

interface MyKeyDialogsProps {
  readonly action: KeyAction;
  onAction(action: KeyAction | null): void;
  onIssued(issued: Issued): void;
}

/** The dialog that is open over the list. */
export function MyKeyDialogs({ action, onAction, onIssued }: MyKeyDialogsProps) {
  const { kind, apiKey: listed } = action;
  const client = useQueryClient();
  const { user } = useSession();
  // The list may be older than the last request with the key.
  const { data: fresh } = useQuery(personalKeyQuery(listed.environment, listed.id));
  const apiKey = fresh ?? listed;
  const target = targetOf(apiKey, user.id);
  const onClose = () => onAction(null);
  const all = { apiKey, target, onClose };
  const done = (title: string) => {
    toast({ title });
    void refreshKeys(client);
  };
  const issued = ({ id: keyId, name, environment, secret }: ReissuedKey) => {
    onIssued({ keyId, name, environment, secret });
    void refreshKeys(client);
  };
  const retiring = apiKey.secrets.find(({ status }) => status === 'retiring');
  switch (kind) {
    case 'rotate':
      return <RotateDialog {...all} onIssued={issued} />;
    case 'regenerate':
      return <RegenerateDialog {...all} onIssued={issued} />;
    case 'end-secret':
      if (retiring === undefined) return null;
      return (
        <EndSecretDialog
          {...all}
          secret={retiring}
          onEnded={() => done(`The old secret of ${apiKey.name} has ended`)}
        />
      );
    case 'revoke':
      return <RevokeDialog {...all} />;
    case 'activate':
      return (
        <ActivateDialog
          {...all}
          onActivated={() => done(`${apiKey.name} is active again`)}
          onRegenerate={() => onAction({ kind: 'regenerate', apiKey })}
        />
      );
    case 'delete':
      return (
        <DeleteDialog
          {...all}
          onDeleted={() => done(`${apiKey.name} is deleted`)}
          onRevokeInstead={() => onAction({ kind: 'revoke', apiKey })}
        />
      );
  }
}
