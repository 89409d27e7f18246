import { LastUse } from '@/components/last-use.tsx';
import { Button } from '@/components/ui/button.tsx';
import { Confirm } from '@/components/ui/confirm.tsx';
import { isInUse } from '@/lib/rotation.ts';
import { deleteKey, type KeyTarget } from '@/queries/key-actions.ts';
import type { DeletedKey, Key } from '@/types.ts';

interface DeleteDialogProps {
  readonly apiKey: Key;
  readonly target: KeyTarget;
  onClose(): void;
  onDeleted(answer: DeletedKey): void;
  onRevokeInstead(): void;
}

/** The end of a key for ever. */
export function DeleteDialog(props: DeleteDialogProps) {
  const { apiKey: key, target, onClose, onDeleted, onRevokeInstead } = props;
  return (
    <Confirm
      title={`Delete ${key.name}?`}
      action="Delete for ever"
      tone="danger"
      typed={isInUse(key.lastUsedAt, Date.now()) ? key.name : null}
      onClose={onClose}
      run={async () => onDeleted(await deleteKey(target))}
    >
      <LastUse apiKey={key} />
      <p>
        From the moment this is done its secrets are unknown: every request with them is refused with 401. It
        cannot be undone. What the key did stays in the request log and in the audit log.
      </p>
      {key.status !== 'inactive' && (
        <p className="text-muted">
          Not sure? Revoking stops it just as fast, and can be undone.{' '}
          <Button tone="link" onClick={onRevokeInstead}>
            Revoke it instead
          </Button>
        </p>
      )}
    </Confirm>
  );
}
