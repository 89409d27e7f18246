import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { Ellipsis, MessageSquarePlus, Pencil, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { ConversationStatus, channelWords } from '@/components/records/conversation-words.tsx';
import { Members } from '@/components/records/json.tsx';
import { RecordFacts } from '@/components/records/record-facts.tsx';
import { ListLink, RecordPage } from '@/components/records/record-page.tsx';
import { CustomerLink, contactName } from '@/components/records/references.tsx';
import { Related } from '@/components/records/related.tsx';
import { useHolds } from '@/components/records/scopes.ts';
import { Button, IconButton } from '@/components/ui/button.tsx';
import { Confirm } from '@/components/ui/confirm.tsx';
import { Copyable } from '@/components/ui/copy.tsx';
import { Menu, MenuItem } from '@/components/ui/menu.tsx';
import { PageFrame, Panel } from '@/components/ui/page.tsx';
import { Time } from '@/components/ui/time.tsx';
import { toast } from '@/components/ui/toast.tsx';
import { useEnvironment } from '@/environment.ts';
import { contacts } from '@/queries/contacts.ts';
import { conversations } from '@/queries/conversations.ts';
import type { Contact } from '@/types.ts';
import { BeginConversation } from '../conversations/begin.tsx';
import { EditContact } from './forms.tsx';

export function ContactPage() {
  const environment = useEnvironment();
  const { id } = useParams({ strict: false }) as { id: string };
  const query = useQuery(contacts.one(environment, id));
  return (
    <RecordPage query={query} noun="contact" list={{ to: '/contacts', label: 'Contacts' }}>
      {(contact) => <Shown contact={contact} />}
    </RecordPage>
  );
}

function Shown({ contact }: { readonly contact: Contact }) {
  const { id, email, phone, customerId, customFields, createdAt, updatedAt } = contact;
  const none = <span className="text-muted">None</span>;
  return (
    <PageFrame
      title={contactName(contact)}
      above={<ListLink to="/contacts">Contacts</ListLink>}
      actions={<Actions contact={contact} />}
    >
      <div className="grid items-start gap-4 xl:grid-cols-[minmax(0,5fr)_minmax(0,7fr)]">
        <div className="flex min-w-0 flex-col gap-4">
          <Panel title="Facts">
            <RecordFacts
              facts={[
                { label: 'E-mail address', value: email ? <Copyable text={email} /> : none },
                { label: 'Phone number', value: phone ? <Copyable text={phone} /> : none },
                { label: 'Customer', value: <CustomerLink id={customerId} /> },
                { label: 'Id', value: <Copyable text={id} /> },
                { label: 'Created', value: <Time at={createdAt} as="exact" /> },
                { label: 'Changed', value: <Time at={updatedAt} as="exact" /> },
              ]}
            />
          </Panel>
          <Panel title="Custom fields">
            <Members label="Custom fields as JSON" value={customFields} />
          </Panel>
        </div>
        <Related
          title="Conversations"
          queries={conversations}
          filter={{ contactId: id }}
          to="/conversations"
          empty="Nothing was said yet. Start a conversation, or write down one that the contact began."
          row={(conversation) => (
            <>
              <Link
                to="/conversations/$id"
                params={{ id: conversation.id }}
                className="min-w-0 flex-1 basis-40 truncate font-medium hover:underline"
              >
                <bdi>{conversation.subject}</bdi>
              </Link>
              <span className="text-muted">{channelWords[conversation.channel]}</span>
              <ConversationStatus status={conversation.status} />
              <span className="text-muted">
                <Time at={conversation.lastMessageAt} never="No message" />
              </span>
            </>
          )}
        />
      </div>
    </PageFrame>
  );
}

function Actions({ contact }: { readonly contact: Contact }) {
  const holds = useHolds();
  const [open, setOpen] = useState<'begin' | 'edit' | 'delete' | null>(null);
  const close = () => setOpen(null);
  return (
    <>
      {holds('conversations:write') && (
        <Button onClick={() => setOpen('begin')}>
          <MessageSquarePlus aria-hidden />
          Start a conversation
        </Button>
      )}
      {holds('contacts:write') && (
        <>
          <Button onClick={() => setOpen('edit')}>
            <Pencil aria-hidden />
            Edit
          </Button>
          <Menu
            trigger={
              <IconButton label="More actions" tone="plain">
                <Ellipsis />
              </IconButton>
            }
          >
            <MenuItem tone="danger" onSelect={() => setOpen('delete')}>
              <Trash2 aria-hidden />
              Delete
            </MenuItem>
          </Menu>
        </>
      )}
      {open === 'begin' && <BeginConversation contactId={contact.id} onClose={close} />}
      {open === 'edit' && <EditContact contact={contact} onClose={close} />}
      {open === 'delete' && <DeleteContact contact={contact} onClose={close} />}
    </>
  );
}

function DeleteContact({ contact, onClose }: { readonly contact: Contact; onClose(): void }) {
  const environment = useEnvironment();
  const client = useQueryClient();
  const navigate = useNavigate();
  const name = contactName(contact);
  return (
    <Confirm
      title={`Delete ${name}?`}
      action="Delete contact"
      tone="danger"
      onClose={onClose}
      run={async () => {
        await contacts.remove(environment, contact.id);
        toast({ title: `${name} is deleted` });
        await navigate({ to: '/contacts' });
        await contacts.forget(client, environment, contact.id);
      }}
    >
      <p>Name, addresses and custom fields go for ever. The audit log never held them.</p>
      <p>
        A contact with conversations cannot be deleted. Edit it to take out what must not be kept; an e-mail
        address or a phone number must stay.
      </p>
    </Confirm>
  );
}
