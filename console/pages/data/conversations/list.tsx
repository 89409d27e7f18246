import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { ChartNoAxesColumn, MessageSquarePlus, MessagesSquare } from 'lucide-react';
import { useState } from 'react';
import {
  ConversationStatus,
  channelChoices,
  channelWords,
  statusChoices,
} from '@/components/records/conversation-words.tsx';
import { filtersOf, RecordList } from '@/components/records/record-list.tsx';
import { ContactLink, CustomerLink } from '@/components/records/references.tsx';
import { useHolds } from '@/components/records/scopes.ts';
import { Badge } from '@/components/ui/badge.tsx';
import { Button } from '@/components/ui/button.tsx';
import type { Column } from '@/components/ui/data-table.tsx';
import { PageFrame } from '@/components/ui/page.tsx';
import { Time } from '@/components/ui/time.tsx';
import { useEnvironment } from '@/environment.ts';
import { formatCount } from '@/lib/format.ts';
import { useFilters } from '@/lib/search-params.ts';
import { conversations } from '@/queries/conversations.ts';
import type { Conversation } from '@/types.ts';
import { ConversationAnalytics } from './analytics.tsx';
import { BeginConversation } from './begin.tsx';
import { PersonName, usePeople } from './people.tsx';

const columns: readonly Column<Conversation>[] = [
  {
    id: 'subject',
    header: 'Subject',
    isFixed: true,
    cell: ({ id, subject, tags }) => (
      <span className="flex min-w-0 items-center gap-1.5">
        <Link to="/conversations/$id" params={{ id }} className="truncate font-medium hover:underline">
          <bdi>{subject}</bdi>
        </Link>
        {tags.slice(0, 2).map((tag) => (
          <Badge key={tag} className="shrink-0 max-lg:hidden">
            {tag}
          </Badge>
        ))}
      </span>
    ),
  },
  {
    id: 'contact',
    header: 'Contact',
    className: 'w-40 hidden md:table-cell',
    cell: ({ contactId }) => <ContactLink id={contactId} />,
  },
  {
    id: 'customer',
    header: 'Customer',
    className: 'w-40 hidden xl:table-cell',
    isExtra: true,
    cell: ({ customerId }) => <CustomerLink id={customerId} />,
  },
  {
    id: 'channel',
    header: 'Channel',
    className: 'w-24 hidden lg:table-cell',
    cell: ({ channel }) => channelWords[channel],
  },
  {
    id: 'status',
    header: 'Status',
    className: 'w-28',
    cell: ({ status }) => <ConversationStatus status={status} />,
  },
  {
    id: 'assignee',
    header: 'Assigned to',
    className: 'w-36 hidden xl:table-cell',
    cell: ({ assigneeId }) =>
      assigneeId ? <PersonName id={assigneeId} /> : <span className="text-muted">Nobody</span>,
  },
  {
    id: 'messages',
    header: 'Messages',
    className: 'w-24 text-right hidden lg:table-cell',
    cell: ({ messageCount }) => formatCount(messageCount),
  },
  {
    id: 'last',
    header: 'Last message',
    className: 'w-32 hidden sm:table-cell',
    cell: ({ lastMessageAt }) => <Time at={lastMessageAt} never="None" />,
  },
];

const filterNames = ['q', 'status', 'channel', 'assigneeId', 'contactId', 'customerId', 'tag'];

export function ConversationsPage() {
  const environment = useEnvironment();
  const holds = useHolds();
  const mayWrite = holds('conversations:write');
  const [params, change] = useFilters();
  const query = useInfiniteQuery(conversations.list(environment, filtersOf(params, filterNames)));
  const navigate = useNavigate();
  const [isBeginning, setBeginning] = useState(false);
  const assignees = usePeople().map(({ id, name }) => ({ value: id, label: name }));
  return (
    <PageFrame
      title="Conversations"
      description="What is said with a contact about one subject, through one channel. Keyward keeps it; your own systems deliver it."
      actions={
        <>
          {holds('analytics:read') && (
            <Button onClick={() => change({ analytics: '7' })}>
              <ChartNoAxesColumn aria-hidden />
              Analytics
            </Button>
          )}
          {mayWrite && (
            <Button tone="primary" onClick={() => setBeginning(true)}>
              <MessageSquarePlus aria-hidden />
              Start a conversation
            </Button>
          )}
        </>
      }
    >
      <RecordList
        label="Conversations"
        noun="conversation"
        icon={MessagesSquare}
        columns={columns}
        query={query}
        search="Search by subject or reference"
        filters={[
          { name: 'status', label: 'Status', choices: statusChoices },
          { name: 'channel', label: 'Channel', choices: channelChoices },
          { name: 'assigneeId', label: 'Assigned to', choices: assignees },
          { name: 'contactId', label: 'Contact', of: 'contact' },
          { name: 'customerId', label: 'Customer', of: 'customer' },
          ...(params.tag
            ? [{ name: 'tag', label: 'Tag', choices: [{ value: params.tag, label: params.tag }] }]
            : []),
        ]}
        onOpen={({ id }) => void navigate({ to: '/conversations/$id', params: { id } })}
        rowClass={({ status }) => (status === 'resolved' ? 'text-muted' : undefined)}
        empty="Write to a contact, write down what one wrote to you, or let a program do it with POST /api/v1/conversations/outbound."
        emptyAction={
          mayWrite && (
            <Button tone="primary" onClick={() => setBeginning(true)}>
              Start the first conversation
            </Button>
          )
        }
      />
      {isBeginning && <BeginConversation contactId={params.contactId} onClose={() => setBeginning(false)} />}
      {params.analytics && (
        <ConversationAnalytics
          days={params.analytics === '30' ? 30 : 7}
          onDays={(days) => change({ analytics: String(days) })}
          onClose={() => change({ analytics: undefined })}
        />
      )}
    </PageFrame>
  );
}
