import { useInfiniteQuery } from '@tanstack/react-query';
import { Fragment, useEffect, useLayoutEffect, useRef } from 'react';
import { ContactLink } from '@/components/records/references.tsx';
import { useHolds } from '@/components/records/scopes.ts';
import { ProblemAlert } from '@/components/ui/alert.tsx';
import { Button } from '@/components/ui/button.tsx';
import { Skeleton } from '@/components/ui/skeleton.tsx';
import { Time } from '@/components/ui/time.tsx';
import { useEnvironment } from '@/environment.ts';
import { cn } from '@/lib/cn.ts';
import { formatDay, plural } from '@/lib/format.ts';
import { problemOf } from '@/problem.ts';
import { messagesQuery } from '@/queries/conversations.ts';
import type { Conversation, Message } from '@/types.ts';
import { Composer } from './composer.tsx';
import { AuthorName } from './people.tsx';

/** Close enough to the end to be taken along when something comes. */
const nearPx = 80;

/** What was said, the newest at the bottom, and below it where one writes. */
export function Thread({ conversation }: { readonly conversation: Conversation }) {
  const { id, messageCount, channel } = conversation;
  const environment = useEnvironment();
  const mayWrite = useHolds()('conversations:write', `channels.${channel}:write`);
  const query = useInfiniteQuery(messagesQuery(environment, id));
  const messages = query.data?.pages.flatMap(({ data }) => data) ?? [];
  const { hasNextPage, refetch } = query;
  const isBehind = query.isSuccess && !hasNextPage && messages.length < messageCount;
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each message that is missing, not for ever
  useEffect(() => {
    if (isBehind) void refetch();
  }, [isBehind, messageCount, refetch]);
  const box = useEnd(messages.length);
  return (
    <div className="min-w-0 rounded-lg border border-line bg-raised">
      <section
        ref={box}
        aria-label="Messages"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        className="max-h-[60dvh] min-h-40 overflow-y-auto rounded-t-lg px-4 py-4"
      >
        {query.isPending && <Skeleton className="h-32" />}
        {query.isError && (
          <ProblemAlert
            problem={problemOf(query.error)}
            action={
              <Button size="sm" onClick={() => query.refetch()}>
                Try again
              </Button>
            }
          />
        )}
        {query.isSuccess && messages.length === 0 && (
          <p className="text-muted">Nothing was written yet. The first message will stand here.</p>
        )}
        <ol className="flex flex-col gap-4" aria-live="polite">
          {messages.map((message, index) => (
            <Fragment key={message.id}>
              <DaySeparator of={message} after={messages[index - 1]} />
              <Item message={message} contactId={conversation.contactId} />
            </Fragment>
          ))}
        </ol>
        {hasNextPage && (
          <div className="mt-4 flex flex-col items-center gap-1 text-center">
            <Button isBusy={query.isFetchingNextPage} onClick={() => query.fetchNextPage()}>
              Show newer messages
            </Button>
            <p className="text-muted text-sm">
              {plural(Math.max(messageCount - messages.length, 1), 'message')} came after these.
            </p>
          </div>
        )}
      </section>
      {mayWrite && <Composer conversation={conversation} />}
    </div>
  );
}

/** Keeps the end of a list in sight, unless the reader has gone back in it. */
function useEnd(count: number) {
  const box = useRef<HTMLElement>(null);
  const isAtEnd = useRef(true);
  useEffect(() => {
    const { current } = box;
    if (!current) return;
    const note = () => {
      isAtEnd.current = current.scrollHeight - current.scrollTop - current.clientHeight < nearPx;
    };
    current.addEventListener('scroll', note, { passive: true });
    return () => current.removeEventListener('scroll', note);
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is about what was added
  useLayoutEffect(() => {
    if (box.current && isAtEnd.current) box.current.scrollTop = box.current.scrollHeight;
  }, [count]);
  return box;
}

function DaySeparator({ of, after }: { readonly of: Message; readonly after: Message | undefined }) {
  const day = formatDay(of.createdAt);
  if (after && formatDay(after.createdAt) === day) return null;
  return (
    <li className="flex items-center gap-3 text-muted text-sm">
      <span aria-hidden className="h-px flex-1 bg-line" />
      {day}
      <span aria-hidden className="h-px flex-1 bg-line" />
    </li>
  );
}

function Item({ message, contactId }: { readonly message: Message; readonly contactId: string }) {
  const { direction, content, author, createdAt } = message;
  const isInbound = direction === 'inbound';
  return (
    <li
      className={cn(
        'flex max-w-[85%] min-w-0 flex-col gap-1',
        isInbound ? 'self-start' : 'items-end self-end',
      )}
    >
      <p className="flex max-w-full flex-wrap gap-x-2 text-muted text-sm">
        <span className="font-medium text-ink">
          {isInbound ? <ContactLink id={contactId} /> : <AuthorName author={author} />}
        </span>
        <span className="sr-only">{isInbound ? 'wrote' : 'answered'}</span>
        <Time at={createdAt} />
        {isInbound && (
          <span>
            written down by <AuthorName author={author} />
          </span>
        )}
      </p>
      <div
        dir="auto"
        className={cn(
          'max-w-full whitespace-pre-wrap break-words rounded-lg border px-3 py-2 [overflow-wrap:anywhere]',
          isInbound ? 'border-line bg-sunken' : 'border-transparent bg-accent-soft',
        )}
      >
        {content}
      </div>
    </li>
  );
}
