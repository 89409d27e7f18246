import { useQuery } from '@tanstack/react-query';
import { Crosshair } from 'lucide-react';
import { Alert, ProblemAlert } from '@/components/ui/alert.tsx';
import { Button } from '@/components/ui/button.tsx';
import { CodeBlock } from '@/components/ui/copy.tsx';
import { Empty } from '@/components/ui/empty.tsx';
import { Panel } from '@/components/ui/page.tsx';
import { Skeleton } from '@/components/ui/skeleton.tsx';
import { Segmented } from '@/components/ui/tabs.tsx';
import { formatCount, formatDay, plural } from '@/lib/format.ts';
import { useFilters } from '@/lib/search-params.ts';
import { problemOf } from '@/problem.ts';
import { accessAdviceQuery } from '@/queries/access-advisor.ts';
import { scopesQuery } from '@/queries/catalogue.ts';
import type { AccessAdvice } from '@/types.ts';
import { ScopeUses } from './access-scopes.tsx';
import { type AccessVerdict, verdictOf } from './access-verdict.ts';
import { curlOf } from './curl.ts';
import { useKeyPage } from './key-context.tsx';

const spans = [
  { value: '7', label: '7 days' },
  { value: '30', label: '30 days' },
  { value: '90', label: '90 days' },
];

/** Which scopes the key could do without. */
export function KeyAccess() {
  const { apiKey: key } = useKeyPage();
  const [{ days }, change] = useFilters();
  const span = spans.find(({ value }) => value === days)?.value ?? '90';
  const query = useQuery(accessAdviceQuery(key.environment, key.id, Number(span)));
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="max-w-3xl text-muted">
          What the key was given and what it used, from its own requests and from services that verified it.
        </p>
        <Segmented
          label="How far to look back"
          value={span}
          choices={spans}
          onChange={(value) => change({ days: value === '90' ? undefined : value })}
        />
      </div>
      {query.data ? (
        <Advice advice={query.data} />
      ) : query.isPending ? (
        <Skeleton className="h-64 w-full" />
      ) : (
        <ProblemAlert
          problem={problemOf(query.error)}
          action={
            <Button size="sm" onClick={() => query.refetch()}>
              Try again
            </Button>
          }
        />
      )}
    </div>
  );
}

function Advice({ advice }: { readonly advice: AccessAdvice }) {
  const { apiKey: key, rights } = useKeyPage();
  const { data: catalogue } = useQuery(scopesQuery);
  const impliesOf = (scope: string) => catalogue?.find(({ name }) => name === scope)?.implies ?? [];
  const verdict = verdictOf(advice, impliesOf);
  const isReplaceable = rights.mayCreate && key.status === 'active' && key.endsAt === null;
  if (verdict.kind === 'silent') {
    return (
      <Empty icon={Crosshair} title="The key sent nothing in this time">
        So nothing can be said about what it needs. Look further back, or wait until its program has run.
      </Empty>
    );
  }
  return (
    <>
      <Verdict advice={advice} verdict={verdict} isReplaceable={isReplaceable} />
      <ScopeUses verdict={verdict} />
      {advice.replaceWith && isReplaceable && <Proposal scopes={advice.replaceWith.scopes} />}
    </>
  );
}

interface VerdictProps {
  readonly advice: AccessAdvice;
  readonly verdict: AccessVerdict;
  readonly isReplaceable: boolean;
}

function Verdict({ advice, verdict, isReplaceable }: VerdictProps) {
  const { open } = useKeyPage();
  const requests = plural(advice.replay.requests, 'request');
  const since = formatDay(advice.from);
  if (verdict.kind === 'tight') {
    return (
      <Alert tone="green" role="status" title="It needs all that it has">
        {requests} since {since} used every scope of the key.
      </Alert>
    );
  }
  if (verdict.kind === 'unclear' || advice.replaceWith === null) {
    return (
      <Alert role="status" title="It cannot be told what it needs">
        {requests} since {since} needed no scope, or were verified for several at once, which are not counted
        apart. So nothing is proposed.
      </Alert>
    );
  }
  const { scopes } = advice.replaceWith;
  return (
    <div
      role="status"
      className="flex flex-wrap items-center gap-x-6 gap-y-3 rounded-lg border border-line bg-raised px-4 py-3"
    >
      <div className="min-w-64 flex-1">
        <p className="font-medium">
          {plural(verdict.unused.length, 'scope')} of {advice.scopes.length}{' '}
          {verdict.unused.length === 1 ? 'was' : 'were'} not used since {since}
        </p>
        <p className="mt-0.5 text-muted">{proof(advice)}</p>
      </div>
      {isReplaceable && (
        <Button tone="primary" onClick={() => open({ kind: 'replace', scopes })}>
          Replace with just what was used
        </Button>
      )}
    </div>
  );
}

/** What judging the requests again has shown. */
function proof({ replay: { requests, refused } }: AccessAdvice): string {
  if (refused > 0) {
    return `All ${plural(requests, 'request')} were judged again as if the key had only the used scopes: ${formatCount(refused)} would have been refused. Look at them in the log before you replace the key.`;
  }
  return `All ${plural(requests, 'request')} were judged again as if the key had only the used scopes: none would have been refused.`;
}

function Proposal({ scopes }: { readonly scopes: readonly string[] }) {
  const { apiKey: key } = useKeyPage();
  return (
    <Panel
      title="The same from a program"
      description="The new key takes over the limits; the old one works for another day."
    >
      <CodeBlock label="Replace with curl" text={curlOf(key, 'POST', '/replace', { scopes })} />
    </Panel>
  );
}
