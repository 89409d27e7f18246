import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { ConversationStatus } from '@/components/records/conversation-words.tsx';
import { LicenseState } from '@/components/records/license-words.tsx';
import { contactName, ProductName } from '@/components/records/references.tsx';
import { Related } from '@/components/records/related.tsx';
import { Button } from '@/components/ui/button.tsx';
import { Panel } from '@/components/ui/page.tsx';
import { Time } from '@/components/ui/time.tsx';
import { useEnvironment } from '@/environment.ts';
import { contacts } from '@/queries/contacts.ts';
import { conversations } from '@/queries/conversations.ts';
import { licenses } from '@/queries/licenses.ts';
import { keyArea, useMay } from '@/session.ts';
import type { Customer } from '@/types.ts';
import { RevokeKeysFor } from './actions.tsx';

/** What belongs to a customer, the newest of each. */
export function CustomerBelongings({ customer }: { readonly customer: Customer }) {
  const filter = { customerId: customer.id };
  return (
    <div className="flex min-w-0 flex-col gap-4">
      <Keys customer={customer} />
      <Related
        title="Contacts"
        queries={contacts}
        filter={filter}
        to="/contacts"
        empty="No contact belongs to the customer. Name the customer when a contact is created or imported."
        row={(contact) => (
          <>
            <Link
              to="/contacts/$id"
              params={{ id: contact.id }}
              className="min-w-0 flex-1 truncate font-medium hover:underline"
            >
              <bdi>{contactName(contact)}</bdi>
            </Link>
            <bdi className="min-w-0 truncate text-muted max-sm:hidden">{contact.email}</bdi>
          </>
        )}
      />
      <Related
        title="Licences"
        queries={licenses}
        filter={filter}
        to="/licenses"
        empty="No licence is given to the customer. Assign one on its page."
        row={({ id, key, state, productId }) => (
          <>
            <Link
              to="/licenses/$id"
              params={{ id }}
              className="min-w-0 truncate font-mono text-sm hover:underline"
            >
              {key}
            </Link>
            <span className="min-w-0 flex-1 truncate text-muted max-sm:hidden">
              <ProductName id={productId} />
            </span>
            <LicenseState state={state} />
          </>
        )}
      />
      <Related
        title="Conversations"
        queries={conversations}
        filter={filter}
        to="/conversations"
        empty="Nothing was said with a contact of the customer yet."
        row={({ id, subject, status, lastMessageAt }) => (
          <>
            <Link
              to="/conversations/$id"
              params={{ id }}
              className="min-w-0 flex-1 basis-40 truncate font-medium hover:underline"
            >
              <bdi>{subject}</bdi>
            </Link>
            <ConversationStatus status={status} />
            <span className="text-muted">
              <Time at={lastMessageAt} never="No message" />
            </span>
          </>
        )}
      />
    </div>
  );
}

function Keys({ customer }: { readonly customer: Customer }) {
  const environment = useEnvironment();
  const mayRevoke = useMay()(keyArea(environment), 'write');
  const [isAsking, setAsking] = useState(false);
  return (
    <Panel
      title="API keys"
      actions={
        mayRevoke && (
          <Button size="sm" onClick={() => setAsking(true)}>
            Revoke all for this customer
          </Button>
        )
      }
    >
      <p className="text-muted">
        A key that is restricted to certain customers sees and changes their data and no others.{' '}
        {mayRevoke ? 'Choose the customers when you create one, or on its page.' : 'They stand on its page.'}{' '}
        <Link to="/keys" className="text-accent underline underline-offset-4">
          See all keys
        </Link>
      </p>
      {isAsking && <RevokeKeysFor customer={customer} onClose={() => setAsking(false)} />}
    </Panel>
  );
}
