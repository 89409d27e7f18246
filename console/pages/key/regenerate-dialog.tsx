import { LastUse } from '@/components/last-use.tsx';
import { Confirm } from '@/components/ui/confirm.tsx';
import { useOnce } from '@/lib/once.ts';
import { isInUse } from '@/lib/rotation.ts';
import { type KeyTarget, regenerateKey } from '@/queries/key-actions.ts';
import type { Key, ReissuedKey } from '@/types.ts';

interface RegenerateDialogProps {
  readonly apiKey: Key;
  readonly target: KeyTarget;
  onClose(): void;
  onIssued(key: ReissuedKey): void;
}

/** A new secret, and the end of every older one. */
export function RegenerateDialog({ apiKey: key, target, onClose, onIssued }: RegenerateDialogProps) {
  const once = useOnce();
  const valid = key.secrets.filter(({ status }) => status !== 'retired');
  return (
    <Confirm
      title={`Regenerate ${key.name}?`}
      action="Regenerate key"
      tone="danger"
      typed={isInUse(key.lastUsedAt, Date.now()) ? key.name : null}
      onClose={onClose}
      run={async () => onIssued(await once({}, (idempotencyKey) => regenerateKey(target, idempotencyKey)))}
    >
      <LastUse apiKey={key} />
      <p>
        The key gets a new secret, which is shown once, and every older one stops at once: requests with{' '}
        <Hints hints={valid.map(({ hint }) => hint)} /> are refused with 401. This cannot be undone. Name,
        scopes, limits and status stay.
      </p>
      {key.status === 'active' && (
        <p className="text-muted">To give programs time to take the new secret, rotate the key instead.</p>
      )}
      {key.status === 'inactive' && (
        <p className="text-muted">The key stays revoked: activate it once the new secret is in its place.</p>
      )}
    </Confirm>
  );
}

function Hints({ hints }: { readonly hints: readonly string[] }) {
  return hints.map((hint, index) => (
    <span key={hint}>
      {index > 0 && ' and '}
      <code className="font-mono text-sm">{hint}…</code>
    </span>
  ));
}
