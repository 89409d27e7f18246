import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Status } from '@/components/ui/badge.tsx';
import { useEnvironment } from '@/environment.ts';
import { categoriesQuery, subcategoriesQuery } from '@/queries/knowledge.ts';
import type { ListedArticle } from '@/types.ts';

type State = ListedArticle['status'];

const tones = { draft: 'amber', published: 'green', archived: 'neutral' } as const;
const words = { draft: 'Draft', published: 'Published', archived: 'Archived' } as const;

export const statusChoices = (['draft', 'published', 'archived'] as const).map((value) => ({
  value,
  label: words[value],
}));

export function ArticleStatus({ status }: { readonly status: State }) {
  return <Status tone={tones[status]}>{words[status]}</Status>;
}

interface ShelfProps {
  readonly article: Pick<ListedArticle, 'categoryId' | 'subcategoryId'>;
  /** With the subcategory, and with links to what else stands there. */
  readonly isFull?: boolean;
}

/** Where an article stands, by names. */
export function ShelfWords({ article, isFull }: ShelfProps) {
  const environment = useEnvironment();
  const { categoryId, subcategoryId } = article;
  const { data: categories } = useQuery({ ...categoriesQuery(environment), enabled: categoryId !== null });
  const { data: subcategories } = useQuery({
    ...subcategoriesQuery(environment, categoryId ?? ''),
    enabled: isFull === true && categoryId !== null && subcategoryId !== null,
  });
  if (categoryId === null) return <span className="text-muted">None</span>;
  const category = categories?.find(({ id }) => id === categoryId)?.title ?? categoryId;
  if (!isFull) return <bdi>{category}</bdi>;
  const subcategory = subcategories?.find(({ id }) => id === subcategoryId)?.title ?? subcategoryId;
  return (
    <>
      <Link to="/knowledge-base" search={{ category: categoryId }} className="hover:underline">
        <bdi>{category}</bdi>
      </Link>
      {subcategoryId !== null && (
        <>
          {' › '}
          <Link
            to="/knowledge-base"
            search={{ category: categoryId, subcategory: subcategoryId }}
            className="hover:underline"
          >
            <bdi>{subcategory}</bdi>
          </Link>
        </>
      )}
    </>
  );
}

/** Tags as links to the articles that have them. */
export function TagLinks({ tags, shown = tags.length }: { tags: readonly string[]; shown?: number }) {
  if (tags.length === 0) return <span className="text-muted">None</span>;
  const rest = tags.length - shown;
  return (
    <span className="inline-flex min-w-0 max-w-full flex-wrap gap-1">
      {tags.slice(0, shown).map((tag) => (
        <Link
          key={tag}
          to="/knowledge-base"
          search={{ tag }}
          className="inline-block max-w-full truncate rounded border border-line bg-sunken px-1.5 text-muted text-xs leading-[18px] hover:text-ink"
        >
          <bdi>{tag}</bdi>
        </Link>
      ))}
      {rest > 0 && <span className="text-muted text-xs leading-[20px]">+{rest}</span>}
    </span>
  );
}
