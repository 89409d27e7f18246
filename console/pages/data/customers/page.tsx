import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { Ellipsis, Pencil, Trash2, UserRoundX } from 'lucide-react';
import { useState } from 'react';
import { Members } from '@/components/records/json.tsx';
import { RecordFacts } from '@/components/records/record-facts.tsx';
import { ListLink, RecordPage } from '@/components/records/record-page.tsx';
import { useHolds } from '@/components/records/scopes.ts';
import { Alert } from '@/components/ui/alert.tsx';
import { Badge } from '@/components/ui/badge.tsx';
import { Button, IconButton } from '@/components/ui/button.tsx';
import { Copyable } from '@/components/ui/copy.tsx';
import { Menu, MenuItem } from '@/components/ui/menu.tsx';
import { PageFrame, Panel } from '@/components/ui/page.tsx';
import { Time } from '@/components/ui/time.tsx';
import { useEnvironment } from '@/environment.ts';
import { customers } from '@/queries/customers.ts';
import type { Customer } from '@/types.ts';
import { AnonymizeCustomer, DeleteCustomer } from './actions.tsx';
import { CustomerBelongings } from './belongings.tsx';
import { EditCustomer } from './forms.tsx';

export function CustomerPage() {
  const environment = useEnvironment();
  const { id } = useParams({ strict: false }) as { id: string };
  const query = useQuery(customers.one(environment, id));
  return (
    <RecordPage query={query} noun="customer" list={{ to: '/customers', label: 'Customers' }}>
      {(customer) => <Shown customer={customer} />}
    </RecordPage>
  );
}

function Shown({ customer }: { readonly customer: Customer }) {
  const { id, name, email, metadata, anonymizedAt, createdAt, updatedAt } = customer;
  return (
    <PageFrame
      title={name}
      badge={anonymizedAt && <Badge>Anonymised</Badge>}
      above={<ListLink to="/customers">Customers</ListLink>}
      actions={<Actions customer={customer} />}
    >
      <div className="flex flex-col gap-4">
        {anonymizedAt && (
          <Alert>
            Who this was is forgotten since <Time at={anonymizedAt} />. What belongs to the customer is still
            here.
          </Alert>
        )}
        <div className="grid items-start gap-4 xl:grid-cols-[minmax(0,5fr)_minmax(0,7fr)]">
          <div className="flex min-w-0 flex-col gap-4">
            <Panel title="Facts">
              <RecordFacts
                facts={[
                  {
                    label: 'E-mail address',
                    value:
                      email === null ? <span className="text-muted">Forgotten</span> : <bdi>{email}</bdi>,
                  },
                  { label: 'Id', value: <Copyable text={id} /> },
                  { label: 'Created', value: <Time at={createdAt} as="exact" /> },
                  { label: 'Changed', value: <Time at={updatedAt} as="exact" /> },
                  {
                    label: 'Telemetry',
                    value: (
                      <Link to="/telemetry" search={{ customerId: id }} className="hover:underline">
                        Records of the customer
                      </Link>
                    ),
                  },
                ]}
              />
            </Panel>
            <Panel title="Metadata">
              <Members label="Metadata as JSON" value={metadata} />
            </Panel>
          </div>
          <CustomerBelongings customer={customer} />
        </div>
      </div>
    </PageFrame>
  );
}

function Actions({ customer }: { readonly customer: Customer }) {
  const mayWrite = useHolds()('customers:write');
  const [open, setOpen] = useState<'edit' | 'anonymize' | 'delete' | null>(null);
  const props = { customer, onClose: () => setOpen(null) };
  if (!mayWrite) return null;
  const isKnown = customer.anonymizedAt === null;
  return (
    <>
      {isKnown && (
        <Button onClick={() => setOpen('edit')}>
          <Pencil aria-hidden />
          Edit
        </Button>
      )}
      <Menu
        trigger={
          <IconButton label="More actions" tone="plain">
            <Ellipsis />
          </IconButton>
        }
      >
        {isKnown && (
          <MenuItem tone="danger" onSelect={() => setOpen('anonymize')}>
            <UserRoundX aria-hidden />
            Anonymise
          </MenuItem>
        )}
        <MenuItem tone="danger" onSelect={() => setOpen('delete')}>
          <Trash2 aria-hidden />
          Delete
        </MenuItem>
      </Menu>
      {open === 'edit' && <EditCustomer {...props} />}
      {open === 'anonymize' && <AnonymizeCustomer {...props} />}
      {open === 'delete' && <DeleteCustomer {...props} />}
    </>
  );
}
