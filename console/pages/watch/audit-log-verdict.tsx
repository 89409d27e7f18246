import { useQuery } from '@tanstack/react-query';
import { ShieldAlert, ShieldCheck } from 'lucide-react';
import { useState } from 'react';
import { ProblemAlert } from '@/components/ui/alert.tsx';
import { Button } from '@/components/ui/button.tsx';
import { CodeBlock, Copyable, CopyButton } from '@/components/ui/copy.tsx';
import { Dialog } from '@/components/ui/dialog.tsx';
import { Facts } from '@/components/ui/page.tsx';
import { Skeleton } from '@/components/ui/skeleton.tsx';
import { Time } from '@/components/ui/time.tsx';
import { cn } from '@/lib/cn.ts';
import { formatCount, formatDuration } from '@/lib/format.ts';
import { problemOf } from '@/problem.ts';
import { checkpointQuery, verdictQuery } from '@/queries/audit.ts';
import type { AuditVerdict } from '@/types.ts';

/** Whether every entry is as it was written: each holds on to the one before it. */
export function ChainVerdict() {
  const query = useQuery(verdictQuery);
  const [isOpen, setOpen] = useState(false);
  const { data } = query;
  if (query.isPending) {
    return (
      <div role="status" className="relative mb-4">
        <Skeleton className="h-15" />
        <p className="absolute inset-0 flex items-center px-3 text-muted">
          Every entry is held against the one before it. With very many of them this takes some seconds.
        </p>
      </div>
    );
  }
  const isWhole = data?.verdict === 'whole';
  return (
    <div className="mb-4 flex flex-col gap-2">
      {query.isError && (
        <ProblemAlert
          problem={problemOf(query.error)}
          action={
            <Button size="sm" onClick={() => query.refetch()}>
              Try again
            </Button>
          }
        />
      )}
      {data && (
        <section
          aria-label="Verdict on the chain"
          className={cn(
            'flex flex-wrap items-center gap-x-4 gap-y-2 rounded-lg border px-3 py-2.5',
            isWhole ? 'border-line bg-raised' : 'border-red-line bg-red-soft text-red-ink',
          )}
        >
          <Verdict found={data} />
          <div className="flex flex-wrap gap-2">
            <Button size="sm" onClick={() => setOpen(true)}>
              Checkpoint
            </Button>
            <Button size="sm" isBusy={query.isFetching} onClick={() => query.refetch()}>
              Check now
            </Button>
          </div>
        </section>
      )}
      {isOpen && <CheckpointDialog onClose={() => setOpen(false)} />}
    </div>
  );
}

function Verdict({ found }: { readonly found: AuditVerdict }) {
  const { verdict, entries, checkedAt, tookMs, problem } = found;
  const isWhole = verdict === 'whole';
  const Icon = isWhole ? ShieldCheck : ShieldAlert;
  return (
    <div role={isWhole ? 'status' : 'alert'} className="flex min-w-64 flex-1 gap-2.5">
      <Icon className={cn('mt-0.5 size-5 shrink-0', isWhole && 'text-green-ink')} aria-hidden />
      <div className="min-w-0">
        <p className="font-medium">
          {isWhole
            ? `The chain is whole: ${entries === 1 ? 'the one entry is' : `all ${formatCount(entries)} entries are`} as written`
            : 'The chain is broken: the log is not as it was written'}
        </p>
        {problem && (
          <p>
            At number {formatCount(problem.seq)}: {problem.message}.{' '}
            {entries > 0 && 'Everything before it is as written.'}{' '}
            {problem.entryId && <Copyable text={problem.entryId} />}
          </p>
        )}
        <p className={cn('text-sm', isWhole && 'text-muted')}>
          Checked <Time at={checkedAt} />, in {formatDuration(tookMs)}.
        </p>
      </div>
    </div>
  );
}

function CheckpointDialog({ onClose }: { onClose(): void }) {
  const query = useQuery(checkpointQuery);
  const { data: checkpoint } = query;
  return (
    <Dialog
      title="The newest checkpoint"
      description="Keep it where nobody with access to the database can reach it. Who can write there can also cut off the last entries and all that knows of them; a checkpoint, signed with a key that is not in the database, shows that the chain was longer."
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Close</Button>
          {checkpoint && (
            <CopyButton tone="primary" label="Copy the checkpoint" text={JSON.stringify(checkpoint)} />
          )}
        </>
      }
    >
      {query.isError && !checkpoint ? (
        <ProblemAlert problem={problemOf(query.error)} />
      ) : checkpoint ? (
        <div className="flex flex-col gap-4">
          <Facts
            facts={[
              { label: 'Entries', value: formatCount(checkpoint.seq) },
              { label: 'Signed', value: <Time at={checkpoint.at} as="exact" /> },
              {
                label: 'Hash',
                value: <code className="break-all font-mono text-sm">{checkpoint.hash}</code>,
              },
              {
                label: 'Signature',
                value: <code className="break-all font-mono text-sm">{checkpoint.signature}</code>,
              },
            ]}
          />
          <p className="text-muted">
            Add the copied line to a file, and hold the data against it on the machine that has them:
          </p>
          <CodeBlock
            label="Verify with checkpoints"
            text="npx keyward audit verify --checkpoint checkpoints.ndjson"
          />
        </div>
      ) : query.isPending ? (
        <Skeleton className="h-40" />
      ) : (
        <p>There is none yet: the first comes seconds after the first entry.</p>
      )}
    </Dialog>
  );
}
