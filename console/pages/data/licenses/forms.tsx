import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import type { FormField } from '@/components/records/form-control.tsx';
import { FormDialog, type FormValues } from '@/components/records/form-dialog.tsx';
import { metadataChange, metadataField, metadataText, readMetadata } from '@/components/records/values.ts';
import { toast } from '@/components/ui/toast.tsx';
import { environmentLabel, useEnvironment } from '@/environment.ts';
import { fromLocalInput, toLocalInput } from '@/lib/local-time.ts';
import { createLicenses, licenses } from '@/queries/licenses.ts';
import type { License } from '@/types.ts';

const limitField: FormField = {
  kind: 'number',
  name: 'activationLimit',
  label: 'Machines',
  min: 1,
  max: 1_000_000,
  hint: 'On how many it may be activated at the same time.',
};

const expiryField: FormField = {
  kind: 'moment',
  name: 'expiresAt',
  label: 'Expires',
  isOptional: true,
  hint: 'In your time zone. Left empty, it does not expire.',
};

const metadata = metadataField(
  'metadata',
  'Metadata',
  'A JSON object with what your systems know. No secrets.',
);

const creationFields: readonly FormField[] = [
  { kind: 'record', of: 'product', name: 'productId', label: 'Product' },
  {
    kind: 'record',
    of: 'customer',
    name: 'customerId',
    label: 'Customer',
    isOptional: true,
    hint: 'To whom it is given. It can be given to somebody later, too.',
  },
  limitField,
  expiryField,
  metadata,
];

const bodyOf = (values: FormValues) => ({
  productId: values.productId,
  ...(values.customerId && { customerId: values.customerId }),
  activationLimit: Number(values.activationLimit),
  expiresAt: fromLocalInput(values.expiresAt ?? ''),
  metadata: readMetadata(values, 'metadata'),
});

interface CreateProps {
  readonly productId?: string;
  readonly customerId?: string;
  onClose(): void;
}

export function CreateLicense({ productId = '', customerId = '', onClose }: CreateProps) {
  const environment = useEnvironment();
  const client = useQueryClient();
  const navigate = useNavigate();
  return (
    <FormDialog
      title="Create a licence"
      description={`It gets a key in ${environmentLabel[environment]} that the customer types in.`}
      action="Create licence"
      fields={creationFields}
      initial={{ productId, customerId, activationLimit: '1' }}
      onClose={onClose}
      run={async (values, { idempotencyKey }) => {
        const { id } = await licenses.create(environment, bodyOf(values), idempotencyKey);
        toast({ title: 'The licence is created' });
        await licenses.refresh(client);
        await navigate({ to: '/licenses/$id', params: { id } });
      }}
    />
  );
}

const manyFields: readonly FormField[] = [
  { kind: 'number', name: 'count', label: 'How many', min: 1, max: 100_000 },
  ...creationFields,
  {
    kind: 'choice',
    name: 'format',
    label: 'List of keys as',
    choices: [
      { value: 'csv', label: 'CSV, for a spreadsheet' },
      { value: 'ndjson', label: 'NDJSON, for a program' },
    ],
  },
];

/** A job makes them, and has the list of keys in the end. */
export function CreateManyLicenses({ productId = '', customerId = '', onClose }: CreateProps) {
  const environment = useEnvironment();
  const client = useQueryClient();
  const navigate = useNavigate();
  return (
    <FormDialog
      title="Create many licences"
      description="A job makes up to 100,000 licences that differ in their keys alone. Once it has succeeded, its page has the list of keys."
      action="Start the job"
      fields={manyFields}
      initial={{ productId, customerId, count: '100', activationLimit: '1', format: 'csv' }}
      onClose={onClose}
      run={async (values, { idempotencyKey }) => {
        const body = { ...bodyOf(values), count: Number(values.count), format: values.format };
        const { id } = await createLicenses(environment, body, idempotencyKey);
        toast({ title: 'The job has begun' });
        await client.invalidateQueries({ queryKey: ['jobs'] });
        await navigate({ to: '/jobs/$id', params: { id } });
      }}
    />
  );
}

export function EditLicense({ license, onClose }: { readonly license: License; onClose(): void }) {
  const environment = useEnvironment();
  const client = useQueryClient();
  const isExpired = license.state === 'expired';
  return (
    <FormDialog
      title={isExpired ? 'Renew the licence' : 'Change the licence'}
      description={
        isExpired ? 'With a moment to come, or none, it works again with its machines.' : undefined
      }
      action={isExpired ? 'Renew' : 'Save'}
      fields={[expiryField, limitField, metadata]}
      initial={{
        activationLimit: String(license.activationLimit),
        expiresAt: toLocalInput(license.expiresAt),
        metadata: metadataText(license.metadata),
      }}
      onClose={onClose}
      run={async (values, { initial }) => {
        const { activationLimit = '', expiresAt = '' } = values;
        await licenses.change(environment, license.id, {
          ...(activationLimit !== initial.activationLimit && { activationLimit: Number(activationLimit) }),
          ...(expiresAt !== initial.expiresAt && { expiresAt: fromLocalInput(expiresAt) }),
          ...metadataChange(values, initial, 'metadata'),
        });
        toast({ title: 'The licence is changed' });
        await licenses.refresh(client);
      }}
    />
  );
}
