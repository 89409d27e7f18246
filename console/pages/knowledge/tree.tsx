import { useQuery } from '@tanstack/react-query';
import { ChevronDown, ChevronRight, Ellipsis, FolderPlus, Pencil, Plus, Trash2 } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { useHolds } from '@/components/records/scopes.ts';
import { ProblemAlert } from '@/components/ui/alert.tsx';
import { Button, IconButton } from '@/components/ui/button.tsx';
import { Menu, MenuItem } from '@/components/ui/menu.tsx';
import { Skeleton } from '@/components/ui/skeleton.tsx';
import { useEnvironment } from '@/environment.ts';
import { cn } from '@/lib/cn.ts';
import { formatCount } from '@/lib/format.ts';
import { useFilters } from '@/lib/search-params.ts';
import { problemOf } from '@/problem.ts';
import { categoriesQuery, subcategoriesQuery } from '@/queries/knowledge.ts';
import type { Category } from '@/types.ts';
import { CreateShelf, DeleteShelf, EditShelf, type Shelf } from './shelf-forms.tsx';

type Opened =
  | { readonly form: 'create'; readonly within?: Category }
  | { readonly form: 'edit' | 'delete'; readonly shelf: Shelf };

/** Categories and what is in them, as a way to narrow the list down. */
export function CategoryTree({ onChoose }: { onChoose?(): void }) {
  const environment = useEnvironment();
  const mayWrite = useHolds()('knowledge:write');
  const { data: categories, error } = useQuery(categoriesQuery(environment));
  const [{ category, subcategory }, change] = useFilters();
  const [opened, setOpened] = useState<Opened | null>(null);
  const choose = (categoryId?: string, subcategoryId?: string) => {
    change({ category: categoryId, subcategory: subcategoryId });
    onChoose?.();
  };
  const close = () => setOpened(null);
  return (
    <nav aria-label="Categories" className="min-w-0">
      <ul className="flex flex-col gap-px">
        <Row isChosen={!category} title="All categories" onChoose={() => choose()} />
        {categories?.map((item) => (
          <Branch
            key={item.id}
            category={item}
            chosen={{ category, subcategory }}
            choose={choose}
            open={mayWrite ? setOpened : undefined}
          />
        ))}
      </ul>
      {error && <ProblemAlert problem={problemOf(error)} />}
      {categories === undefined && !error && <Skeleton className="mt-2 h-24" />}
      {mayWrite && (
        <Button
          tone="quiet"
          size="sm"
          className="mt-1 -ml-1 pl-1.5"
          onClick={() => setOpened({ form: 'create' })}
        >
          <Plus aria-hidden />
          New category
        </Button>
      )}
      {opened?.form === 'create' && <CreateShelf within={opened.within} onClose={close} />}
      {opened?.form === 'edit' && <EditShelf shelf={opened.shelf} onClose={close} />}
      {opened?.form === 'delete' && (
        <DeleteShelf shelf={opened.shelf} onClose={close} onDone={() => choose()} />
      )}
    </nav>
  );
}

interface BranchProps {
  readonly category: Category;
  readonly chosen: { readonly category?: string; readonly subcategory?: string };
  choose(categoryId: string, subcategoryId?: string): void;
  /** Left out for who may not change anything. */
  open?(opened: Opened): void;
}

function Branch({ category, chosen, choose, open }: BranchProps) {
  const environment = useEnvironment();
  const isChosen = chosen.category === category.id;
  const [isOpen, setOpen] = useState(isChosen);
  const { data: subcategories } = useQuery({
    ...subcategoriesQuery(environment, category.id),
    enabled: isOpen || isChosen,
  });
  const isShown = isOpen || isChosen;
  const Icon = isShown ? ChevronDown : ChevronRight;
  return (
    <>
      <Row
        isChosen={isChosen && !chosen.subcategory}
        title={category.title}
        count={category.articleCount}
        onChoose={() => choose(category.id)}
        before={
          <IconButton
            label={`${isShown ? 'Close' : 'Open'} ${category.title}`}
            size="icon-sm"
            className="size-6"
            aria-expanded={isShown}
            disabled={isChosen}
            onClick={() => setOpen(!isOpen)}
          >
            <Icon />
          </IconButton>
        }
        menu={
          open && (
            <RowMenu shelf={category} open={open}>
              <MenuItem onSelect={() => open({ form: 'create', within: category })}>
                <FolderPlus aria-hidden />
                New subcategory
              </MenuItem>
            </RowMenu>
          )
        }
      />
      {isShown &&
        subcategories?.map((item) => (
          <Row
            key={item.id}
            isInner
            isChosen={chosen.subcategory === item.id}
            title={item.title}
            count={item.articleCount}
            onChoose={() => choose(category.id, item.id)}
            menu={open && <RowMenu shelf={item} open={open} />}
          />
        ))}
    </>
  );
}

interface RowProps {
  readonly title: string;
  readonly count?: number;
  readonly isChosen: boolean;
  readonly isInner?: boolean;
  readonly before?: ReactNode;
  readonly menu?: ReactNode;
  onChoose(): void;
}

function Row({ title, count, isChosen, isInner, before, menu, onChoose }: RowProps) {
  return (
    <li
      className={cn(
        'group/shelf flex min-h-8 items-center gap-1 rounded-md pr-1 hover:bg-hover',
        isChosen && 'bg-accent-soft hover:bg-accent-soft',
        isInner && 'pl-7',
      )}
    >
      {before ?? (!isInner && <span className="w-6 shrink-0" />)}
      <button
        type="button"
        aria-current={isChosen ? 'true' : undefined}
        onClick={onChoose}
        title={title}
        className={cn(
          'flex min-w-0 flex-1 items-baseline gap-2 rounded py-1 text-left',
          isChosen && 'font-medium',
        )}
      >
        <bdi className="min-w-0 flex-1 truncate">{title}</bdi>
        {count !== undefined && (
          <span className="shrink-0 font-normal text-muted text-sm">
            {formatCount(count)}
            <span className="sr-only"> articles</span>
          </span>
        )}
      </button>
      {menu}
    </li>
  );
}

interface RowMenuProps {
  readonly shelf: Shelf;
  open(opened: Opened): void;
  readonly children?: ReactNode;
}

function RowMenu({ shelf, open, children }: RowMenuProps) {
  return (
    <Menu
      trigger={
        <IconButton label={`Actions for ${shelf.title}`} size="icon-sm" className="size-6">
          <Ellipsis />
        </IconButton>
      }
    >
      {children}
      <MenuItem onSelect={() => open({ form: 'edit', shelf })}>
        <Pencil aria-hidden />
        Rename or move
      </MenuItem>
      <MenuItem tone="danger" onSelect={() => open({ form: 'delete', shelf })}>
        <Trash2 aria-hidden />
        Delete
      </MenuItem>
    </Menu>
  );
}
