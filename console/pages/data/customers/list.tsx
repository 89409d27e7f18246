import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { Building2, Plus } from 'lucide-react';
import { useState } from 'react';
import { filtersOf, RecordList } from '@/components/records/record-list.tsx';
import { useHolds } from '@/components/records/scopes.ts';
import { Badge } from '@/components/ui/badge.tsx';
import { Button } from '@/components/ui/button.tsx';
import { Copyable } from '@/components/ui/copy.tsx';
import type { Column } from '@/components/ui/data-table.tsx';
import { PageFrame } from '@/components/ui/page.tsx';
import { Time } from '@/components/ui/time.tsx';
import { useEnvironment } from '@/environment.ts';
import { useFilters } from '@/lib/search-params.ts';
import { customers } from '@/queries/customers.ts';
import type { Customer } from '@/types.ts';
import { CreateCustomer } from './forms.tsx';

const columns: readonly Column<Customer>[] = [
  {
    id: 'name',
    header: 'Name',
    isFixed: true,
    cell: ({ id, name, anonymizedAt }) => (
      <span className="flex min-w-0 items-center gap-2">
        <Link to="/customers/$id" params={{ id }} className="truncate font-medium hover:underline">
          <bdi>{name}</bdi>
        </Link>
        {anonymizedAt && <Badge>Anonymised</Badge>}
      </span>
    ),
  },
  {
    id: 'email',
    header: 'E-mail address',
    className: 'hidden sm:table-cell',
    cell: ({ email }) =>
      email === null ? <span className="text-muted">Forgotten</span> : <bdi>{email}</bdi>,
  },
  {
    id: 'id',
    header: 'Id',
    className: 'w-72 hidden xl:table-cell',
    isExtra: true,
    cell: ({ id }) => <Copyable text={id} />,
  },
  {
    id: 'updated',
    header: 'Changed',
    className: 'w-32 hidden lg:table-cell',
    cell: ({ updatedAt }) => <Time at={updatedAt} />,
  },
  {
    id: 'created',
    header: 'Created',
    className: 'w-28 sm:w-32',
    cell: ({ createdAt }) => <Time at={createdAt} />,
  },
];

export function CustomersPage() {
  const environment = useEnvironment();
  const mayWrite = useHolds()('customers:write');
  const [params] = useFilters();
  const query = useInfiniteQuery(customers.list(environment, filtersOf(params, ['q'])));
  const navigate = useNavigate();
  const [isCreating, setCreating] = useState(false);
  return (
    <PageFrame
      title="Customers"
      description="Companies and people whom you serve. Contacts, licences and telemetry belong to them, and a key can be restricted to some of them."
      actions={
        mayWrite && (
          <Button tone="primary" onClick={() => setCreating(true)}>
            <Plus aria-hidden />
            Create customer
          </Button>
        )
      }
    >
      <RecordList
        label="Customers"
        noun="customer"
        icon={Building2}
        columns={columns}
        query={query}
        search="Search by name or e-mail"
        onOpen={({ id }) => void navigate({ to: '/customers/$id', params: { id } })}
        rowClass={({ anonymizedAt }) => (anonymizedAt ? 'text-muted' : undefined)}
        empty="A customer is what a licence is given to, and whose data a restricted key sees. Create one here, or let a program do it with POST /api/v1/customers."
        emptyAction={
          mayWrite && (
            <Button tone="primary" onClick={() => setCreating(true)}>
              Create the first customer
            </Button>
          )
        }
      />
      {isCreating && <CreateCustomer onClose={() => setCreating(false)} />}
    </PageFrame>
  );
}
