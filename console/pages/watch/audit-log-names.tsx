import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { programName, targetName } from '@/lib/audit-words.ts';
import { kindOf } from '@/lib/job-words.ts';
import { showHidden } from '@/lib/pretty-json.ts';
import { memberQuery } from '@/queries/audit.ts';
import { keyQuery } from '@/queries/keys.ts';
import { useMay, useSession } from '@/session.ts';
import type { AuditEntry, Environment } from '@/types.ts';
import { isEnvironment } from '../../../src/core/environments.ts';

/** Pages of things, by how their ids begin. */
const pages: Readonly<Record<string, string>> = {
  key: '/keys/$id',
  art: '/knowledge-base/$id',
  cus: '/customers/$id',
  con: '/contacts/$id',
  cnv: '/conversations/$id',
  lic: '/licenses/$id',
  whk: '/webhooks/$id',
  job: '/jobs/$id',
};

const placeOf = (environment: string | null): Environment | null =>
  environment !== null && isEnvironment(environment) ? environment : null;

interface NamedProps {
  readonly id: string;
  /** null: the one of the page. */
  readonly environment: string | null;
  readonly children: ReactNode;
}

/** Leads to the page of the thing, in its environment; what has no page is only named. */
function Named({ id, environment, children }: NamedProps) {
  const to = pages[id.slice(0, id.indexOf('_'))];
  if (to === undefined) return <span title={id}>{children}</span>;
  return (
    <Link
      to={to}
      params={{ id }}
      search={(before: { env?: string }) => ({ env: placeOf(environment) ?? before.env })}
      title={id}
      className="underline-offset-4 hover:underline"
    >
      {children}
    </Link>
  );
}

function Foreign({ text }: { readonly text: string }) {
  return <bdi className="font-medium">{showHidden(text)}</bdi>;
}

const kept = { staleTime: 5 * 60_000, retry: false } as const;

function useKeyName(id: string, environment: string | null): string | undefined {
  const place = placeOf(environment);
  const { data } = useQuery({
    ...keyQuery(place ?? 'production', id),
    ...kept,
    enabled: id.startsWith('key_') && place !== null,
  });
  return data?.name;
}

function usePersonName(id: string): string | undefined {
  const { user } = useSession();
  const mayAsk = useMay()('members', 'read');
  const isOther = id.startsWith('usr_') && id !== user.id;
  const { data } = useQuery({ ...memberQuery(id), enabled: isOther && mayAsk });
  return id === user.id ? `${user.name} (you)` : data?.name;
}

/** Who did something: a person or key by name, as far as it is there and may be known. */
export function ActorName({ id, environment }: Omit<NamedProps, 'children'>) {
  const key = useKeyName(id, environment);
  const person = usePersonName(id);
  return (
    <Named id={id} environment={environment}>
      <Foreign text={key ?? person ?? (id.startsWith('job_') ? 'A job' : programName(id))} />
    </Named>
  );
}

/** Jobs have no name but what they are. */
function jobName(before: unknown, after: unknown): string | null {
  const { kind } = (after ?? before ?? {}) as { readonly kind?: unknown };
  return typeof kind === 'string' ? kindOf(kind).label : null;
}

/** What it was done to, as the entry calls it or as it is called now. */
export function TargetName({ entry }: { readonly entry: AuditEntry }) {
  const { targetId, before, after, environment } = entry;
  const told = targetId?.startsWith('job_') ? jobName(before, after) : targetName(before, after);
  const key = useKeyName(told === null ? (targetId ?? '') : '', environment);
  const person = usePersonName(told === null ? (targetId ?? '') : '');
  if (targetId === null) return told && <Foreign text={told} />;
  return (
    <Named id={targetId} environment={environment}>
      <Foreign text={told ?? key ?? person ?? targetId} />
    </Named>
  );
}
