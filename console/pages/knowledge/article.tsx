import { useQuery } from '@tanstack/react-query';
import { Navigate, useParams } from '@tanstack/react-router';
import { RecordPage } from '@/components/records/record-page.tsx';
import { useHolds } from '@/components/records/scopes.ts';
import { PageSkeleton } from '@/components/ui/skeleton.tsx';
import { useEnvironment } from '@/environment.ts';
import { useFilters } from '@/lib/search-params.ts';
import { articleQuery, slugQuery } from '@/queries/knowledge.ts';
import { ArticleView } from './article-view.tsx';
import { CreateArticle, EditArticle } from './editor.tsx';

const list = { to: '/knowledge-base', label: 'Knowledge base' };

/** `new` is the page on which one is written; with `by=slug` the address names an article as links in texts do. */
export function ArticlePage() {
  const { id } = useParams({ strict: false }) as { id: string };
  const [{ by }] = useFilters();
  if (by === 'slug') return <BySlug slug={id} />;
  return id === 'new' ? <CreateArticle /> : <OneArticle id={id} />;
}

function OneArticle({ id }: { readonly id: string }) {
  const mayWrite = useHolds()('knowledge:write');
  const [{ edit }] = useFilters();
  const query = useQuery(articleQuery(useEnvironment(), id));
  return (
    <RecordPage query={query} noun="article" list={list}>
      {(tagged) =>
        edit && mayWrite ? <EditArticle key={id} tagged={tagged} /> : <ArticleView tagged={tagged} />
      }
    </RecordPage>
  );
}

function BySlug({ slug }: { readonly slug: string }) {
  const query = useQuery(slugQuery(useEnvironment(), slug));
  if (query.isPending) return <PageSkeleton />;
  // Where there is none, the page that says so is the one for an id that nothing has.
  return (
    <Navigate
      to="/knowledge-base/$id"
      params={{ id: query.data ?? slug }}
      search={({ env }: Record<string, string>) => (env ? { env } : {})}
      replace
    />
  );
}
