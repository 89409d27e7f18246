import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { Plus, Webhook as WebhookIcon } from 'lucide-react';
import { useState } from 'react';
import { filtersOf, RecordList } from '@/components/records/record-list.tsx';
import { useHolds } from '@/components/records/scopes.ts';
import { Button } from '@/components/ui/button.tsx';
import type { Column } from '@/components/ui/data-table.tsx';
import { Empty } from '@/components/ui/empty.tsx';
import { PageFrame } from '@/components/ui/page.tsx';
import { Time } from '@/components/ui/time.tsx';
import { useEnvironment } from '@/environment.ts';
import { useFilters } from '@/lib/search-params.ts';
import { webhooks } from '@/queries/webhooks.ts';
import type { Webhook } from '@/types.ts';
import { CreateWebhook } from './form.tsx';
import { type SigningSecret, SigningSecretDialog } from './secret-dialog.tsx';
import { EventWords, LastSent, WebhookState } from './words.tsx';

const columns: readonly Column<Webhook>[] = [
  {
    id: 'name',
    header: 'Name',
    isFixed: true,
    cell: ({ id, name }) => (
      <Link to="/webhooks/$id" params={{ id }} className="block truncate font-medium hover:underline">
        <bdi>{name}</bdi>
      </Link>
    ),
  },
  {
    id: 'url',
    header: 'Address',
    className: 'hidden md:table-cell',
    cell: ({ url }) => (
      <span title={url} className="block truncate">
        <bdi>{url}</bdi>
      </span>
    ),
  },
  {
    id: 'events',
    header: 'Events',
    className: 'w-64 hidden lg:table-cell',
    cell: ({ events }) => <EventWords events={events} />,
  },
  {
    id: 'state',
    header: 'State',
    className: 'w-36',
    cell: (webhook) => <WebhookState webhook={webhook} />,
  },
  {
    id: 'last',
    header: 'Last sent',
    className: 'w-44 hidden sm:table-cell',
    cell: (webhook) => <LastSent webhook={webhook} />,
  },
  {
    id: 'created',
    header: 'Created',
    className: 'w-32 hidden xl:table-cell',
    cell: ({ createdAt }) => <Time at={createdAt} />,
  },
];

const description =
  'Addresses of yours to which Keyward sends a signed message when something happens: a key was revoked, a contact changed, a job failed.';

export function WebhooksPage() {
  return useHolds()('webhooks:read') ? <List /> : <NoWebhooks />;
}

/** For roles that see nothing of them. */
export function NoWebhooks() {
  return (
    <PageFrame title="Webhooks" description={description}>
      <Empty icon={WebhookIcon} title="Your role does not show webhooks">
        Developers see them, and owners and admins change them. Ask one of them to look, or to change your
        role.
      </Empty>
    </PageFrame>
  );
}

function List() {
  const environment = useEnvironment();
  const mayWrite = useHolds()('webhooks:write');
  const [params] = useFilters();
  const query = useInfiniteQuery(webhooks.list(environment, filtersOf(params, ['q'])));
  const navigate = useNavigate();
  const [isCreating, setCreating] = useState(false);
  const [signing, setSigning] = useState<(SigningSecret & { readonly id: string }) | null>(null);
  return (
    <PageFrame
      title="Webhooks"
      description={description}
      actions={
        mayWrite && (
          <Button tone="primary" onClick={() => setCreating(true)}>
            <Plus aria-hidden />
            Create webhook
          </Button>
        )
      }
    >
      <RecordList
        label="Webhooks"
        noun="webhook"
        icon={WebhookIcon}
        columns={columns}
        query={query}
        search="Search by name or address"
        onOpen={({ id }) => void navigate({ to: '/webhooks/$id', params: { id } })}
        rowClass={({ active }) => (active ? undefined : 'text-muted')}
        empty="A program that has to know what happens need not ask again and again. Give an address here, choose events, and it is told."
        emptyAction={
          mayWrite && (
            <Button tone="primary" onClick={() => setCreating(true)}>
              Create the first webhook
            </Button>
          )
        }
      />
      {isCreating && (
        <CreateWebhook
          onClose={() => setCreating(false)}
          onCreated={({ id, name, secret }) => {
            setCreating(false);
            setSigning({ id, name, secret });
          }}
        />
      )}
      {signing && (
        <SigningSecretDialog
          signing={signing}
          onClose={() => {
            setSigning(null);
            void navigate({ to: '/webhooks/$id', params: { id: signing.id } });
          }}
        />
      )}
    </PageFrame>
  );
}
