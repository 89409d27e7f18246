import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { ListLink, RecordPage } from '@/components/records/record-page.tsx';
import { useHolds } from '@/components/records/scopes.ts';
import { Alert } from '@/components/ui/alert.tsx';
import { EnvironmentBadge } from '@/components/ui/badge.tsx';
import { Copyable } from '@/components/ui/copy.tsx';
import { Facts, PageFrame, Panel } from '@/components/ui/page.tsx';
import { Time } from '@/components/ui/time.tsx';
import { useEnvironment } from '@/environment.ts';
import { webhooks } from '@/queries/webhooks.ts';
import type { Webhook } from '@/types.ts';
import { WebhookActions } from './actions.tsx';
import { Deliveries } from './deliveries.tsx';
import { NoWebhooks } from './webhooks.tsx';
import { EventWords, WebhookState } from './words.tsx';

export function WebhookPage() {
  return useHolds()('webhooks:read') ? <OneWebhook /> : <NoWebhooks />;
}

function OneWebhook() {
  const { id } = useParams({ strict: false }) as { id: string };
  const query = useQuery(webhooks.one(useEnvironment(), id));
  return (
    <RecordPage query={query} noun="webhook" list={{ to: '/webhooks', label: 'Webhooks' }}>
      {(webhook) => <Shown webhook={webhook} />}
    </RecordPage>
  );
}

function Shown({ webhook }: { readonly webhook: Webhook }) {
  const environment = useEnvironment();
  const { id, name, url, events, createdAt, updatedAt } = webhook;
  return (
    <PageFrame
      title={name}
      badge={<WebhookState webhook={webhook} />}
      above={<ListLink to="/webhooks">Webhooks</ListLink>}
      actions={<WebhookActions webhook={webhook} />}
    >
      <div className="flex flex-col gap-6">
        <Trouble webhook={webhook} />
        <Panel title="Facts">
          <div className="grid gap-x-10 gap-y-2 lg:grid-cols-2">
            <Facts
              facts={[
                {
                  label: 'Address',
                  value: (
                    <Copyable
                      text={url}
                      className="text-left [&>span]:whitespace-normal [&>span]:break-all"
                    />
                  ),
                },
                { label: 'Events', value: <EventWords events={events} shown={4} /> },
                { label: 'Environment', value: <EnvironmentBadge environment={environment} /> },
                { label: 'Id', value: <Copyable text={id} /> },
              ]}
            />
            <Facts
              facts={[
                { label: 'Last arrived', value: <Time at={webhook.lastSuccessAt} /> },
                { label: 'Last failed', value: <Time at={webhook.lastFailureAt} /> },
                { label: 'Created', value: <Time at={createdAt} as="exact" /> },
                { label: 'Changed', value: <Time at={updatedAt} as="exact" /> },
              ]}
            />
          </div>
        </Panel>
        <section aria-labelledby="deliveries">
          <h2 id="deliveries" className="font-semibold">
            Deliveries
          </h2>
          <p className="mt-0.5 mb-3 text-muted text-sm">
            What was sent in the last 30 days, newest first. What does not arrive is tried again for three
            days, at longer and longer intervals.
          </p>
          <Deliveries webhook={webhook} />
        </section>
      </div>
    </PageFrame>
  );
}

/** What keeps messages from arriving, and what to do about it. */
function Trouble({ webhook }: { readonly webhook: Webhook }) {
  const { active, disabledReason, failingSince } = webhook;
  if (!active) {
    const isGone = disabledReason === 'gone';
    return (
      <Alert tone="amber" title={isGone ? 'The receiver said that it is gone' : 'It is switched off'}>
        {isGone
          ? 'It answered 410, so nothing is sent to it any more. When it is back, enable the webhook.'
          : 'Nothing is sent to it, and nothing is kept for it, until it is enabled.'}
      </Alert>
    );
  }
  if (failingSince === null) return null;
  return (
    <Alert tone="red" title="Nothing arrives">
      Every attempt has failed since <Time at={failingSince} as="exact" />. Open a delivery to see why; once
      the receiver is mended, send again what it missed.
    </Alert>
  );
}
