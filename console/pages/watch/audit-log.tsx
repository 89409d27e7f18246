import { useInfiniteQuery } from '@tanstack/react-query';
import { FileClock } from 'lucide-react';
import { useMemo } from 'react';
import { Button } from '@/components/ui/button.tsx';
import { type Column, DataTable } from '@/components/ui/data-table.tsx';
import { Empty } from '@/components/ui/empty.tsx';
import { PageFrame } from '@/components/ui/page.tsx';
import { Time } from '@/components/ui/time.tsx';
import { useFilters } from '@/lib/search-params.ts';
import { auditQuery } from '@/queries/audit.ts';
import { useMay } from '@/session.ts';
import type { AuditEntry } from '@/types.ts';
import { EntryDialog, EntryPlace, EntryWords } from './audit-log-entry.tsx';
import { AuditFilterBar } from './audit-log-filters.tsx';
import { ChainVerdict } from './audit-log-verdict.tsx';

export function AuditLogPage() {
  const mayRead = useMay()('audit', 'read');
  return (
    <PageFrame
      title="Audit log"
      description="Who changed what, in all environments of the organisation. Entries are kept for ever, and each holds on to the one before it, so that nobody changes one unnoticed."
    >
      {mayRead ? (
        <>
          <ChainVerdict />
          <Entries />
        </>
      ) : (
        <Empty icon={FileClock} title="The audit log is for owners and admins">
          Ask one of them who changed something, and when.
        </Empty>
      )}
    </PageFrame>
  );
}

function columnsFor(open: (id: string) => void): Column<AuditEntry>[] {
  return [
    {
      id: 'what',
      header: 'What happened',
      isFixed: true,
      cell: (entry) => <EntryWords entry={entry} />,
    },
    {
      id: 'environment',
      header: 'Environment',
      className: 'w-32 hidden md:table-cell',
      cell: ({ environment }) => <EntryPlace environment={environment} />,
    },
    {
      id: 'ip',
      header: 'Address',
      className: 'w-40 hidden lg:table-cell',
      cell: ({ ip }) => ip && <span className="font-mono text-sm">{ip}</span>,
    },
    {
      id: 'action',
      header: 'Action',
      className: 'w-56 hidden xl:table-cell',
      isExtra: true,
      cell: ({ action }) => <code className="font-mono text-sm">{action}</code>,
    },
    {
      id: 'seq',
      header: 'Number',
      className: 'w-24 text-right hidden xl:table-cell',
      isExtra: true,
      cell: ({ seq }) => seq,
    },
    {
      id: 'at',
      header: 'When',
      className: 'w-36 max-sm:w-32',
      isFixed: true,
      cell: ({ id, at }) => (
        <button type="button" onClick={() => open(id)} className="rounded hover:underline">
          <Time at={at} />
        </button>
      ),
    },
  ];
}

const noFilters = { action: '', actorId: '', targetId: '', in: '', from: '', to: '' };

function Entries() {
  // `env` is the switch in the header, which does not narrow this list.
  const [{ action, actorId, targetId, in: environment, from, to, entry: openId }, change] = useFilters();
  const filters = { action, actorId, targetId, environment, from, to };
  const query = useInfiniteQuery(auditQuery(filters));
  const columns = useMemo(() => columnsFor((id) => change({ entry: id })), [change]);
  const opened = query.data?.pages.flatMap(({ data }) => data).find(({ id }) => id === openId);
  return (
    <>
      <DataTable
        label="Audit log"
        columns={columns}
        query={query}
        idOf={({ id }) => id}
        onOpen={({ id }) => change({ entry: id })}
        toolbar={<AuditFilterBar filters={filters} change={change} />}
        empty={
          <Empty
            icon={FileClock}
            title="No entry is like that"
            action={<Button onClick={() => change(noFilters)}>Clear the filters</Button>}
          >
            Nothing in the audit log passes these filters.
          </Empty>
        }
      />
      {opened && (
        <EntryDialog
          entry={opened}
          onClose={() => change({ entry: undefined })}
          onFilter={(changes) => change({ ...changes, entry: undefined })}
        />
      )}
    </>
  );
}
