import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import type { FormField } from '@/components/records/form-control.tsx';
import { FormDialog } from '@/components/records/form-dialog.tsx';
import { contactName } from '@/components/records/references.tsx';
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
import { contacts, putContact } from '@/queries/contacts.ts';
import type { Contact } from '@/types.ts';

const names = ['name', 'email', 'phone', 'customerId'];

const fields: readonly FormField[] = [
  { name: 'name', label: 'Name', maxLength: 200, isOptional: true },
  {
    kind: 'email',
    name: 'email',
    label: 'E-mail address',
    maxLength: 254,
    isOptional: true,
    hint: 'A contact has an address, a phone number, or both.',
  },
  {
    kind: 'tel',
    name: 'phone',
    label: 'Phone number',
    maxLength: 40,
    isOptional: true,
    placeholder: '+49 30 1234567',
  },
  {
    kind: 'record',
    of: 'customer',
    name: 'customerId',
    label: 'Customer',
    isOptional: true,
    hint: 'To whom the contact belongs.',
  },
  metadataField('customFields', 'Custom fields', 'A JSON object with whatever else you know. No secrets.'),
];

interface CreateContactProps {
  /** To whom it will belong, unless the form says otherwise. */
  readonly customerId?: string;
  onClose(): void;
}

export function CreateContact({ customerId = '', onClose }: CreateContactProps) {
  const environment = useEnvironment();
  const client = useQueryClient();
  const navigate = useNavigate();
  return (
    <FormDialog
      title="Create a contact"
      description={`A person in ${environmentLabel[environment]} with whom you are in touch. One whose e-mail address is known is brought up to date.`}
      action="Create contact"
      fields={fields}
      initial={{ customerId }}
      to="/contacts/$id"
      onClose={onClose}
      run={async (values, { idempotencyKey }) => {
        const customFields = readMetadata(values, 'customFields');
        const body = { ...filledTexts(values, names), customFields };
        const { contact, isNew } = await putContact(environment, body, idempotencyKey);
        toast({
          title: isNew
            ? `${contactName(contact)} is a contact now`
            : `${contactName(contact)} was known already`,
          text: isNew ? undefined : 'The contact was brought up to date.',
        });
        await contacts.refresh(client);
        await navigate({ to: '/contacts/$id', params: { id: contact.id } });
      }}
    />
  );
}

interface EditContactProps {
  readonly contact: Contact;
  onClose(): void;
}

export function EditContact({ contact, onClose }: EditContactProps) {
  const environment = useEnvironment();
  const client = useQueryClient();
  return (
    <FormDialog
      title="Change the contact"
      action="Save"
      fields={fields}
      initial={{
        name: contact.name ?? '',
        email: contact.email ?? '',
        phone: contact.phone ?? '',
        customerId: contact.customerId ?? '',
        customFields: metadataText(contact.customFields),
      }}
      to="/contacts/$id"
      onClose={onClose}
      run={async (values, { initial }) => {
        const customFields = metadataChange(values, initial, 'customFields');
        const body = { ...changedTexts(values, initial, names), ...customFields };
        await contacts.change(environment, contact.id, body);
        toast({ title: 'The contact is changed' });
        await contacts.refresh(client);
      }}
    />
  );
}
