import { useInfiniteQuery } from '@tanstack/react-query';
import { ProblemAlert } from '@/components/ui/alert.tsx';
import { Badge } from '@/components/ui/badge.tsx';
import { Button } from '@/components/ui/button.tsx';
import { Dialog } from '@/components/ui/dialog.tsx';
import { Skeleton } from '@/components/ui/skeleton.tsx';
import { Time } from '@/components/ui/time.tsx';
import { useEnvironment } from '@/environment.ts';
import { plural } from '@/lib/format.ts';
import { problemOf } from '@/problem.ts';
import { type AlertNotification, type AlertRule, notificationsQuery } from '@/queries/alerts.ts';

const tones = {
  gathering: 'blue',
  sending: 'blue',
  sent: 'green',
  failed: 'red',
  cancelled: 'neutral',
} as const;

interface AlertNotificationsProps {
  readonly rule: AlertRule;
  onClose(): void;
}

/** What a rule has told, and what became of it. */
export function AlertNotifications({ rule, onClose }: AlertNotificationsProps) {
  const environment = useEnvironment();
  const query = useInfiniteQuery({ ...notificationsQuery(environment, rule.id), refetchInterval: 5_000 });
  const rows = query.data?.pages.flatMap(({ data }) => data) ?? [];
  return (
    <Dialog title={`Notifications of ${rule.name}`} onClose={onClose} width="lg">
      {query.isPending && <Skeleton className="h-24" />}
      {query.isError && <ProblemAlert problem={problemOf(query.error)} />}
      {query.isSuccess && rows.length === 0 && (
        <p className="text-muted">It has told nothing yet. Send a test to see that it arrives.</p>
      )}
      <ul>
        {rows.map((notice) => (
          <NotificationRow key={notice.id} notice={notice} />
        ))}
      </ul>
      {query.hasNextPage && (
        <Button className="mt-3" onClick={() => void query.fetchNextPage()} isBusy={query.isFetchingNextPage}>
          Older ones
        </Button>
      )}
    </Dialog>
  );
}

function NotificationRow({ notice }: { readonly notice: AlertNotification }) {
  return (
    <li className="flex flex-wrap items-baseline gap-x-3 gap-y-1 border-line border-t py-2 first:border-0">
      <Badge tone={tones[notice.state]}>{notice.state}</Badge>
      <span>
        {notice.kind}, {plural(notice.total, 'thing')}
      </span>
      <span className="ml-auto text-muted">
        <Time at={notice.createdAt} />
      </span>
      {notice.error && <p className="w-full text-red-ink text-sm">{notice.error}</p>}
      {notice.waitingFor.length > 0 && (
        <p className="w-full text-muted text-sm">Not there yet: {notice.waitingFor.join(', ')}</p>
      )}
    </li>
  );
}
