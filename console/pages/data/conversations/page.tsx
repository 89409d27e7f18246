import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { Pencil } from 'lucide-react';
import { useState } from 'react';
import { ConversationStatus, channelWords, statusWords } from '@/components/records/conversation-words.tsx';
import { FormDialog } from '@/components/records/form-dialog.tsx';
import { RecordFacts } from '@/components/records/record-facts.tsx';
import { ListLink, RecordPage } from '@/components/records/record-page.tsx';
import { ContactLink, CustomerLink } from '@/components/records/references.tsx';
import { useHolds } from '@/components/records/scopes.ts';
import { Badge } from '@/components/ui/badge.tsx';
import { Button } from '@/components/ui/button.tsx';
import { Copyable } from '@/components/ui/copy.tsx';
import { PageFrame, Panel } from '@/components/ui/page.tsx';
import { Time } from '@/components/ui/time.tsx';
import { toast } from '@/components/ui/toast.tsx';
import { useEnvironment } from '@/environment.ts';
import { problemOf } from '@/problem.ts';
import { conversations } from '@/queries/conversations.ts';
import type { Conversation } from '@/types.ts';
import { allowsStatus, statusTransitions } from '../../../../src/core/conversation-status.ts';
import { Assignee } from './assignee.tsx';
import { readTags, tagsField } from './tags.ts';
import { Thread } from './thread.tsx';

/** Another person, or a program, may write at any moment. */
const refetchMs = 10_000;

export function ConversationPage() {
  const environment = useEnvironment();
  const { id } = useParams({ strict: false }) as { id: string };
  const query = useQuery({ ...conversations.one(environment, id), refetchInterval: refetchMs });
  return (
    <RecordPage query={query} noun="conversation" list={{ to: '/conversations', label: 'Conversations' }}>
      {(conversation) => <Shown conversation={conversation} />}
    </RecordPage>
  );
}

function Shown({ conversation }: { readonly conversation: Conversation }) {
  const mayWrite = useHolds()('conversations:write');
  return (
    <PageFrame
      title={conversation.subject}
      badge={<ConversationStatus status={conversation.status} />}
      above={<ListLink to="/conversations">Conversations</ListLink>}
      actions={mayWrite && <Actions conversation={conversation} />}
    >
      <div className="grid items-start gap-4 xl:grid-cols-[minmax(0,1fr)_22rem]">
        <Thread conversation={conversation} />
        <About conversation={conversation} />
      </div>
    </PageFrame>
  );
}

/** The verb that leads to a status. */
const statusActions: Readonly<Record<Conversation['status'], string>> = {
  open: 'Open again',
  pending: 'Set pending',
  resolved: 'Resolve',
  reopened: 'Reopen',
};

function Actions({ conversation }: { readonly conversation: Conversation }) {
  const { id, status } = conversation;
  const environment = useEnvironment();
  const client = useQueryClient();
  const [isEditing, setEditing] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const become = async (to: Conversation['status'], from?: Conversation['status']) => {
    setBusy(true);
    try {
      await conversations.change(environment, id, { status: to });
      const undo = from && allowsStatus(to, from) && { label: 'Undo', run: () => void become(from) };
      toast({ title: `The conversation is ${statusWords[to].toLowerCase()}`, ...(undo && { action: undo }) });
    } catch (error) {
      toast({ title: 'The status stays', text: problemOf(error).message, tone: 'red' });
    }
    setBusy(false);
    await conversations.refresh(client);
  };
  return (
    <>
      {statusTransitions[status].map((to) => (
        <Button
          key={to}
          tone={to === 'resolved' ? 'primary' : 'plain'}
          disabled={isBusy}
          onClick={() => void become(to, status)}
        >
          {statusActions[to]}
        </Button>
      ))}
      <Button onClick={() => setEditing(true)}>
        <Pencil aria-hidden />
        Edit
      </Button>
      {isEditing && <EditConversation conversation={conversation} onClose={() => setEditing(false)} />}
    </>
  );
}

function EditConversation({
  conversation: { id, subject, tags },
  onClose,
}: {
  readonly conversation: Conversation;
  onClose(): void;
}) {
  const environment = useEnvironment();
  const client = useQueryClient();
  return (
    <FormDialog
      title="Change the conversation"
      action="Save"
      fields={[{ name: 'subject', label: 'Subject', maxLength: 300 }, tagsField]}
      initial={{ subject, tags: tags.join(' ') }}
      onClose={onClose}
      run={async (values, { initial }) => {
        await conversations.change(environment, id, {
          ...(values.subject !== initial.subject && { subject: values.subject }),
          ...(values.tags !== initial.tags && { tags: readTags(values) }),
        });
        await conversations.refresh(client);
      }}
    />
  );
}

function About({ conversation }: { readonly conversation: Conversation }) {
  const { id, contactId, customerId, channel, direction, tags, externalReference } = conversation;
  const { createdAt, firstResponseAt, resolvedAt } = conversation;
  return (
    <Panel title="Facts">
      <RecordFacts
        className="grid-cols-[7rem_minmax(0,1fr)] gap-x-4"
        facts={[
          { label: 'Contact', value: <ContactLink id={contactId} /> },
          { label: 'Customer', value: <CustomerLink id={customerId} /> },
          { label: 'Assigned to', value: <Assignee conversation={conversation} /> },
          { label: 'Channel', value: channelWords[channel] },
          { label: 'Begun by', value: direction === 'inbound' ? 'The contact' : 'Us' },
          { label: 'Tags', value: tags.length > 0 ? <Tags tags={tags} /> : <Nothing /> },
          {
            label: 'Reference',
            value: externalReference === null ? <Nothing /> : <Copyable text={externalReference} />,
          },
          { label: 'Id', value: <Copyable text={id} /> },
          { label: 'Begun', value: <Time at={createdAt} as="exact" /> },
          { label: 'First answer', value: <Time at={firstResponseAt} as="exact" never="None yet" /> },
          { label: 'Resolved', value: <Time at={resolvedAt} as="exact" never="Not now" /> },
        ]}
      />
    </Panel>
  );
}

function Nothing() {
  return <span className="text-muted">None</span>;
}

function Tags({ tags }: { readonly tags: readonly string[] }) {
  return (
    <span className="flex flex-wrap gap-1">
      {tags.map((tag) => (
        <Badge key={tag} className="hover:text-ink">
          <Link to="/conversations" search={{ tag }} title={`Conversations with the tag ${tag}`}>
            {tag}
          </Link>
        </Badge>
      ))}
    </span>
  );
}
