import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Pencil, Trash2 } from 'lucide-react';
import { useState } from 'react';
import type { FormField } from '@/components/records/form-control.tsx';
import { FormDialog } from '@/components/records/form-dialog.tsx';
import { useHolds } from '@/components/records/scopes.ts';
import { changedTexts, filledTexts } from '@/components/records/values.ts';
import { ProblemAlert } from '@/components/ui/alert.tsx';
import { Button, IconButton } from '@/components/ui/button.tsx';
import { Confirm } from '@/components/ui/confirm.tsx';
import { Dialog } from '@/components/ui/dialog.tsx';
import { Field, Input } from '@/components/ui/field.tsx';
import { Skeleton } from '@/components/ui/skeleton.tsx';
import { toast } from '@/components/ui/toast.tsx';
import { environmentLabel, useEnvironment } from '@/environment.ts';
import { plural } from '@/lib/format.ts';
import { problemOf } from '@/problem.ts';
import { changeShelf, createShelf, deleteShelf, refreshKnowledge, tagsQuery } from '@/queries/knowledge.ts';
import type { Tag } from '@/types.ts';

type Opened = { readonly form: 'create' } | { readonly form: 'edit' | 'delete'; readonly tag: Tag };

const shownTags = 200;

/** Every tag with its number of articles. */
export function TagsDialog({ onClose }: { onClose(): void }) {
  const environment = useEnvironment();
  const mayWrite = useHolds()('knowledge:write');
  const { data: tags, error } = useQuery(tagsQuery(environment));
  const [text, setText] = useState('');
  const [opened, setOpened] = useState<Opened | null>(null);
  const wanted = text.trim().toLowerCase();
  const found = tags?.filter(({ name, slug }) => `${name} ${slug}`.toLowerCase().includes(wanted)) ?? [];
  const close = () => setOpened(null);
  return (
    <Dialog
      title="Tags"
      description={`What articles in ${environmentLabel[environment]} are about. A tag is made by the first article that names it.`}
      onClose={onClose}
      footer={mayWrite && <Button onClick={() => setOpened({ form: 'create' })}>Create tag</Button>}
    >
      <div className="flex flex-col gap-3">
        {error && <ProblemAlert problem={problemOf(error)} />}
        <Field label="Find a tag" isLabelHidden>
          <Input
            type="search"
            placeholder="Find a tag"
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        </Field>
        {tags === undefined && !error && <Skeleton className="h-24" />}
        <ul className="flex flex-col">
          {found.slice(0, shownTags).map((tag) => (
            <TagRow key={tag.id} tag={tag} onClose={onClose} open={mayWrite ? setOpened : undefined} />
          ))}
        </ul>
        <p role="status" className="text-muted text-sm">
          {tags !== undefined && saidOf(tags.length, found.length)}
        </p>
      </div>
      {opened?.form === 'create' && <TagForm onClose={close} />}
      {opened?.form === 'edit' && <TagForm tag={opened.tag} onClose={close} />}
      {opened?.form === 'delete' && <DeleteTag tag={opened.tag} onClose={close} />}
    </Dialog>
  );
}

function saidOf(all: number, found: number): string {
  if (all === 0) return 'There is no tag yet.';
  if (found > shownTags) return `The first ${shownTags} of ${plural(found, 'tag')}.`;
  return plural(found, 'tag');
}

interface TagRowProps {
  readonly tag: Tag;
  onClose(): void;
  open?(opened: Opened): void;
}

function TagRow({ tag, onClose, open }: TagRowProps) {
  const { name, slug, articleCount } = tag;
  return (
    <li className="flex min-h-10 items-center gap-2 border-line border-b last:border-b-0">
      <Link
        to="/knowledge-base"
        search={{ tag: slug }}
        onClick={onClose}
        className="flex min-w-0 flex-1 items-baseline gap-2 hover:underline"
      >
        <bdi className="truncate">{name}</bdi>
        {slug !== name && <bdi className="truncate text-muted text-sm">{slug}</bdi>}
      </Link>
      <span className="shrink-0 text-muted text-sm">{plural(articleCount, 'article')}</span>
      {open && (
        <span className="flex shrink-0">
          <IconButton label={`Rename ${name}`} size="icon-sm" onClick={() => open({ form: 'edit', tag })}>
            <Pencil />
          </IconButton>
          <IconButton label={`Delete ${name}`} size="icon-sm" onClick={() => open({ form: 'delete', tag })}>
            <Trash2 />
          </IconButton>
        </span>
      )}
    </li>
  );
}

const tagFields = (isNew: boolean): readonly FormField[] => [
  { name: 'name', label: 'Name', maxLength: 100 },
  {
    name: 'slug',
    label: 'Slug',
    isOptional: isNew,
    maxLength: 400,
    hint: isNew ? 'Made from the name where it is left out.' : 'What articles and searches name it by.',
  },
];

function TagForm({ tag, onClose }: { readonly tag?: Tag; onClose(): void }) {
  const environment = useEnvironment();
  const client = useQueryClient();
  return (
    <FormDialog
      title={tag ? 'Change the tag' : 'Create a tag'}
      action={tag ? 'Save' : 'Create tag'}
      fields={tagFields(tag === undefined)}
      initial={{ name: tag?.name ?? '', slug: tag?.slug ?? '' }}
      onClose={onClose}
      run={async (values, { idempotencyKey, initial }) => {
        if (tag) {
          await changeShelf(environment, 'tags', tag.id, changedTexts(values, initial, ['name', 'slug']));
          toast({ title: 'The tag is changed' });
        } else {
          const body = filledTexts(values, ['name', 'slug']);
          const { item, isNew } = await createShelf<Tag>(environment, 'tags', body, idempotencyKey);
          toast({ title: isNew ? `${item.name} is made` : 'There is a tag with this slug already' });
        }
        await refreshKnowledge(client);
      }}
    />
  );
}

function DeleteTag({ tag, onClose }: { readonly tag: Tag; onClose(): void }) {
  const environment = useEnvironment();
  const client = useQueryClient();
  return (
    <Confirm
      title={`Delete the tag ${tag.name}?`}
      action="Delete tag"
      tone="danger"
      onClose={onClose}
      run={async () => {
        await deleteShelf(environment, 'tags', tag.id);
        toast({ title: `The tag ${tag.name} is deleted` });
        await refreshKnowledge(client);
      }}
    >
      <p>
        It is taken off{' '}
        {tag.articleCount === 0 ? 'every article that has it' : plural(tag.articleCount, 'article')}, archived
        ones included. The articles stay.
      </p>
    </Confirm>
  );
}
