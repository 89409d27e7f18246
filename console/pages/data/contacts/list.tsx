import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { FileUp, Plus, Users } from 'lucide-react';
import { useState } from 'react';
import { filtersOf, RecordList } from '@/components/records/record-list.tsx';
import { CustomerLink, contactName } from '@/components/records/references.tsx';
import { useHolds } from '@/components/records/scopes.ts';
import { Button } from '@/components/ui/button.tsx';
import { Copyable } from '@/components/ui/copy.tsx';
import type { Column } from '@/components/ui/data-table.tsx';
import { PageFrame } from '@/components/ui/page.tsx';
import { Time } from '@/components/ui/time.tsx';
import { useEnvironment } from '@/environment.ts';
import { useFilters } from '@/lib/search-params.ts';
import { contacts } from '@/queries/contacts.ts';
import type { Contact } from '@/types.ts';
import { CreateContact } from './forms.tsx';
import { ImportContacts } from './import.tsx';

const columns: readonly Column<Contact>[] = [
  {
    id: 'name',
    header: 'Name',
    isFixed: true,
    cell: (contact) => (
      <Link to="/contacts/$id" params={{ id: contact.id }} className="font-medium hover:underline">
        <bdi>{contactName(contact)}</bdi>
      </Link>
    ),
  },
  {
    id: 'email',
    header: 'E-mail address',
    className: 'hidden sm:table-cell',
    cell: ({ email }) => <bdi>{email}</bdi>,
  },
  {
    id: 'phone',
    header: 'Phone number',
    className: 'w-36 hidden lg:table-cell',
    cell: ({ phone }) => <bdi>{phone}</bdi>,
  },
  {
    id: 'customer',
    header: 'Customer',
    className: 'w-44 hidden md:table-cell',
    cell: ({ customerId }) => <CustomerLink id={customerId} />,
  },
  {
    id: 'id',
    header: 'Id',
    className: 'w-72 hidden xl:table-cell',
    isExtra: true,
    cell: ({ id }) => <Copyable text={id} />,
  },
  {
    id: 'created',
    header: 'Created',
    className: 'w-28 sm:w-32',
    cell: ({ createdAt }) => <Time at={createdAt} />,
  },
];

export function ContactsPage() {
  const environment = useEnvironment();
  const holds = useHolds();
  const mayWrite = holds('contacts:write');
  const [params] = useFilters();
  const query = useInfiniteQuery(contacts.list(environment, filtersOf(params, ['q', 'customerId'])));
  const navigate = useNavigate();
  const [open, setOpen] = useState<'create' | 'import' | null>(null);
  const importButton = holds('contacts:write', 'bulk:write') && (
    <Button onClick={() => setOpen('import')}>
      <FileUp aria-hidden />
      Import
    </Button>
  );
  return (
    <PageFrame
      title="Contacts"
      description="People with whom you, or your customers, are in touch: an e-mail address, a phone number, and what your systems know of them."
      actions={
        <>
          {importButton}
          {mayWrite && (
            <Button tone="primary" onClick={() => setOpen('create')}>
              <Plus aria-hidden />
              Create contact
            </Button>
          )}
        </>
      }
    >
      <RecordList
        label="Contacts"
        noun="contact"
        icon={Users}
        columns={columns}
        query={query}
        search="Search by name, e-mail or number"
        filters={[{ name: 'customerId', label: 'Customer', of: 'customer' }]}
        onOpen={({ id }) => void navigate({ to: '/contacts/$id', params: { id } })}
        empty="Conversations are held with contacts. Create one, import a spreadsheet of them, or let a program send them to POST /api/v1/contacts."
        emptyAction={
          mayWrite && (
            <>
              {importButton}
              <Button tone="primary" onClick={() => setOpen('create')}>
                Create the first contact
              </Button>
            </>
          )
        }
      />
      {open === 'create' && <CreateContact customerId={params.customerId} onClose={() => setOpen(null)} />}
      {open === 'import' && <ImportContacts onClose={() => setOpen(null)} />}
    </PageFrame>
  );
}
