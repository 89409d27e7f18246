import { useState } from 'react';
import type { Environment } from '@/types.ts';
import { useLeave } from './leave-guard.tsx';
import { SecretForms } from './secret-dialog/forms.tsx';
import { KeyTrial } from './secret-dialog/trial.tsx';
import { Alert } from './ui/alert.tsx';
import { EnvironmentBadge } from './ui/badge.tsx';
import { Button } from './ui/button.tsx';
import { Copyable } from './ui/copy.tsx';
import { Dialog } from './ui/dialog.tsx';
import { Facts } from './ui/page.tsx';

export interface Issued {
  readonly keyId: string;
  readonly name: string;
  readonly environment: Environment;
  /** null: the request was a repetition, and its first answer had the secret. */
  readonly secret: string | null;
  /** What the two are called; a personal key has a credential id and a credential secret. */
  readonly labels?: { readonly id: string; readonly secret: string };
}

interface SecretDialogProps {
  readonly issued: Issued;
  /** Must forget `issued`: nothing else holds the secret. */
  onClose(): void;
}

const plainLabels = { id: 'Key id', secret: 'Secret' };

/** Shows a secret, this once. Who leaves without a copy is asked whether they mean it. */
export function SecretDialog({ issued, onClose }: SecretDialogProps) {
  const { keyId, name, environment, secret, labels = plainLabels } = issued;
  const [isSafe, setSafe] = useState(secret === null);
  const { close, question } = useLeave({
    isSafe,
    action: 'Close without copying',
    back: 'Back to the secret',
    description:
      'The secret has not been copied, and it cannot be shown again. To use the key, it would have to be regenerated first.',
    onClose,
  });
  return (
    <Dialog
      title={`The ${labels.secret.toLowerCase()} of ${name}`}
      width="lg"
      onClose={close}
      footer={
        <Button tone={isSafe ? 'primary' : 'plain'} onClick={close}>
          {isSafe ? 'Done' : 'Close'}
        </Button>
      }
    >
      <div className="flex flex-col gap-4">
        {secret === null ? (
          <Alert tone="amber" title="It was shown already">
            This request was sent twice, and its first answer had the secret. If nobody copied it then,
            regenerate the key: it gets a new secret, and the one that is lost stops working.
          </Alert>
        ) : (
          <Alert tone="amber" title="Copy it now: it cannot be shown again">
            Only a fingerprint of it is kept. Whoever loses it has to rotate or regenerate the key.
          </Alert>
        )}
        <Facts
          facts={[
            { label: labels.id, value: <Copyable text={keyId} /> },
            { label: 'Environment', value: <EnvironmentBadge environment={environment} /> },
          ]}
        />
        {secret !== null && (
          <>
            <SecretForms
              secret={secret}
              label={labels.secret}
              environment={environment}
              onCopied={() => setSafe(true)}
            />
            <KeyTrial secret={secret} environment={environment} />
          </>
        )}
      </div>
      {question}
    </Dialog>
  );
}
