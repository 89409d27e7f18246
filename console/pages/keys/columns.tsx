import { Link } from '@tanstack/react-router';
import { User } from 'lucide-react';
import { KeyStatus, LimitWords, ListedScopes, WarningSign } from '@/components/keys.tsx';
import { Badge, EnvironmentBadge } from '@/components/ui/badge.tsx';
import { Copyable } from '@/components/ui/copy.tsx';
import type { Column } from '@/components/ui/data-table.tsx';
import { Time } from '@/components/ui/time.tsx';
import type { Key } from '@/types.ts';
import { KeyRowMenu } from './row-menu.tsx';

function NameCell({ apiKey: key }: { readonly apiKey: Key }) {
  const whose = key.ownerUser?.name ?? 'a former member';
  return (
    <span className="flex min-w-0 items-center gap-1.5">
      <Link
        to="/keys/$id"
        params={{ id: key.id }}
        title={key.name}
        className="truncate font-medium hover:underline"
      >
        {key.name}
      </Link>
      <WarningSign warnings={key.warnings} />
      {key.owner === 'user' && (
        <Badge title={`Personal key of ${whose}`} className="shrink-0">
          <User aria-hidden />
          <span className="sr-only">Personal key of </span>
          <span className="max-w-20 truncate @max-[640px]:sr-only">{whose}</span>
        </Badge>
      )}
    </span>
  );
}

/** What the list says of a key. Classes go by the width of the list: the page has a side bar on wide screens only. */
export const keyColumns: readonly Column<Key>[] = [
  {
    id: 'name',
    header: 'Name',
    isFixed: true,
    sort: ['name', '-name'],
    cell: (key) => <NameCell apiKey={key} />,
  },
  {
    id: 'hint',
    header: 'Secret',
    className: 'hidden w-[168px] @min-[960px]:table-cell',
    cell: (key) => <Copyable text={key.hint} className="text-xs" />,
  },
  {
    id: 'environment',
    header: 'Environment',
    className: 'hidden w-[100px] @min-[1120px]:table-cell',
    cell: (key) => <EnvironmentBadge environment={key.environment} />,
  },
  {
    id: 'scopes',
    header: 'Scopes',
    className: 'hidden w-[184px] @min-[700px]:table-cell',
    cell: (key) => <ListedScopes keyOf={key} />,
  },
  {
    id: 'limits',
    header: 'Limits',
    className: 'hidden w-[88px] @min-[800px]:table-cell',
    cell: (key) => <LimitWords limit={key.rateLimit} />,
  },
  { id: 'status', header: 'Status', className: 'w-[92px]', cell: (key) => <KeyStatus status={key.status} /> },
  {
    id: 'lastUsed',
    header: 'Last used',
    className: 'hidden w-[122px] text-sm @min-[500px]:table-cell',
    sort: ['-lastUsed', 'lastUsed'],
    cell: (key) => <Time at={key.lastUsedAt} />,
  },
  {
    id: 'created',
    header: 'Created',
    className: 'hidden w-[122px] text-sm @min-[1060px]:table-cell',
    sort: ['-created', 'created'],
    cell: (key) => <Time at={key.createdAt} />,
  },
  {
    id: 'expires',
    header: 'Ends',
    className: 'hidden w-[122px] text-sm @min-[500px]:table-cell',
    isExtra: true,
    cell: (key) => <Time at={key.expiresAt} />,
  },
  {
    id: 'rotation',
    header: 'Rotation due',
    className: 'hidden w-[122px] text-sm @min-[500px]:table-cell',
    isExtra: true,
    cell: (key) => <Time at={key.rotationDueAt} />,
  },
  {
    id: 'menu',
    header: 'Actions',
    className: 'w-11',
    isFixed: true,
    cell: (key) => <KeyRowMenu apiKey={key} />,
  },
];
