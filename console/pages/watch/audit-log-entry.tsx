import type { ReactNode } from 'react';
import { AuditChanges } from '@/components/audit-changes.tsx';
import { Badge, EnvironmentBadge } from '@/components/ui/badge.tsx';
import { Copyable } from '@/components/ui/copy.tsx';
import { Dialog } from '@/components/ui/dialog.tsx';
import { Facts } from '@/components/ui/page.tsx';
import { Time } from '@/components/ui/time.tsx';
import { actionLabel, actionWords } from '@/lib/audit-words.ts';
import { formatCount } from '@/lib/format.ts';
import type { AuditEntry } from '@/types.ts';
import { isEnvironment } from '../../../src/core/environments.ts';
import { ActorName, TargetName } from './audit-log-names.tsx';

/** Who did what to what, as a sentence. */
export function EntryWords({ entry }: { readonly entry: AuditEntry }) {
  const { did, hasTarget } = actionWords(entry.action);
  return (
    <>
      <ActorName id={entry.actor.id} environment={entry.environment} /> {did}
      {hasTarget && (
        <>
          {' '}
          <TargetName entry={entry} />
        </>
      )}
    </>
  );
}

export function EntryPlace({ environment }: { readonly environment: string | null }) {
  if (environment !== null && isEnvironment(environment))
    return <EnvironmentBadge environment={environment} />;
  return <span className="text-muted">None</span>;
}

interface EntryDialogProps {
  readonly entry: AuditEntry;
  onClose(): void;
  onFilter(changes: { readonly actorId?: string; readonly targetId?: string }): void;
}

/** An entry in full, with what was before and after it. */
export function EntryDialog({ entry, onClose, onFilter }: EntryDialogProps) {
  const { actor, targetId, before, after } = entry;
  return (
    <Dialog
      place="side"
      title={actionLabel(entry.action)}
      description={<EntryWords entry={entry} />}
      onClose={onClose}
    >
      <div className="flex flex-col gap-5">
        <Facts
          facts={[
            { label: 'When', value: <Time at={entry.at} as="exact" /> },
            {
              label: 'Who',
              value: (
                <Narrowing label="All that this one did" onClick={() => onFilter({ actorId: actor.id })}>
                  <Copyable text={actor.id} />
                  <Badge>{actor.type}</Badge>
                </Narrowing>
              ),
            },
            ...(targetId
              ? [
                  {
                    label: 'To what',
                    value: (
                      <Narrowing label="All that was done to it" onClick={() => onFilter({ targetId })}>
                        <Copyable text={targetId} />
                      </Narrowing>
                    ),
                  },
                ]
              : []),
            {
              label: 'From',
              value: entry.ip ? <Copyable text={entry.ip} /> : <span className="text-muted">No address</span>,
            },
            { label: 'Environment', value: <EntryPlace environment={entry.environment} /> },
            { label: 'Action', value: <code className="font-mono text-sm">{entry.action}</code> },
            ...(entry.requestId ? [{ label: 'Request', value: <Copyable text={entry.requestId} /> }] : []),
            { label: 'Entry', value: <Copyable text={entry.id} /> },
            { label: 'In the chain', value: `Number ${formatCount(entry.seq)}` },
          ]}
        />
        <section className="flex flex-col gap-2">
          <h3 className="font-medium">
            {before === null ? 'What it became' : after === null ? 'What it was' : 'What changed'}
          </h3>
          <AuditChanges before={before} after={after} />
        </section>
      </div>
    </Dialog>
  );
}

interface NarrowingProps {
  readonly label: string;
  onClick(): void;
  readonly children: ReactNode;
}

function Narrowing({ label, onClick, children }: NarrowingProps) {
  return (
    <span className="flex flex-wrap items-center gap-x-2 gap-y-1">
      {children}
      <button
        type="button"
        onClick={onClick}
        className="rounded text-accent text-sm underline-offset-4 hover:underline"
      >
        {label}
      </button>
    </span>
  );
}
