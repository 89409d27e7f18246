import { useQueryClient } from '@tanstack/react-query';
import type { FormField } from '@/components/records/form-control.tsx';
import { FormDialog, type FormValues } from '@/components/records/form-dialog.tsx';
import { changedTexts, filledTexts } from '@/components/records/values.ts';
import { Confirm } from '@/components/ui/confirm.tsx';
import { toast } from '@/components/ui/toast.tsx';
import { useEnvironment } from '@/environment.ts';
import { plural } from '@/lib/format.ts';
import { changeShelf, createShelf, deleteShelf, refreshKnowledge } from '@/queries/knowledge.ts';
import type { Category, Subcategory } from '@/types.ts';

export type Shelf = Category | Subcategory;

const kindOf = (shelf: Shelf) => ('categoryId' in shelf ? 'subcategories' : 'categories');
const nounOf = (shelf: Shelf) => ('categoryId' in shelf ? 'subcategory' : 'category');

const fieldsFor = (isNew: boolean): readonly FormField[] => [
  { name: 'title', label: 'Title', maxLength: 200 },
  {
    name: 'slug',
    label: 'Slug',
    isOptional: isNew,
    maxLength: 400,
    hint: isNew
      ? 'Made from the title where it is left out.'
      : 'Programs know it by this: a push finds it by its slug.',
  },
  { name: 'description', label: 'Description', kind: 'long', isOptional: true, maxLength: 2_000 },
  {
    name: 'sortOrder',
    label: 'Order',
    kind: 'number',
    isOptional: true,
    min: -2_147_483_648,
    max: 2_147_483_647,
    hint: 'Lower numbers come first; what has the same number is in the order of its titles.',
  },
];

const orderOf = (values: FormValues) => Number(values.sortOrder?.trim() || 0);

interface CreateProps {
  /** The category that a subcategory is made in; left out for a category. */
  readonly within?: Category;
  onClose(): void;
}

export function CreateShelf({ within, onClose }: CreateProps) {
  const environment = useEnvironment();
  const client = useQueryClient();
  const noun = within ? 'subcategory' : 'category';
  return (
    <FormDialog
      title={within ? `Create a subcategory of ${within.title}` : 'Create a category'}
      action={`Create ${noun}`}
      fields={fieldsFor(true)}
      onClose={onClose}
      run={async (values, { idempotencyKey }) => {
        const body = {
          ...filledTexts(values, ['title', 'slug', 'description']),
          sortOrder: orderOf(values),
          ...(within && { categoryId: within.id }),
        };
        const kind = within ? 'subcategories' : 'categories';
        const { item, isNew } = await createShelf<Shelf>(environment, kind, body, idempotencyKey);
        toast({
          title: isNew ? `${item.title} is made` : `There is a ${noun} with this slug already`,
          text: isNew ? undefined : `${item.title} stays as it is, and nothing was made.`,
        });
        await refreshKnowledge(client);
      }}
    />
  );
}

interface ShelfProps {
  readonly shelf: Shelf;
  onClose(): void;
}

export function EditShelf({ shelf, onClose }: ShelfProps) {
  const environment = useEnvironment();
  const client = useQueryClient();
  return (
    <FormDialog
      title={`Change the ${nounOf(shelf)}`}
      action="Save"
      fields={fieldsFor(false)}
      initial={{
        title: shelf.title,
        slug: shelf.slug,
        description: shelf.description ?? '',
        sortOrder: String(shelf.sortOrder),
      }}
      onClose={onClose}
      run={async (values, { initial }) => {
        const order = orderOf(values);
        const body = {
          ...changedTexts(values, initial, ['title', 'slug', 'description']),
          ...(order !== orderOf(initial) && { sortOrder: order }),
        };
        await changeShelf(environment, kindOf(shelf), shelf.id, body);
        toast({ title: `The ${nounOf(shelf)} is changed` });
        await refreshKnowledge(client);
      }}
    />
  );
}

export function DeleteShelf({ shelf, onClose, onDone }: ShelfProps & { onDone(): void }) {
  const environment = useEnvironment();
  const client = useQueryClient();
  const noun = nounOf(shelf);
  const { articleCount } = shelf;
  return (
    <Confirm
      title={`Delete ${shelf.title}?`}
      action={`Delete ${noun}`}
      tone="danger"
      warning={
        articleCount > 0
          ? `${plural(articleCount, 'article')} ${articleCount === 1 ? 'stands' : 'stand'} here, so this will be refused.`
          : undefined
      }
      onClose={onClose}
      run={async () => {
        await deleteShelf(environment, kindOf(shelf), shelf.id);
        toast({ title: `${shelf.title} is deleted` });
        onDone();
        await refreshKnowledge(client);
      }}
    >
      <p>
        {noun === 'category'
          ? 'Only an empty category can be deleted: without articles, archived ones included, and without subcategories.'
          : 'Only an empty subcategory can be deleted: without articles, archived ones included.'}{' '}
        Move what stands in it first, or delete it.
      </p>
    </Confirm>
  );
}
