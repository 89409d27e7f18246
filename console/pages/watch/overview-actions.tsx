import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { RevokeDialog } from '@/components/revoke-dialog.tsx';
import { Button } from '@/components/ui/button.tsx';
import { toast } from '@/components/ui/toast.tsx';
import { useEnvironment } from '@/environment.ts';
import { problemOf } from '@/problem.ts';
import { keyQuery } from '@/queries/keys.ts';
import { keyArea, useMay } from '@/session.ts';
import type { Key } from '@/types.ts';
import { type Concern, errorFilter } from './overview-flags.ts';

/** What settles a concern, each with one click; only what the role may do. */
export function ConcernActions({ concern }: { readonly concern: Concern }) {
  const environment = useEnvironment();
  const may = useMay();
  const mayWrite = may(keyArea(environment), 'write');
  const { keyId, name, code, cause } = concern;
  const usage = (range: string) => (
    <To label="See its usage" name={name} to="/keys/$id/usage" id={keyId} search={{ range }} />
  );
  const dialog = (label: string, kind: string) =>
    mayWrite && <To label={label} name={name} to="/keys/$id" id={keyId} search={{ do: kind }} />;
  const revoke = mayWrite && <RevokeButton id={keyId} name={name} />;
  switch (code) {
    case 'limit_reached':
    case 'day_limit_near':
      return (
        <>
          {usage('24h')}
          {dialog('Change its limits', 'edit')}
        </>
      );
    case 'error_rate':
      return (
        <>
          {may('logs', 'read') ? (
            <To label="Show the errors" name={name} to="/logs" search={{ keyId, ...errorFilter(cause) }} />
          ) : (
            usage('24h')
          )}
          {errorFilter(cause).status === '429' && dialog('Change its limits', 'edit')}
        </>
      );
    case 'silent':
    case 'spike':
      return (
        <>
          {usage('7d')}
          {revoke}
        </>
      );
    case 'dip':
      return usage('30d');
    case 'expires_soon':
      return dialog('Move its end', 'expiry');
    case 'rotation_due':
      return dialog('Rotate', 'rotate');
    case 'unused_30_days':
      return revoke || usage('90d');
    case 'never_used':
      return dialog('Delete', 'delete');
    case 'inherits_all_scopes':
      return <To label="See what it used" name={name} to="/keys/$id/access" id={keyId} />;
  }
}

interface ToProps {
  readonly label: string;
  /** Of the key, for those who hear one button after the other. */
  readonly name: string;
  readonly to: string;
  readonly id?: string;
  readonly search?: Readonly<Record<string, string>>;
}

function To({ label, name, to, id, search = {} }: ToProps) {
  return (
    <Button size="sm" asChild>
      <Link to={to} params={id === undefined ? undefined : { id }} search={search}>
        {label}
        <span className="sr-only">: {name}</span>
      </Link>
    </Button>
  );
}

/** Asks for the key first: the dialog needs more of it than an overview has. */
function RevokeButton({ id, name }: { readonly id: string; readonly name: string }) {
  const environment = useEnvironment();
  const client = useQueryClient();
  const [isBusy, setBusy] = useState(false);
  const [key, setKey] = useState<Key | null>(null);
  const open = async () => {
    setBusy(true);
    try {
      setKey(await client.fetchQuery(keyQuery(environment, id)));
    } catch (error) {
      toast({ title: `${name} did not come`, text: problemOf(error).message, tone: 'red' });
    }
    setBusy(false);
  };
  return (
    <>
      <Button size="sm" isBusy={isBusy} onClick={() => void open()}>
        Revoke
        <span className="sr-only">: {name}</span>
      </Button>
      {key && <RevokeDialog apiKey={key} onClose={() => setKey(null)} />}
    </>
  );
}
