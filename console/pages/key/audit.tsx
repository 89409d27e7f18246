import { useInfiniteQuery } from '@tanstack/react-query';
import { ScrollText } from 'lucide-react';
import { useMemo } from 'react';
import { AuditChanges } from '@/components/audit-changes.tsx';
import { Copyable } from '@/components/ui/copy.tsx';
import { type Column, DataTable } from '@/components/ui/data-table.tsx';
import { Dialog } from '@/components/ui/dialog.tsx';
import { Empty } from '@/components/ui/empty.tsx';
import { Facts } from '@/components/ui/page.tsx';
import { Time } from '@/components/ui/time.tsx';
import { changesOf } from '@/lib/audit-changes.ts';
import { actionLabel } from '@/lib/audit-words.ts';
import { plural } from '@/lib/format.ts';
import { useFilters } from '@/lib/search-params.ts';
import { ActorName } from '@/pages/watch/audit-log-names.tsx';
import { auditQuery } from '@/queries/audit.ts';
import { useMay } from '@/session.ts';
import type { AuditEntry, Key } from '@/types.ts';
import { useKeyPage } from './key-context.tsx';

/** "Revoked", "Ended an old secret": which key it was is plain on its page. */
const wordsFor = (action: string) => actionLabel(action).replace(/(?: for| of)? the key$/, '');

/** Who did what to the key. */
export function KeyAudit() {
  const { apiKey: key } = useKeyPage();
  if (!useMay()('audit', 'read')) {
    return (
      <Empty icon={ScrollText} title="The audit log is for owners and admins">
        Ask one of them who changed this key and when.
      </Empty>
    );
  }
  return <Entries apiKey={key} />;
}

function columnsFor(environment: Key['environment'], open: (id: string) => void): Column<AuditEntry>[] {
  return [
    {
      id: 'action',
      header: 'What',
      isFixed: true,
      className: 'w-56 max-sm:w-44',
      cell: (entry) => (
        <button
          type="button"
          onClick={() => open(entry.id)}
          className="max-w-full truncate rounded font-medium hover:underline"
        >
          {wordsFor(entry.action)}
        </button>
      ),
    },
    {
      id: 'changes',
      header: 'Fields',
      className: 'hidden md:table-cell',
      cell: (entry) => <span className="text-muted">{fieldsOf(entry)}</span>,
    },
    {
      id: 'who',
      header: 'Who',
      className: 'max-sm:hidden',
      cell: (entry) => <ActorName id={entry.actor.id} environment={environment} />,
    },
    {
      id: 'ip',
      header: 'Address',
      className: 'w-40 hidden lg:table-cell',
      cell: (entry) => (entry.ip ? <Copyable text={entry.ip} /> : <span className="text-muted">None</span>),
    },
    { id: 'at', header: 'When', className: 'w-36', cell: (entry) => <Time at={entry.at} /> },
  ];
}

/** The names of what changed; of what is new or gone only how much there is. */
function fieldsOf({ before, after }: AuditEntry): string {
  const changes = changesOf(before, after);
  if (changes.length === 0) return '';
  if (before === null || after === null) return plural(changes.length, 'value');
  return changes.map(({ label }) => label).join(', ');
}

function Entries({ apiKey: key }: { readonly apiKey: Key }) {
  const [{ entry: openId }, change] = useFilters();
  const query = useInfiniteQuery({ ...auditQuery({ targetId: key.id }), staleTime: 0 });
  const rows = useMemo(() => query.data?.pages.flatMap(({ data }) => data) ?? [], [query.data]);
  const columns = useMemo(
    () => columnsFor(key.environment, (id) => change({ entry: id })),
    [key.environment, change],
  );
  const opened = rows.find(({ id }) => id === openId);
  return (
    <>
      <DataTable
        label="Changes of the key"
        columns={columns}
        query={query}
        idOf={(entry) => entry.id}
        onOpen={(entry) => change({ entry: entry.id })}
        empty={
          <Empty icon={ScrollText} title="Nothing was written down yet">
            Every change of the key stands here, with who made it.
          </Empty>
        }
      />
      {opened && <Entry entry={opened} apiKey={key} onClose={() => change({ entry: undefined })} />}
    </>
  );
}

interface EntryProps {
  readonly entry: AuditEntry;
  readonly apiKey: Key;
  onClose(): void;
}

function Entry({ entry, apiKey: key, onClose }: EntryProps) {
  return (
    <Dialog place="side" title={`${wordsFor(entry.action)}: ${key.name}`} onClose={onClose}>
      <div className="flex flex-col gap-5">
        <Facts
          facts={[
            { label: 'When', value: <Time at={entry.at} as="exact" /> },
            { label: 'Who', value: <ActorName id={entry.actor.id} environment={key.environment} /> },
            { label: 'From', value: entry.ip ? <Copyable text={entry.ip} /> : 'No address' },
            { label: 'Action', value: <code className="font-mono text-sm">{entry.action}</code> },
            ...(entry.requestId ? [{ label: 'Request', value: <Copyable text={entry.requestId} /> }] : []),
            { label: 'Entry', value: <Copyable text={entry.id} /> },
            { label: 'In the chain', value: `Number ${entry.seq}` },
          ]}
        />
        <section className="flex flex-col gap-2">
          <h3 className="font-medium">
            {entry.before === null ? 'What it became' : entry.after === null ? 'What it was' : 'What changed'}
          </h3>
          <AuditChanges before={entry.before} after={entry.after} />
        </section>
      </div>
    </Dialog>
  );
}
