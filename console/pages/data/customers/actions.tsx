import { useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { Confirm } from '@/components/ui/confirm.tsx';
import { toast } from '@/components/ui/toast.tsx';
import { useEnvironment } from '@/environment.ts';
import { plural } from '@/lib/format.ts';
import { anonymizeCustomer, customers, revokeKeysFor } from '@/queries/customers.ts';
import { refreshKeys } from '@/queries/keys.ts';
import type { Customer } from '@/types.ts';

interface ActionProps {
  readonly customer: Customer;
  onClose(): void;
}

export function DeleteCustomer({ customer, onClose }: ActionProps) {
  const environment = useEnvironment();
  const client = useQueryClient();
  const navigate = useNavigate();
  return (
    <Confirm
      title={`Delete ${customer.name}?`}
      action="Delete customer"
      tone="danger"
      onClose={onClose}
      run={async () => {
        await customers.remove(environment, customer.id);
        toast({ title: `${customer.name} is deleted` });
        await navigate({ to: '/customers' });
        await customers.forget(client, environment, customer.id);
      }}
    >
      <p>The customer is gone for ever, and the e-mail address is free for another one.</p>
      <p>
        This is refused while an API key is for the customer, or a contact, licence, conversation or telemetry
        record belongs to it. Where those must stay and the person must go, anonymise instead.
      </p>
    </Confirm>
  );
}

export function AnonymizeCustomer({ customer, onClose }: ActionProps) {
  const environment = useEnvironment();
  const client = useQueryClient();
  return (
    <Confirm
      title={`Forget who ${customer.name} is?`}
      action="Anonymise customer"
      tone="danger"
      typed={customer.email ?? customer.name}
      onClose={onClose}
      run={async () => {
        await anonymizeCustomer(environment, customer.id);
        toast({ title: 'The customer is anonymised' });
        await customers.refresh(client);
      }}
    >
      <p>
        Name, e-mail address and metadata go for ever, and nobody can bring them back. The audit log never
        held them.
      </p>
      <p>
        What belongs to the customer stays: keys go on working, and contacts keep their own names and
        addresses.{' '}
        <Link to="/contacts" search={{ customerId: customer.id }} className="text-accent underline">
          See its contacts
        </Link>
      </p>
    </Confirm>
  );
}

export function RevokeKeysFor({ customer, onClose }: ActionProps) {
  const environment = useEnvironment();
  const client = useQueryClient();
  return (
    <Confirm
      title={`Revoke every key for ${customer.name}?`}
      action="Revoke the keys"
      tone="danger"
      onClose={onClose}
      run={async () => {
        const { revoked } = await revokeKeysFor(environment, customer.id);
        const title =
          revoked.length === 0
            ? 'No active key is for the customer'
            : `${plural(revoked.length, 'key')} revoked`;
        toast({ title });
        await refreshKeys(client);
      }}
    >
      <p>
        Every key that is restricted to this customer, alone or among others, is refused with 401 from the
        moment this is done. Each can be activated again on its page.
      </p>
    </Confirm>
  );
}
