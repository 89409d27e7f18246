import { Alert } from '@/components/ui/alert.tsx';
import { Confirm } from '@/components/ui/confirm.tsx';
import { Time } from '@/components/ui/time.tsx';
import { useNow } from '@/lib/now.ts';
import { isInUse } from '@/lib/rotation.ts';
import { endSecret, type KeyTarget } from '@/queries/key-actions.ts';
import type { KeySecret } from '@/types.ts';

interface EndSecretDialogProps {
  readonly secret: Pick<KeySecret, 'id' | 'hint' | 'lastUsedAt'>;
  readonly target: KeyTarget;
  onClose(): void;
  onEnded(): void;
}

/** The end of a retiring secret before its time. */
export function EndSecretDialog({ secret, target, onClose, onEnded }: EndSecretDialogProps) {
  const isBusy = isInUse(secret.lastUsedAt, useNow());
  return (
    <Confirm
      title="End the old secret now?"
      action="End it now"
      tone={isBusy ? 'danger' : 'primary'}
      onClose={onClose}
      run={async () => {
        await endSecret(target, secret.id);
        onEnded();
      }}
    >
      <Alert tone={isBusy ? 'amber' : 'neutral'} title={isBusy ? 'Something still sends it' : undefined}>
        {secret.lastUsedAt ? (
          <>
            It was last used <Time at={secret.lastUsedAt} />.
          </>
        ) : (
          'It was never used.'
        )}
      </Alert>
      <p>
        From the moment this is done, requests with <code className="font-mono text-sm">{secret.hint}…</code>{' '}
        are refused with 401. The new secret goes on. This cannot be undone.
      </p>
    </Confirm>
  );
}
