import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { SearchX } from 'lucide-react';
import { ProblemAlert } from '@/components/ui/alert.tsx';
import { Button } from '@/components/ui/button.tsx';
import { Empty } from '@/components/ui/empty.tsx';
import { Skeleton } from '@/components/ui/skeleton.tsx';
import { Time } from '@/components/ui/time.tsx';
import { useEnvironment } from '@/environment.ts';
import { cn } from '@/lib/cn.ts';
import { formatCount } from '@/lib/format.ts';
import { useFilters } from '@/lib/search-params.ts';
import { readSnippet } from '@/lib/snippet.ts';
import { problemOf } from '@/problem.ts';
import { searchQuery } from '@/queries/knowledge.ts';
import type { FoundArticle } from '@/types.ts';
import { ShelfWords, TagLinks } from './words.tsx';

/** Published articles that have every word, with the place where they have it. */
export function FoundArticles({ q }: { readonly q: string }) {
  const query = useInfiniteQuery(searchQuery(useEnvironment(), q));
  const found = query.data?.pages.flatMap(({ data }) => data) ?? [];
  if (query.isError && !query.data) return <ProblemAlert problem={problemOf(query.error)} />;
  if (query.isPending) return <Skeleton className="h-48" />;
  if (found.length === 0) return <NothingFound />;
  return (
    <>
      <ol
        aria-label="Articles that were found"
        aria-busy={query.isFetching || undefined}
        className={cn('flex flex-col border-line border-t', query.isPlaceholderData && 'opacity-60')}
      >
        {found.map((article) => (
          <Found key={article.id} article={article} />
        ))}
      </ol>
      <div className="mt-3 flex items-center gap-3">
        {query.hasNextPage && (
          <Button isBusy={query.isFetchingNextPage} onClick={() => query.fetchNextPage()}>
            Show more
          </Button>
        )}
        <p role="status" className="text-muted text-sm">
          {query.hasNextPage ? `${formatCount(found.length)} shown.` : `${formatCount(found.length)} found.`}
        </p>
      </div>
    </>
  );
}

function Found({ article }: { readonly article: FoundArticle }) {
  const { id, title, snippet, tags, updatedAt } = article;
  return (
    <li className="border-line border-b py-3">
      <Link to="/knowledge-base/$id" params={{ id }} className="font-medium hover:underline">
        <bdi>{title}</bdi>
      </Link>
      <p className="mt-0.5 max-w-[90ch] break-words text-muted">
        {readSnippet(snippet).map(({ text, isMarked }, place) => {
          const key = `${place} ${text}`;
          if (!isMarked) return <span key={key}>{text}</span>;
          return (
            <mark key={key} className="rounded-sm bg-amber-soft px-0.5 text-amber-ink">
              {text}
            </mark>
          );
        })}
      </p>
      <p className="mt-1.5 flex flex-wrap items-center gap-x-4 gap-y-1 text-muted text-sm">
        <span>
          <ShelfWords article={article} />
        </span>
        {tags.length > 0 && <TagLinks tags={tags} shown={6} />}
        <span>
          updated <Time at={updatedAt} />
        </span>
      </p>
    </li>
  );
}

function NothingFound() {
  const [, change] = useFilters();
  return (
    <Empty
      icon={SearchX}
      title="No published article has all of these words"
      action={<Button onClick={() => change({ in: 'all' })}>Search drafts, too</Button>}
    >
      The last word may be unfinished; the others must be whole.
    </Empty>
  );
}
