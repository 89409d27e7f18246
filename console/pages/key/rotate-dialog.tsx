import { useState } from 'react';
import { Alert } from '@/components/ui/alert.tsx';
import { CheckboxField } from '@/components/ui/field.tsx';
import { Time } from '@/components/ui/time.tsx';
import { formatExact } from '@/lib/format.ts';
import { useOnce } from '@/lib/once.ts';
import { defaultGrace, graceSeconds } from '@/lib/rotation.ts';
import { Problem } from '@/problem.ts';
import { type KeyTarget, rotateKey } from '@/queries/key-actions.ts';
import type { Key, ReissuedKey } from '@/types.ts';
import { FormDialog } from './form-dialog.tsx';
import { GraceField } from './grace-field.tsx';

interface RotateDialogProps {
  readonly apiKey: Key;
  readonly target: KeyTarget;
  onClose(): void;
  onIssued(key: ReissuedKey): void;
}

interface Retiring {
  readonly hint: string | null;
  readonly until: string | null;
  readonly lastUsedAt: string | null;
}

/** A new secret; the old one goes on for a while. */
export function RotateDialog({ apiKey: key, target, onClose, onIssued }: RotateDialogProps) {
  const once = useOnce();
  const [grace, setGrace] = useState(defaultGrace);
  const [refused, setRefused] = useState<Retiring | null>(null);
  const [endRetiring, setEndRetiring] = useState(false);
  const retiring = retiringOf(key) ?? refused;
  const seconds = graceSeconds(grace);
  const run = async () => {
    const body = { gracePeriodSeconds: seconds ?? 0, endRetiring };
    try {
      onIssued(await once(body, (idempotencyKey) => rotateKey(target, body, idempotencyKey)));
    } catch (error) {
      const found = retiringIn(error);
      if (!found) throw error;
      setRefused(found);
      throw new Problem(409, {
        ...(error as Problem).document,
        detail: 'Another secret of this key is retiring already. Say below that it may end.',
      });
    }
  };
  return (
    <FormDialog
      title={`Rotate ${key.name}?`}
      description="The key gets a new secret, which is shown once. Name, scopes, limits and status stay."
      action="Make the new secret"
      fields={['gracePeriodSeconds']}
      isReady={seconds !== null && (retiring === null || endRetiring)}
      onClose={onClose}
      run={run}
    >
      {(errorOf) => (
        <>
          {retiring && (
            <Alert tone="amber" title="An older secret is still retiring">
              <p>
                {retiring.hint && <code className="font-mono text-sm">{retiring.hint}… </code>}
                {retiring.until && <>would have worked until {formatExact(retiring.until)}. </>}
                {retiring.lastUsedAt ? (
                  <>
                    It was last used <Time at={retiring.lastUsedAt} />.
                  </>
                ) : (
                  'It was never used.'
                )}{' '}
                A key has one retiring secret at most.
              </p>
              <div className="mt-2">
                <CheckboxField label="End it now" checked={endRetiring} onChange={setEndRetiring} />
              </div>
            </Alert>
          )}
          <GraceField
            apiKey={key}
            value={grace}
            onChange={setGrace}
            what="The old secret"
            error={errorOf('gracePeriodSeconds')}
          />
          <p className="text-muted">
            Give the new secret to every program that has the old one. The tab Rotation then shows who has not
            moved yet.
          </p>
        </>
      )}
    </FormDialog>
  );
}

function retiringOf(key: Key): Retiring | null {
  const secret = key.secrets.find(({ status }) => status === 'retiring');
  return secret ? { hint: secret.hint, until: secret.expiresAt, lastUsedAt: secret.lastUsedAt } : null;
}

/** The refusal names the secret that retires, where somebody else rotated meanwhile. */
function retiringIn(error: unknown): Retiring | null {
  if (!(error instanceof Problem) || typeof error.document.retiringSecretId !== 'string') return null;
  const { retiringUntil, lastUsedAt } = error.document;
  const text = (value: unknown) => (typeof value === 'string' ? value : null);
  return { hint: null, until: text(retiringUntil), lastUsedAt: text(lastUsedAt) };
}
