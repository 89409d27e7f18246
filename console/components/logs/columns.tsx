import type { MouseEvent, ReactNode } from 'react';
import type { Column } from '@/components/ui/data-table.tsx';
import { cn } from '@/lib/cn.ts';
import { formatBytes, formatDuration } from '@/lib/format.ts';
import type { LogEntry } from '@/types.ts';
import { Foreign, LogTime, RequestWords, StatusBadge } from './cells.tsx';

interface Opening {
  /** The address of the page with this request opened. */
  hrefOf(id: string, view?: string): string;
  open(id: string, view?: string): void;
}

interface OpenLinkProps extends Opening {
  readonly entry: LogEntry;
  readonly view?: string;
  readonly label?: string;
  readonly className?: string;
  readonly children: ReactNode;
}

/** A plain link: one of the router looks at the whole address in each row, which is felt while rows fly by. */
function OpenLink({ entry: { requestId }, view, label, className, hrefOf, open, children }: OpenLinkProps) {
  const click = (event: MouseEvent) => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    open(requestId, view);
  };
  return (
    <a
      href={hrefOf(requestId, view)}
      onClick={click}
      title={label}
      className={cn('hover:underline', className)}
    >
      {children}
    </a>
  );
}

const key: Column<LogEntry> = {
  id: 'key',
  header: 'Key',
  className: 'w-44 hidden xl:table-cell',
  cell: ({ keyId, keyName }) => <Foreign text={keyName ?? keyId ?? ''} />,
};

/** The page of a key need not say in each row whose request it was. */
export function logColumns(opening: Opening, isOfKey: boolean): readonly Column<LogEntry>[] {
  return [...beginning(opening), ...(isOfKey ? [] : [key]), ...end];
}

const beginning = (opening: Opening): readonly Column<LogEntry>[] => [
  {
    id: 'at',
    header: 'Time',
    className: 'w-28 lg:w-44',
    isFixed: true,
    cell: ({ at }) => <LogTime at={at} />,
  },
  {
    id: 'status',
    header: 'Status',
    className: 'w-16 md:w-56',
    isFixed: true,
    cell: (entry) => (
      <span className="flex items-center gap-2">
        <StatusBadge status={entry.status} isShort />
        {entry.code && (
          <OpenLink {...opening} entry={entry} view="why" label="Why?" className="truncate max-md:hidden">
            <span className="font-mono text-sm">{entry.code}</span>
          </OpenLink>
        )}
      </span>
    ),
  },
  {
    id: 'request',
    header: 'Request',
    isFixed: true,
    cell: (entry) => (
      <OpenLink {...opening} entry={entry}>
        <RequestWords method={entry.method} path={entry.path} />
      </OpenLink>
    ),
  },
];

const end: readonly Column<LogEntry>[] = [
  {
    id: 'duration',
    header: 'Took',
    className: 'w-20 text-right hidden sm:table-cell',
    cell: ({ durationMs }) => formatDuration(durationMs),
  },
  {
    id: 'ip',
    header: 'Address',
    className: 'w-36 hidden min-[1400px]:table-cell',
    cell: ({ ip }) => <span className="font-mono text-sm">{ip}</span>,
  },
  {
    id: 'userAgent',
    header: 'Program',
    className: 'w-48 hidden xl:table-cell',
    isExtra: true,
    cell: ({ userAgent }) => <Foreign text={userAgent} className="text-muted" />,
  },
  {
    id: 'clientRequestId',
    header: 'Caller’s id',
    className: 'w-40 hidden xl:table-cell',
    isExtra: true,
    cell: ({ clientRequestId }) => <Foreign text={clientRequestId ?? ''} className="font-mono text-sm" />,
  },
  {
    id: 'bytes',
    header: 'Answer',
    className: 'w-24 text-right hidden xl:table-cell',
    isExtra: true,
    cell: ({ responseBytes }) => formatBytes(responseBytes),
  },
];
