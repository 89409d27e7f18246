import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import type { FormField } from '@/components/records/form-control.tsx';
import { FormDialog } from '@/components/records/form-dialog.tsx';
import {
  changedTexts,
  filledTexts,
  metadataChange,
  metadataField,
  metadataText,
  readMetadata,
} from '@/components/records/values.ts';
import { toast } from '@/components/ui/toast.tsx';
import { environmentLabel, useEnvironment } from '@/environment.ts';
import { customers } from '@/queries/customers.ts';
import type { Customer } from '@/types.ts';

const fields: readonly FormField[] = [
  { name: 'name', label: 'Name', maxLength: 200, hint: 'Of the company or the person.' },
  {
    kind: 'email',
    name: 'email',
    label: 'E-mail address',
    maxLength: 254,
    hint: 'No other customer of the environment has it.',
  },
  metadataField(
    'metadata',
    'Metadata',
    'A JSON object with what your systems know of the customer. No secrets.',
  ),
];

export function CreateCustomer({ onClose }: { onClose(): void }) {
  const environment = useEnvironment();
  const client = useQueryClient();
  const navigate = useNavigate();
  return (
    <FormDialog
      title="Create a customer"
      description={`A company or a person whom you serve, in ${environmentLabel[environment]}.`}
      action="Create customer"
      fields={fields}
      to="/customers/$id"
      onClose={onClose}
      run={async (values, { idempotencyKey }) => {
        const metadata = readMetadata(values, 'metadata');
        const body = { ...filledTexts(values, ['name', 'email']), metadata };
        const { id, name } = await customers.create(environment, body, idempotencyKey);
        toast({ title: `${name} is a customer now` });
        await customers.refresh(client);
        await navigate({ to: '/customers/$id', params: { id } });
      }}
    />
  );
}

interface CustomerProps {
  readonly customer: Customer;
  onClose(): void;
}

export function EditCustomer({ customer, onClose }: CustomerProps) {
  const environment = useEnvironment();
  const client = useQueryClient();
  return (
    <FormDialog
      title="Change the customer"
      action="Save"
      fields={fields}
      initial={{
        name: customer.name,
        email: customer.email ?? '',
        metadata: metadataText(customer.metadata),
      }}
      to="/customers/$id"
      onClose={onClose}
      run={async (values, { initial }) => {
        const metadata = metadataChange(values, initial, 'metadata');
        const body = { ...changedTexts(values, initial, ['name', 'email']), ...metadata };
        await customers.change(environment, customer.id, body);
        toast({ title: 'The customer is changed' });
        await customers.refresh(client);
      }}
    />
  );
}
