import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Ban, Check, CircleCheck, Minus } from 'lucide-react';
import type { ReactNode } from 'react';
import { Alert, ProblemAlert } from '@/components/ui/alert.tsx';
import { Button } from '@/components/ui/button.tsx';
import { CodeBlock } from '@/components/ui/copy.tsx';
import { Skeleton } from '@/components/ui/skeleton.tsx';
import { useEnvironment } from '@/environment.ts';
import { cn } from '@/lib/cn.ts';
import { checkWords, placeOfChange } from '@/lib/explain-words.ts';
import { showHidden } from '@/lib/pretty-json.ts';
import type { SearchParams } from '@/lib/search-params.ts';
import { problemOf } from '@/problem.ts';
import { explanationQuery } from '@/queries/logs.ts';
import type { Explanation, LogEntry } from '@/types.ts';
import { Foreign } from './cells.tsx';

/** Why a request was answered as it was: every check, what it would meet now, and what would let it in. */
export function Why({ entry }: { readonly entry: LogEntry }) {
  const query = useQuery(explanationQuery(useEnvironment(), entry.requestId));
  if (query.isPending) {
    return (
      <div className="flex flex-col gap-3" role="status" aria-label="Loading the explanation">
        <Skeleton className="h-16" />
        <Skeleton className="h-80" />
      </div>
    );
  }
  if (query.isError) {
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
  const { data: told } = query;
  return (
    <div className="flex flex-col gap-6">
      <Verdict told={told} />
      <Part
        title="The checks, in their order"
        note={
          told.policyVersion === null
            ? 'As they judged it then.'
            : `As they judged it then, by version ${told.policyVersion} of the key.`
        }
      >
        <Checks checks={told.checks} refusedBy={told.refusedBy} />
      </Part>
      <Now told={told} keyId={entry.keyId} />
    </div>
  );
}

function Part({
  title,
  note,
  children,
}: {
  readonly title: string;
  readonly note?: string;
  readonly children: ReactNode;
}) {
  return (
    <section>
      <h3 className="font-medium">{title}</h3>
      {note && <p className="text-muted text-sm">{note}</p>}
      <div className="mt-2">{children}</div>
    </section>
  );
}

function Verdict({ told }: { readonly told: Explanation }) {
  const { refusedBy, code, status, detail } = told;
  if (refusedBy !== null) {
    const { label } = checkWords({ name: refusedBy, input: {} });
    return (
      <Alert tone="red" title={`Refused with ${status} by the check “${label}”`}>
        <Foreign text={detail ?? code ?? ''} />
      </Alert>
    );
  }
  if (code === null) return <Alert tone="green" title={`Admitted, and answered with ${status}`} />;
  return (
    <Alert tone="amber" title={`Admitted, and then answered with ${status} ${code}`}>
      {detail && <Foreign text={detail} />}
      <p>The key was not the reason: all checks let the request through, and its handler said this.</p>
    </Alert>
  );
}

function Checks({ checks, refusedBy }: Pick<Explanation, 'checks' | 'refusedBy'>) {
  return (
    <ol className="divide-y divide-line overflow-hidden rounded-lg border border-line">
      {checks.map((check) => {
        const { label, question, found } = checkWords(check);
        const isRefusing = check.name === refusedBy;
        return (
          <li
            key={check.name}
            className={cn(
              'grid grid-cols-[1.25rem_minmax(0,1fr)_auto] gap-x-2.5 px-3 py-2',
              isRefusing && 'bg-red-soft',
            )}
          >
            <CheckIcon passed={check.passed} />
            <div className="min-w-0">
              <p className={cn(check.passed === null && 'text-muted')}>
                <span className="font-medium">{label}.</span> {question}
              </p>
              {found && (
                <p className={cn('break-words text-sm', isRefusing ? 'text-red-ink' : 'text-muted')}>
                  {showHidden(found)}
                </p>
              )}
            </div>
            <span className={cn('text-sm', isRefusing ? 'font-medium text-red-ink' : 'text-muted')}>
              {check.passed === null ? 'Not reached' : check.passed ? 'Passed' : 'Refused'}
            </span>
          </li>
        );
      })}
    </ol>
  );
}

function CheckIcon({ passed }: { readonly passed: boolean | null }) {
  if (passed === null) return <Minus className="mt-0.5 size-4 text-muted" aria-hidden />;
  if (passed) return <Check className="mt-0.5 size-4 text-green-ink" aria-hidden />;
  return <Ban className="mt-0.5 size-4 text-red-ink" aria-hidden />;
}

function whySince(refusedBy: string): string {
  return refusedBy === 'limit'
    ? ': there is room within the limits again'
    : ': what refused it has changed since';
}

function Now({
  told: { now, change, refusedBy },
  keyId,
}: {
  readonly told: Explanation;
  readonly keyId: string | null;
}) {
  const version = now.policyVersion === null ? '' : ` The key is at version ${now.policyVersion}.`;
  const refusing = now.checks.find(({ passed }) => passed === false);
  return (
    <Part title="The same request now">
      {now.admitted ? (
        <p className="flex gap-2">
          <CircleCheck className="mt-0.5 size-4 shrink-0 text-green-ink" aria-hidden />
          <span>
            It would be admitted{refusedBy === null ? ' again' : whySince(refusedBy)}.{version}
          </span>
        </p>
      ) : (
        <div className="flex flex-col gap-3">
          <p className="flex gap-2">
            <Ban className="mt-0.5 size-4 shrink-0 text-red-ink" aria-hidden />
            <span className="min-w-0">
              It would be refused
              {now.code && (
                <>
                  {' '}
                  with <code className="font-mono text-sm">{now.code}</code>
                </>
              )}
              . {refusing && refusing.name !== refusedBy && now.detail && <Foreign text={now.detail} />}
              {version}
            </span>
          </p>
          {change && <Change change={change} keyId={keyId} />}
        </div>
      )}
    </Part>
  );
}

function Change({
  change,
  keyId,
}: {
  readonly change: NonNullable<Explanation['change']>;
  readonly keyId: string | null;
}) {
  const place = placeOfChange(change, keyId);
  return (
    <div className="rounded-lg border border-accent/40 bg-accent-soft p-3">
      <p className="font-medium">What would admit it</p>
      <p className="mt-0.5">
        <Foreign text={change.detail} />
      </p>
      {place && (
        <Button asChild tone="primary" className="mt-3">
          <Link
            to={place.to}
            params={place.keyId === undefined ? {} : { id: place.keyId }}
            search={(before: SearchParams) => ({ env: before.env })}
          >
            {place.label}
          </Link>
        </Button>
      )}
      {change.request && (
        <details className="mt-3">
          <summary className="w-fit rounded text-sm">As a call of the API</summary>
          <CodeBlock
            className="mt-2"
            label="The call that makes the change"
            text={`${change.request.method} ${change.request.path}${
              change.request.body ? `\n\n${JSON.stringify(change.request.body, null, 2)}` : ''
            }`}
          />
        </details>
      )}
    </div>
  );
}
