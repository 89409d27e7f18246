import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { ChevronDown, ChevronUp } from 'lucide-react';
import { useEffect } from 'react';
import { Alert, ProblemAlert } from '@/components/ui/alert.tsx';
import { EnvironmentBadge } from '@/components/ui/badge.tsx';
import { Button, IconButton } from '@/components/ui/button.tsx';
import { Copyable, CopyButton } from '@/components/ui/copy.tsx';
import { Dialog } from '@/components/ui/dialog.tsx';
import { Facts } from '@/components/ui/page.tsx';
import { Skeleton } from '@/components/ui/skeleton.tsx';
import { Segmented } from '@/components/ui/tabs.tsx';
import { useEnvironment } from '@/environment.ts';
import { formatBytes, formatDuration } from '@/lib/format.ts';
import { curlOf } from '@/lib/log-curl.ts';
import { showHidden } from '@/lib/pretty-json.ts';
import type { SearchParams } from '@/lib/search-params.ts';
import { targetOf } from '@/lib/secret-snippets.ts';
import { problemOf } from '@/problem.ts';
import { logQuery } from '@/queries/logs.ts';
import { useMay } from '@/session.ts';
import type { LogEntry } from '@/types.ts';
import { Bodies } from './bodies.tsx';
import { Foreign, LogTime, StatusBadge } from './cells.tsx';
import { Why } from './why.tsx';

const views = [
  { value: 'request', label: 'Request' },
  { value: 'why', label: 'Why?' },
] as const;

interface LogDrawerProps {
  readonly id: string;
  /** As the list has it, if it has. */
  readonly listed: LogEntry | undefined;
  readonly isWhy: boolean;
  readonly newer: LogEntry | undefined;
  readonly older: LogEntry | undefined;
  change(changes: SearchParams): void;
}

/** One request beside the list: what it was, how it was answered, and why. */
export function LogDrawer({ id, listed, isWhy, newer, older, change }: LogDrawerProps) {
  const environment = useEnvironment();
  const query = useQuery(logQuery(environment, id, listed));
  const { data: entry } = query;
  const go = (to: LogEntry | undefined) => to && change({ request: to.requestId });
  useArrows(
    () => go(newer),
    () => go(older),
  );
  const close = () => change({ request: undefined, view: undefined });
  return (
    <Dialog
      place="side"
      title={entry ? `${entry.method} ${showHidden(shorten(entry.path))}` : 'Request'}
      description={<Copyable text={id} />}
      onClose={close}
      footer={
        <>
          <div className="mr-auto flex gap-1">
            <IconButton label="Newer request (left arrow)" disabled={!newer} onClick={() => go(newer)}>
              <ChevronUp />
            </IconButton>
            <IconButton label="Older request (right arrow)" disabled={!older} onClick={() => go(older)}>
              <ChevronDown />
            </IconButton>
          </div>
          <CopyButton text={linkTo(location.href)} label="Copy link" />
          {entry && <CopyButton text={curlTo(entry)} label="Copy curl" />}
        </>
      }
    >
      {query.isError && !entry ? (
        <div className="flex flex-col gap-3">
          <ProblemAlert problem={problemOf(query.error)} />
          {problemOf(query.error).status === 404 && (
            <p className="text-muted">
              It may be of another environment, which the switch in the header chooses, or older than the log
              is kept.
            </p>
          )}
        </div>
      ) : !entry ? (
        <div className="flex flex-col gap-3" role="status" aria-label="Loading the request">
          <Skeleton className="h-8 w-40" />
          <Skeleton className="h-72" />
        </div>
      ) : (
        <div className="flex flex-col gap-5">
          <div>
            <Segmented
              label="What of the request"
              value={isWhy ? 'why' : 'request'}
              choices={views}
              onChange={(view) => change({ view: view === 'why' ? 'why' : undefined })}
            />
          </div>
          {isWhy ? (
            <Why key={id} entry={entry} />
          ) : (
            <Summary entry={entry} isWhole={!query.isPlaceholderData} onWhy={() => change({ view: 'why' })} />
          )}
        </div>
      )}
    </Dialog>
  );
}

function shorten(path: string): string {
  return path.length > 120 ? `${path.slice(0, 119)}…` : path;
}

/** Without where the page was scrolled to. */
function linkTo(href: string): string {
  const url = new URL(href);
  url.hash = '';
  return url.href;
}

function curlTo(entry: LogEntry): string {
  const isWhole = entry.requestBodyNote === undefined;
  const { method, path, requestBody } = entry;
  return curlOf(
    { method, path, requestBody: isWhole && requestBody !== '' ? requestBody : undefined },
    targetOf(entry.environment, location.origin),
  );
}

/** Left and right go through the list, but where they move something else. */
function useArrows(left: () => void, right: () => void): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const { target, key } = event;
      if ((key !== 'ArrowLeft' && key !== 'ArrowRight') || event.altKey || event.metaKey || event.ctrlKey)
        return;
      if (target instanceof Element && target.closest('input, select, textarea, section[tabindex]')) return;
      event.preventDefault();
      if (key === 'ArrowLeft') left();
      else right();
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, [left, right]);
}

interface SummaryProps {
  readonly entry: LogEntry;
  /** Bodies are not in what lists have. */
  readonly isWhole: boolean;
  onWhy(): void;
}

function Summary({ entry, isWhole, onWhy }: SummaryProps) {
  const may = useMay();
  return (
    <>
      {entry.code && (
        <Alert
          tone={entry.status >= 500 ? 'red' : 'amber'}
          title={entry.code}
          action={
            <Button size="sm" onClick={onWhy}>
              Why?
            </Button>
          }
        >
          {entry.status === 401 || entry.status === 403 || entry.status === 429
            ? 'The request was refused.'
            : 'The request was let in and could not be done.'}
        </Alert>
      )}
      <Facts
        facts={[
          { label: 'Answer', value: <StatusBadge status={entry.status} /> },
          { label: 'Time', value: <LogTime at={entry.at} isWhole /> },
          {
            label: 'Took',
            value: <span title={`${entry.durationMs} ms`}>{formatDuration(entry.durationMs)}</span>,
          },
          {
            label: 'Path',
            value: <Foreign text={entry.path} className="break-all font-mono text-sm" />,
          },
          {
            label: 'Route',
            value: entry.route ? (
              <Foreign text={entry.route} className="break-all font-mono text-sm" />
            ) : (
              <span className="text-muted">There is no such route</span>
            ),
          },
          { label: 'Key', value: <KeyOf entry={entry} /> },
          ...(entry.hint ? [{ label: 'Secret', value: <Copyable text={entry.hint} /> }] : []),
          { label: 'Environment', value: <EnvironmentBadge environment={entry.environment} /> },
          {
            label: 'Needed scopes',
            value:
              entry.requiredScopes.length === 0 ? (
                <span className="text-muted">None</span>
              ) : (
                <span className="font-mono text-sm">{entry.requiredScopes.join(', ')}</span>
              ),
          },
          {
            label: 'Address',
            value: entry.ip ? <Copyable text={entry.ip} /> : <span className="text-muted">Not named</span>,
          },
          {
            label: 'Program',
            value: entry.userAgent ? (
              <Foreign text={entry.userAgent} className="break-all" />
            ) : (
              <span className="text-muted">Not named</span>
            ),
          },
          {
            label: 'Sent and received',
            value: `${formatBytes(entry.requestBytes)} in the request, ${formatBytes(entry.responseBytes)} in the answer`,
          },
          ...(entry.clientRequestId
            ? [{ label: 'Caller’s request id', value: <Copyable text={entry.clientRequestId} /> }]
            : []),
        ]}
      />
      {isWhole ? (
        <Bodies entry={entry} mayChange={may('settings', 'write')} />
      ) : (
        <Skeleton className="h-32" />
      )}
    </>
  );
}

function KeyOf({ entry: { keyId, keyName } }: { readonly entry: LogEntry }) {
  if (keyId === null) return <span className="text-muted">None</span>;
  return (
    <Link
      to="/keys/$id"
      params={{ id: keyId }}
      search={(before: SearchParams) => ({ env: before.env })}
      className="text-accent underline-offset-4 hover:underline"
    >
      <Foreign text={keyName ?? keyId} />
    </Link>
  );
}
