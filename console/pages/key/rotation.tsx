import { useQuery } from '@tanstack/react-query';
import { RotateCw } from 'lucide-react';
import { Alert, ProblemAlert } from '@/components/ui/alert.tsx';
import { Button } from '@/components/ui/button.tsx';
import { CodeBlock, Copyable } from '@/components/ui/copy.tsx';
import { Facts, Panel } from '@/components/ui/page.tsx';
import { Skeleton } from '@/components/ui/skeleton.tsx';
import { Time } from '@/components/ui/time.tsx';
import { formatDay, formatExact } from '@/lib/format.ts';
import { useNow } from '@/lib/now.ts';
import { rotationState, shareOfGrace } from '@/lib/rotation.ts';
import { problemOf } from '@/problem.ts';
import { rotationQuery } from '@/queries/rotation.ts';
import type { RotationProgress } from '@/types.ts';
import { curlOf } from './curl.ts';
import { useKeyPage } from './key-context.tsx';
import { RotationAdvice } from './rotation-advice.tsx';
import { RotationCallers } from './rotation-callers.tsx';

/** How far a rotation has come, or how one is done. */
export function KeyRotation() {
  const { apiKey: key } = useKeyPage();
  const query = useQuery(rotationQuery(key.environment, key.id));
  if (query.data) {
    const { retiring } = query.data;
    return retiring ? <Running rotation={query.data} retiring={retiring} /> : <Quiet />;
  }
  if (query.isPending) return <Skeleton className="h-64 w-full" />;
  return (
    <ProblemAlert
      problem={problemOf(query.error)}
      action={
        <Button size="sm" onClick={() => query.refetch()}>
          Try again
        </Button>
      }
    />
  );
}

type Retiring = NonNullable<RotationProgress['retiring']>;

function Running({ rotation, retiring }: { rotation: RotationProgress; retiring: Retiring }) {
  const { apiKey: key } = useKeyPage();
  const now = useNow();
  const { current } = rotation;
  const madeAt = key.secrets.find(({ id }) => id === current?.secretId)?.createdAt ?? key.updatedAt;
  const rotatedAt = Date.parse(madeAt);
  const state = rotationState(rotation, rotatedAt, now);
  return (
    <div className="flex flex-col gap-4">
      <RotationAdvice state={state} retiring={retiring} />
      <Grace rotatedAt={rotatedAt} endsAt={retiring.endsAt} now={now} />
      <div className="grid gap-4 md:grid-cols-2">
        <Panel title="Old secret">
          <Facts
            facts={[
              { label: 'Begins with', value: <Copyable text={retiring.hint} /> },
              { label: 'Last used', value: <Time at={retiring.lastUsedAt} /> },
              {
                label: 'Ends',
                value: (
                  <>
                    <Time at={retiring.endsAt} />
                    <span className="text-muted"> · {formatExact(retiring.endsAt)}</span>
                  </>
                ),
              },
            ]}
          />
        </Panel>
        <Panel title="New secret">
          {current && (
            <Facts
              facts={[
                { label: 'Begins with', value: <Copyable text={current.hint} /> },
                { label: 'Last used', value: <Time at={current.lastUsedAt} never="Not yet" /> },
                { label: 'Created', value: <Time at={madeAt} /> },
              ]}
            />
          )}
        </Panel>
      </div>
      <RotationCallers callers={retiring.callers} />
    </div>
  );
}

/** The time that the old secret has been given. */
function Grace({ rotatedAt, endsAt, now }: { rotatedAt: number; endsAt: string; now: number }) {
  const share = shareOfGrace(rotatedAt, Date.parse(endsAt), now);
  return (
    <div className="flex flex-col gap-1.5">
      <div className="h-1.5 overflow-hidden rounded-full border border-line bg-sunken" aria-hidden>
        <div className="h-full rounded-full bg-muted" style={{ width: `${share * 100}%` }} />
      </div>
      <p className="flex flex-wrap justify-between gap-x-4 text-muted text-sm">
        <span>Rotated {formatExact(rotatedAt)}</span>
        <span>
          The old secret ends <Time at={endsAt} />
        </span>
      </p>
    </div>
  );
}

const steps = [
  {
    title: 'Make the new secret',
    text: 'It is shown once. The old one goes on for the grace period that you choose, a day unless you say otherwise.',
  },
  {
    title: 'Give it to every program that uses the key',
    text: 'Both work meanwhile, and draw on the same limits. Nothing is refused.',
  },
  {
    title: 'Watch the old one fall silent, and end it',
    text: 'This page names who still sends it, by address and program. After 24 quiet hours it is safe to end.',
  },
];

function Quiet() {
  const { apiKey: key, rights, open } = useKeyPage();
  const isActive = key.status === 'active';
  const isDue = Date.parse(key.rotationDueAt) <= useNow();
  return (
    <div className="grid gap-4 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
      <Panel
        title="No rotation is running"
        actions={
          rights.mayChange &&
          isActive && (
            <Button onClick={() => open({ kind: 'rotate' })}>
              <RotateCw aria-hidden />
              Rotate
            </Button>
          )
        }
      >
        <p className="text-muted">
          {isDue ? 'The secret has been due for rotation since' : 'The secret is due for rotation on'}{' '}
          {formatDay(key.rotationDueAt)}. Rotate earlier when somebody leaves who had it, or when it was lost.
        </p>
        <ol className="mt-4 flex flex-col gap-4">
          {steps.map(({ title, text }, index) => (
            <li key={title} className="flex gap-3">
              <span
                aria-hidden
                className="flex size-6 shrink-0 items-center justify-center rounded-full border border-line-strong font-medium text-sm"
              >
                {index + 1}
              </span>
              <div>
                <p className="font-medium">{title}</p>
                <p className="text-muted">{text}</p>
              </div>
            </li>
          ))}
        </ol>
        {!isActive && (
          <Alert className="mt-4">
            The key is {key.status}, so it cannot be rotated. It can be regenerated: then every older secret
            stops at once.
          </Alert>
        )}
      </Panel>
      <Panel
        title="From a program"
        description="A key with the scope api_keys:write can rotate itself, so that nobody has to copy a secret."
      >
        <CodeBlock
          label="Rotate with curl"
          text={curlOf(key, 'POST', '/rotate', { gracePeriodSeconds: 86_400 })}
        />
      </Panel>
    </div>
  );
}
