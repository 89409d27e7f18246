import { Link } from '@tanstack/react-router';
import { Pencil } from 'lucide-react';
import { Markdown, MarkdownSource } from '@/components/markdown.tsx';
import { ListLink } from '@/components/records/record-page.tsx';
import { useHolds } from '@/components/records/scopes.ts';
import { Alert } from '@/components/ui/alert.tsx';
import { Button } from '@/components/ui/button.tsx';
import { Copyable, CopyButton } from '@/components/ui/copy.tsx';
import { Facts, PageFrame, Panel } from '@/components/ui/page.tsx';
import { Segmented } from '@/components/ui/tabs.tsx';
import { Time } from '@/components/ui/time.tsx';
import { useFilters } from '@/lib/search-params.ts';
import type { TaggedArticle } from '@/queries/knowledge.ts';
import type { Article } from '@/types.ts';
import { ArticleActions } from './article-actions.tsx';
import { ArticleStatus, ShelfWords, TagLinks } from './words.tsx';

const views = [
  { value: 'text', label: 'Text' },
  { value: 'markdown', label: 'Markdown' },
] as const;

export function ArticleView({ tagged }: { readonly tagged: TaggedArticle }) {
  const { article } = tagged;
  const mayWrite = useHolds()('knowledge:write');
  const [{ view }, change] = useFilters();
  const isSource = view === 'markdown';
  const { title, summary, content, status } = article;
  return (
    <PageFrame
      title={title}
      badge={<ArticleStatus status={status} />}
      above={<ListLink to="/knowledge-base">Knowledge base</ListLink>}
      description={summary && <bdi>{summary}</bdi>}
      actions={
        mayWrite && (
          <>
            <Button asChild>
              <Link to="." search={(before: Record<string, string>) => ({ ...before, edit: '1' })}>
                <Pencil aria-hidden />
                Edit
              </Link>
            </Button>
            <ArticleActions tagged={tagged} />
          </>
        )
      }
    >
      <div className="grid items-start gap-4 xl:grid-cols-[minmax(0,1fr)_20rem]">
        <div className="flex min-w-0 flex-col gap-3">
          {status === 'archived' && (
            <Alert>It is archived: lists and searches leave it out until it is published again.</Alert>
          )}
          <div className="flex flex-wrap items-center justify-between gap-2">
            <Segmented
              label="How the text is shown"
              value={isSource ? 'markdown' : 'text'}
              choices={views}
              onChange={(value) => change({ view: value === 'markdown' ? value : undefined })}
            />
            <CopyButton text={content} label="Copy Markdown" tone="quiet" />
          </div>
          {isSource ? (
            <MarkdownSource text={content} />
          ) : (
            <article
              aria-label={title}
              className="rounded-lg border border-line bg-raised px-4 py-4 sm:px-6 sm:py-5"
            >
              <Markdown text={content} empty="This article has no text yet." />
            </article>
          )}
        </div>
        <FactsPanel article={article} />
      </div>
    </PageFrame>
  );
}

function FactsPanel({ article }: { readonly article: Article }) {
  const { id, slug, tags, source, contentHash, sortOrder } = article;
  return (
    <Panel title="Facts">
      <Facts
        className="grid-cols-[6rem_minmax(0,1fr)] gap-x-4"
        facts={[
          { label: 'Slug', value: <Copyable text={slug} /> },
          { label: 'Category', value: <ShelfWords article={article} isFull /> },
          { label: 'Tags', value: <TagLinks tags={tags} /> },
          { label: 'Published', value: <Time at={article.publishedAt} as="exact" /> },
          { label: 'Reviewed', value: <Time at={article.reviewedAt} as="exact" /> },
          { label: 'Updated', value: <Time at={article.updatedAt} as="exact" /> },
          { label: 'Created', value: <Time at={article.createdAt} as="exact" /> },
          {
            label: 'Source',
            value: source ? <bdi>{source}</bdi> : <span className="text-muted">Made by hand</span>,
          },
          { label: 'Order', value: sortOrder },
          { label: 'Content hash', value: <Copyable text={contentHash} /> },
          { label: 'Id', value: <Copyable text={id} /> },
        ]}
      />
    </Panel>
  );
}
