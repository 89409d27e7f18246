import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { BookOpen, X } from 'lucide-react';
import { type ReactNode, useCallback } from 'react';
import { useHolds } from '@/components/records/scopes.ts';
import { Button } from '@/components/ui/button.tsx';
import { CodeBlock, Copyable } from '@/components/ui/copy.tsx';
import { type Column, DataTable } from '@/components/ui/data-table.tsx';
import { Empty } from '@/components/ui/empty.tsx';
import { Filter } from '@/components/ui/filter.tsx';
import { SearchField } from '@/components/ui/search.tsx';
import { Segmented } from '@/components/ui/tabs.tsx';
import { Time } from '@/components/ui/time.tsx';
import { environmentLabel, useEnvironment } from '@/environment.ts';
import { useFilters } from '@/lib/search-params.ts';
import { targetOf } from '@/lib/secret-snippets.ts';
import {
  type ArticleFilters,
  articlesQuery,
  categoriesQuery,
  subcategoriesQuery,
  tagsQuery,
} from '@/queries/knowledge.ts';
import type { ListedArticle } from '@/types.ts';
import { FoundArticles } from './found.tsx';
import { pushCommand } from './import-hint.tsx';
import { ArticleStatus, ShelfWords, statusChoices, TagLinks } from './words.tsx';

const columns: readonly Column<ListedArticle>[] = [
  {
    id: 'title',
    header: 'Title',
    isFixed: true,
    cell: ({ id, title }) => (
      <Link
        to="/knowledge-base/$id"
        params={{ id }}
        title={title}
        className="block truncate font-medium hover:underline"
      >
        <bdi>{title}</bdi>
      </Link>
    ),
  },
  {
    id: 'status',
    header: 'Status',
    className: 'w-28',
    cell: ({ status }) => <ArticleStatus status={status} />,
  },
  {
    id: 'category',
    header: 'Category',
    className: 'w-32 hidden lg:table-cell',
    cell: (article) => <ShelfWords article={article} />,
  },
  {
    id: 'tags',
    header: 'Tags',
    className: 'w-40 hidden md:table-cell',
    cell: ({ tags }) => <TagLinks tags={tags} shown={1} />,
  },
  {
    id: 'updated',
    header: 'Updated',
    className: 'w-32 hidden sm:table-cell',
    cell: ({ updatedAt }) => <Time at={updatedAt} />,
  },
  {
    id: 'reviewed',
    header: 'Reviewed',
    className: 'w-32 hidden lg:table-cell',
    cell: ({ reviewedAt }) => <Time at={reviewedAt} />,
  },
  {
    id: 'slug',
    header: 'Slug',
    className: 'w-48 hidden xl:table-cell',
    isExtra: true,
    cell: ({ slug }) => <Copyable text={slug} />,
  },
  {
    id: 'source',
    header: 'Source',
    className: 'w-40 hidden xl:table-cell',
    isExtra: true,
    cell: ({ source }) => <bdi>{source ?? ''}</bdi>,
  },
];

const nothing = { q: '', status: '', tag: '', category: '', subcategory: '', in: '' };

const depths = [
  { value: 'published', label: 'Published, with excerpts' },
  { value: 'all', label: 'Drafts too' },
] as const;

/** The list with its filters, or what a search found. */
export function Articles({ categories }: { readonly categories: ReactNode }) {
  const [params, change] = useFilters();
  const { q, status, tag, category, subcategory } = params;
  const search = useCallback((text: string) => change({ q: text.slice(0, 200) || undefined }), [change]);
  // The search through published texts knows no filters.
  const maySearch = Boolean(q) && !status && !tag && !category;
  const isSearch = maySearch && params.in !== 'all';
  const toolbar = (
    <>
      <SearchField label="Search articles" value={q ?? ''} onSearch={search} />
      {maySearch && (
        <Segmented
          label="Where to search"
          value={isSearch ? 'published' : 'all'}
          choices={depths}
          onChange={(value) => change({ in: value === 'all' ? 'all' : undefined })}
        />
      )}
      {categories}
      <Filter
        label="Status"
        value={status ?? ''}
        choices={statusChoices}
        onChange={(value) => change({ status: value })}
      />
      <TagFilter />
      <ChosenShelf />
    </>
  );
  if (isSearch) {
    return (
      <div className="min-w-0">
        <div className="mb-3 flex min-h-8 flex-wrap items-center gap-2">{toolbar}</div>
        <FoundArticles q={q!} />
      </div>
    );
  }
  const filters = { q, status, tag, categoryId: category, subcategoryId: subcategory };
  return <ArticleTable filters={filters} toolbar={toolbar} clear={() => change(nothing)} />;
}

interface TableProps {
  readonly filters: ArticleFilters;
  readonly toolbar: ReactNode;
  clear(): void;
}

function ArticleTable({ filters, toolbar, clear }: TableProps) {
  const environment = useEnvironment();
  const navigate = useNavigate();
  const query = useInfiniteQuery(articlesQuery(environment, filters));
  const isFiltered = Object.values(filters).some(Boolean);
  return (
    <div className="min-w-0">
      <DataTable
        label="Articles"
        columns={columns}
        query={query}
        idOf={({ id }) => id}
        onOpen={({ id }) => void navigate({ to: '/knowledge-base/$id', params: { id } })}
        rowClass={({ status }) => (status === 'archived' ? 'text-muted' : undefined)}
        toolbar={toolbar}
        empty={isFiltered ? <NoSuchArticle clear={clear} /> : <NoArticles />}
      />
    </div>
  );
}

function NoSuchArticle({ clear }: { clear(): void }) {
  const environment = useEnvironment();
  return (
    <Empty
      icon={BookOpen}
      title="No article is like that"
      action={<Button onClick={clear}>Clear the filters</Button>}
    >
      No article in {environmentLabel[environment]} passes these filters. Archived articles are shown with the
      status Archived alone.
    </Empty>
  );
}

function NoArticles() {
  const environment = useEnvironment();
  const mayWrite = useHolds()('knowledge:write');
  const { origin } = targetOf(environment, location.origin);
  return (
    <Empty
      icon={BookOpen}
      title={`No articles in ${environmentLabel[environment]} yet`}
      action={
        mayWrite && (
          <Button tone="primary" asChild>
            <Link to="/knowledge-base/$id" params={{ id: 'new' }}>
              Write the first article
            </Link>
          </Button>
        )
      }
    >
      <p>
        Write one here, or keep a folder of Markdown files and push it with a key that has knowledge:write.
      </p>
      <CodeBlock
        label="Push a folder"
        text={pushCommand(origin)}
        className="mt-3 w-0 min-w-full text-left text-ink"
      />
    </Empty>
  );
}

function TagFilter() {
  const environment = useEnvironment();
  const [{ tag }, change] = useFilters();
  const { data: tags = [] } = useQuery(tagsQuery(environment));
  const choices = tags.slice(0, 100).map(({ slug, name }) => ({ value: slug, label: name }));
  // One that stands further down, or came by a link.
  const isListed = !tag || choices.some(({ value }) => value === tag);
  return (
    <Filter
      label="Tag"
      value={tag ?? ''}
      choices={isListed ? choices : [...choices, { value: tag, label: tag }]}
      onChange={(value) => change({ tag: value })}
    />
  );
}

/** Where the tree is not in sight, what was chosen in it. */
function ChosenShelf() {
  const environment = useEnvironment();
  const [{ category, subcategory }, change] = useFilters();
  const { data: categories } = useQuery({ ...categoriesQuery(environment), enabled: Boolean(category) });
  const { data: subcategories } = useQuery({
    ...subcategoriesQuery(environment, category ?? ''),
    enabled: Boolean(category && subcategory),
  });
  if (!category) return null;
  const name = categories?.find(({ id }) => id === category)?.title ?? 'Category';
  const inner = subcategories?.find(({ id }) => id === subcategory)?.title;
  return (
    <Button
      className="max-w-72 border-accent bg-accent-soft xl:hidden"
      onClick={() => change({ category: undefined, subcategory: undefined })}
    >
      <span className="truncate">{inner ? `${name} › ${inner}` : name}</span>
      <X aria-hidden />
      <span className="sr-only">: show all categories</span>
    </Button>
  );
}
