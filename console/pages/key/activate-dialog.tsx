import { Alert } from '@/components/ui/alert.tsx';
import { Button } from '@/components/ui/button.tsx';
import { Confirm } from '@/components/ui/confirm.tsx';
import { Dialog } from '@/components/ui/dialog.tsx';
import { Time } from '@/components/ui/time.tsx';
import { activateKeyAt, type KeyTarget } from '@/queries/key-actions.ts';
import type { ChangedKey, Key } from '@/types.ts';

interface ActivateDialogProps {
  readonly apiKey: Key;
  readonly target: KeyTarget;
  onClose(): void;
  onActivated(key: ChangedKey): void;
  onRegenerate(): void;
}

/** Whether a secret that leaked would come back with the key. */
function isLeakStillCurrent({ revokedReason, revokedAt, secrets }: Key): boolean {
  const current = secrets.find(({ status }) => status === 'current');
  return (
    revokedReason === 'compromised' && revokedAt !== null && (!current || current.createdAt <= revokedAt)
  );
}

/** Takes a revocation back. */
export function ActivateDialog(props: ActivateDialogProps) {
  const { apiKey: key, target, onClose, onActivated, onRegenerate } = props;
  if (isLeakStillCurrent(key)) return <LeakFirst {...{ apiKey: key, onClose, onRegenerate }} />;
  return (
    <Confirm
      title={`Activate ${key.name}?`}
      action="Activate key"
      onClose={onClose}
      run={async () => onActivated(await activateKeyAt(target))}
    >
      <p>
        It was revoked <Time at={key.revokedAt} />
        {key.revokedReason ? <> with the reason “{key.revokedReason}”</> : ' without a reason'}. From the
        moment this is done requests with its secret <code className="font-mono text-sm">{key.hint}…</code>{' '}
        are admitted again, within the scopes and limits it had.
      </p>
      {key.replacedBy && (
        <p className="text-muted">
          Its replacement goes on, too: both then draw on the same limits until one of them is revoked.
        </p>
      )}
    </Confirm>
  );
}

type LeakFirstProps = Pick<ActivateDialogProps, 'apiKey' | 'onClose' | 'onRegenerate'>;

function LeakFirst({ apiKey: key, onClose, onRegenerate }: LeakFirstProps) {
  return (
    <Dialog
      title={`Activate ${key.name}?`}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button tone="primary" onClick={onRegenerate}>
            Regenerate first
          </Button>
        </>
      }
    >
      <Alert tone="amber" title="It was revoked as compromised">
        It can come back only with a new secret, so that the leaked one,{' '}
        <code className="font-mono text-sm">{key.hint}…</code>, stays dead. Regenerate the key, give the new
        secret to its programs, and activate it then.
      </Alert>
    </Dialog>
  );
}
