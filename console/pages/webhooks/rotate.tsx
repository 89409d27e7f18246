import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Confirm } from '@/components/ui/confirm.tsx';
import { Field, Select } from '@/components/ui/field.tsx';
import { useEnvironment } from '@/environment.ts';
import { useOnce } from '@/lib/once.ts';
import { rotateWebhookSecret, webhooks } from '@/queries/webhooks.ts';
import type { Webhook } from '@/types.ts';
import type { SigningSecret } from './secret-dialog.tsx';

const graces = [
  { seconds: 86_400, label: 'A day' },
  { seconds: 3_600, label: 'An hour' },
  { seconds: 7 * 86_400, label: 'A week' },
  { seconds: 30 * 86_400, label: '30 days' },
  { seconds: 0, label: 'Not at all: the secret has leaked' },
];

interface RotateProps {
  readonly webhook: Webhook;
  onClose(): void;
  onRotated(signing: SigningSecret): void;
}

export function RotateSecret({ webhook, onClose, onRotated }: RotateProps) {
  const environment = useEnvironment();
  const client = useQueryClient();
  const once = useOnce();
  const [grace, setGrace] = useState(86_400);
  return (
    <Confirm
      title={`Rotate the secret of ${webhook.name}?`}
      action="Rotate secret"
      tone={grace === 0 ? 'danger' : 'primary'}
      warning={
        grace === 0 &&
        'Every older secret ends at once: the receiver refuses messages until it has the new one.'
      }
      onClose={onClose}
      run={async () => {
        const { name, secret, previousSecretEndsAt } = await once(grace, (key) =>
          rotateWebhookSecret(environment, webhook.id, grace, key),
        );
        onRotated({ name, secret, previousSecretEndsAt: grace > 0 ? previousSecretEndsAt : undefined });
        await webhooks.refresh(client);
      }}
    >
      <p>
        The webhook gets a new secret, which is shown once. Until the old one ends, every message is signed
        with both, so that the receiver can take the new one at any moment.
      </p>
      <Field label="How long the old secret still signs">
        <Select value={String(grace)} onChange={(event) => setGrace(Number(event.target.value))}>
          {graces.map(({ seconds, label }) => (
            <option key={seconds} value={seconds}>
              {label}
            </option>
          ))}
        </Select>
      </Field>
    </Confirm>
  );
}
