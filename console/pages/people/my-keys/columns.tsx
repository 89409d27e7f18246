import { Link } from '@tanstack/react-router';
import { KeyStatus, LimitWords, ScopeWords, WarningSign } from '@/components/keys.tsx';
import { Badge } from '@/components/ui/badge.tsx';
import { Copyable } from '@/components/ui/copy.tsx';
import type { Column } from '@/components/ui/data-table.tsx';
import { Time } from '@/components/ui/time.tsx';
import { useNow } from '@/lib/now.ts';
import type { Key } from '@/types.ts';
import type { KeyAction } from './actions.tsx';
import { isRotationDue } from './reminder.tsx';
import { MyKeyMenu } from './row-menu.tsx';

function Name({ apiKey: key }: { readonly apiKey: Key }) {
  const isDue = isRotationDue(key, useNow());
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
      {isDue && (
        <Badge tone="amber" className="shrink-0">
          Rotate
        </Badge>
      )}
      <WarningSign warnings={key.warnings.filter(({ code }) => code !== 'rotation_due')} />
    </span>
  );
}

function LastUse({ apiKey: { lastUsedAt, lastUsedIp } }: { readonly apiKey: Key }) {
  return (
    <span title={lastUsedIp ? `From ${lastUsedIp}` : undefined}>
      <Time at={lastUsedAt} />
    </span>
  );
}

export function columnsFor(onAction: (action: KeyAction) => void): readonly Column<Key>[] {
  return [
    { id: 'name', header: 'Name', isFixed: true, cell: (key) => <Name apiKey={key} /> },
    {
      id: 'id',
      header: 'Credential ID',
      className: 'w-72 hidden xl:table-cell',
      cell: (key) => <Copyable text={key.id} />,
    },
    {
      id: 'hint',
      header: 'Secret',
      className: 'w-44 hidden lg:table-cell',
      isExtra: true,
      cell: (key) => <Copyable text={key.hint} />,
    },
    {
      id: 'scopes',
      header: 'Scopes',
      className: 'w-44 hidden md:table-cell',
      cell: (key) => <ScopeWords keyOf={key} />,
    },
    {
      id: 'limits',
      header: 'Limits',
      className: 'w-28 hidden xl:table-cell',
      isExtra: true,
      cell: (key) => <LimitWords limit={key.rateLimit} />,
    },
    { id: 'status', header: 'Status', className: 'w-24', cell: (key) => <KeyStatus status={key.status} /> },
    {
      id: 'lastUsed',
      header: 'Last used',
      className: 'w-32 hidden sm:table-cell',
      cell: (key) => <LastUse apiKey={key} />,
    },
    {
      id: 'rotation',
      header: 'Rotate by',
      className: 'w-32 hidden lg:table-cell',
      cell: (key) => <Time at={key.rotationDueAt} />,
    },
    {
      id: 'menu',
      header: 'Actions',
      className: 'w-12',
      isFixed: true,
      cell: (key) => <MyKeyMenu apiKey={key} onAction={onAction} />,
    },
  ];
}
