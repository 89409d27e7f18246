import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ProblemAlert } from '@/components/ui/alert.tsx';
import { Badge } from '@/components/ui/badge.tsx';
import { Button } from '@/components/ui/button.tsx';
import { Confirm } from '@/components/ui/confirm.tsx';
import { Panel } from '@/components/ui/page.tsx';
import { Skeleton } from '@/components/ui/skeleton.tsx';
import { Time } from '@/components/ui/time.tsx';
import { toast } from '@/components/ui/toast.tsx';
import { plural } from '@/lib/format.ts';
import { describeUserAgent } from '@/lib/user-agent.ts';
import { problemOf } from '@/problem.ts';
import { endOtherSessions, endSession, sessionsQuery } from '@/queries/people.ts';
import type { Session } from '@/types.ts';

export function SessionsPanel() {
  const { data, error, refetch } = useQuery(sessionsQuery);
  const client = useQueryClient();
  const [isAsking, setAsking] = useState(false);
  const others = data?.filter(({ isCurrent }) => !isCurrent).length ?? 0;
  const endOthers = async () => {
    const { ended } = await endOtherSessions();
    toast({ title: `${plural(ended, 'session')} ended` });
    await client.invalidateQueries({ queryKey: sessionsQuery.queryKey });
  };
  return (
    <Panel
      title="Sessions"
      description="Where you are signed in. End what you do not know, and change your password then."
      actions={others > 0 && <Button onClick={() => setAsking(true)}>End all others</Button>}
    >
      {error ? (
        <ProblemAlert
          problem={problemOf(error)}
          action={
            <Button size="sm" onClick={() => refetch()}>
              Try again
            </Button>
          }
        />
      ) : data === undefined ? (
        <Skeleton className="h-12" />
      ) : (
        <ul className="-my-2 divide-y divide-line">
          {data.map((session) => (
            <SessionRow key={session.id} session={session} />
          ))}
        </ul>
      )}
      {isAsking && (
        <Confirm
          title={`End ${plural(others, 'other session')}?`}
          action="End all others"
          tone="danger"
          onClose={() => setAsking(false)}
          run={endOthers}
        >
          <p>Wherever else you are signed in, the password is asked for again. This session goes on.</p>
        </Confirm>
      )}
    </Panel>
  );
}

function SessionRow({ session }: { readonly session: Session }) {
  const client = useQueryClient();
  const [isBusy, setBusy] = useState(false);
  const { userAgent, ip, createdAt, isCurrent } = session;
  const words = describeUserAgent(userAgent);
  const end = async () => {
    setBusy(true);
    try {
      await endSession(session.id);
      toast({ title: `The session of ${words} has ended` });
    } catch (error) {
      toast({ title: 'The session goes on', text: problemOf(error).message, tone: 'red' });
    }
    await client.invalidateQueries({ queryKey: sessionsQuery.queryKey });
    setBusy(false);
  };
  return (
    <li className="flex items-center justify-between gap-3 py-2">
      <div className="min-w-0">
        <p className="flex flex-wrap items-center gap-2">
          <span className="font-medium" title={userAgent ?? undefined}>
            {words}
          </span>
          {isCurrent && <Badge tone="green">This one</Badge>}
        </p>
        <p className="text-muted text-sm">
          <span className="break-all font-mono">{ip ?? 'Address unknown'}</span> · signed in{' '}
          <Time at={createdAt} />
        </p>
      </div>
      {!isCurrent && (
        <Button size="sm" isBusy={isBusy} onClick={end} aria-label={`End the session of ${words}`}>
          End
        </Button>
      )}
    </li>
  );
}
