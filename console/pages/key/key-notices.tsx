import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Alert } from '@/components/ui/alert.tsx';
import { Button } from '@/components/ui/button.tsx';
import { Time } from '@/components/ui/time.tsx';
import { formatExact } from '@/lib/format.ts';
import { useNow } from '@/lib/now.ts';
import { keyQuery } from '@/queries/keys.ts';
import type { Key, Propagation } from '@/types.ts';
import { type KeyDialog, useKeyPage } from './key-context.tsx';
import type { KeyRights } from './rights.ts';

/** What somebody who opens the page has to know first, each with the click that settles it. */
export function KeyNotices() {
  const { apiKey: key, rights, open } = useKeyPage();
  const now = useNow();
  const isEnding = key.endsAt !== null && Date.parse(key.endsAt) > now;
  return (
    <>
      {key.status === 'inactive' && (
        <Alert title="Every request with this key is refused">
          It was revoked <Time at={key.revokedAt} />
          {key.revokedReason && <>: “{key.revokedReason}”</>}. Nothing is deleted, and it can be activated
          again.
        </Alert>
      )}
      {key.status === 'expired' && (
        <Alert
          tone="amber"
          title="Every request with this key is refused"
          action={
            rights.mayChange && (
              <Button size="sm" onClick={() => open({ kind: 'edit', focus: 'expiry' })}>
                Change the end
              </Button>
            )
          }
        >
          It expired <Time at={key.expiresAt} />. With a later end it works again.
        </Alert>
      )}
      {key.replacedBy && key.status !== 'expired' && (
        <Alert tone="blue">
          Replaced by <LinkedKey id={key.replacedBy} environment={key.environment} />.
          {isEnding && key.endsAt && (
            <>
              {' '}
              This key stops <Time at={key.endsAt} />, on {formatExact(key.endsAt)}. Until then both draw on
              the same limits.
            </>
          )}
        </Alert>
      )}
      {key.status === 'active' &&
        key.warnings.map((warning) => <WarningNotice key={warning.code} warning={warning} />)}
    </>
  );
}

interface Remedy {
  readonly label: string;
  readonly right: keyof KeyRights;
  readonly dialog: KeyDialog;
}

const remedies: Readonly<Record<string, Remedy>> = {
  rotation_due: { label: 'Rotate', right: 'mayChange', dialog: { kind: 'rotate' } },
  secret_too_old: { label: 'Rotate', right: 'mayChange', dialog: { kind: 'rotate' } },
  unused_30_days: { label: 'Revoke', right: 'mayEnd', dialog: { kind: 'revoke' } },
  never_used: { label: 'Revoke', right: 'mayEnd', dialog: { kind: 'revoke' } },
  generic_name: { label: 'Rename', right: 'mayChange', dialog: { kind: 'edit', focus: 'name' } },
  expires_soon: { label: 'Change the end', right: 'mayChange', dialog: { kind: 'edit', focus: 'expiry' } },
  inherits_all_scopes: { label: 'Replace', right: 'mayCreate', dialog: { kind: 'replace' } },
  scopes_withheld: { label: 'Replace', right: 'mayCreate', dialog: { kind: 'replace' } },
};

function WarningNotice({ warning: { code, message } }: { readonly warning: Key['warnings'][number] }) {
  const { apiKey: key, rights, open } = useKeyPage();
  const remedy = remedies[code];
  const isPossible = remedy && rights[remedy.right] && (remedy.dialog.kind !== 'replace' || !key.endsAt);
  return (
    <Alert
      tone="amber"
      action={
        isPossible && (
          <Button size="sm" onClick={() => open(remedy.dialog)}>
            {remedy.label}
          </Button>
        )
      }
    >
      {message}
    </Alert>
  );
}

interface LinkedKeyProps {
  readonly id: string;
  readonly environment: Key['environment'];
}

/** Another key by its name, as long as it is there. */
export function LinkedKey({ id, environment }: LinkedKeyProps) {
  const { data, isError } = useQuery({ ...keyQuery(environment, id), retry: false });
  if (isError) return <code className="font-mono text-sm">{id}</code>;
  return (
    <Link
      to="/keys/$id"
      params={{ id }}
      search={(before: { env?: string }) => ({ env: before.env })}
      className="font-medium underline underline-offset-2"
    >
      {data?.name ?? id}
    </Link>
  );
}

/** Nodes that may go on for a moment as if a change had not been made. */
export function PendingNodes({ pending }: { readonly pending: Propagation['pending'] }) {
  const now = useNow();
  const open = pending.filter(({ mayAcceptUntil }) => Date.parse(mayAcceptUntil) > now);
  if (open.length === 0) return null;
  return (
    <Alert tone="amber" role="status" title="Not every node acts on the change yet">
      <ul>
        {open.map(({ nodeId, mayAcceptUntil }) => (
          <li key={nodeId}>
            <code className="font-mono text-sm">{nodeId}</code> may go on as before until{' '}
            {formatExact(mayAcceptUntil)}.
          </li>
        ))}
      </ul>
    </Alert>
  );
}
