import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Markdown } from '@/components/markdown.tsx';
import { Field, Input, Select, Textarea } from '@/components/ui/field.tsx';
import { Segmented } from '@/components/ui/tabs.tsx';
import { useEnvironment } from '@/environment.ts';
import { type ArticleDraft, tagsOf } from '@/lib/article-draft.ts';
import { formatCount } from '@/lib/format.ts';
import type { Problem } from '@/problem.ts';
import { categoriesQuery, subcategoriesQuery } from '@/queries/knowledge.ts';
import { slugify } from '../../../src/core/text.ts';
import { statusChoices } from './words.tsx';

/** Whose errors stand beside them. */
export const shownFields: readonly (keyof ArticleDraft)[] = [
  'title',
  'slug',
  'summary',
  'categoryId',
  'subcategoryId',
  'tags',
  'status',
  'sortOrder',
  'content',
];

interface FieldsProps {
  readonly draft: ArticleDraft;
  readonly problem: Problem | null;
  change(changes: Partial<ArticleDraft>): void;
}

const longest = 1_000_000;

export function ArticleFields({ draft, problem, change }: FieldsProps) {
  const errorOf = (name: keyof ArticleDraft) =>
    problem?.errors.find(({ path }) => path === name || path.startsWith(`${name}.`))?.message;
  const text = (name: 'title' | 'slug' | 'summary' | 'tags' | 'sortOrder') => ({
    value: draft[name],
    onChange: (event: { target: { value: string } }) => change({ [name]: event.target.value }),
  });
  const typed = tagsOf(draft.tags);
  return (
    <div className="grid items-start gap-x-6 gap-y-4 xl:grid-cols-[minmax(0,1fr)_20rem]">
      <div className="flex min-w-0 flex-col gap-4">
        <Field label="Title" error={errorOf('title')}>
          <Input {...text('title')} required maxLength={200} />
        </Field>
        <ContentField
          value={draft.content}
          error={errorOf('content')}
          onChange={(content) => change({ content })}
        />
      </div>
      <div className="flex min-w-0 flex-col gap-4">
        <div className="flex flex-col items-start gap-1.5">
          <span className="font-medium" aria-hidden>
            Status
          </span>
          <Segmented
            label="Status"
            value={draft.status}
            choices={statusChoices}
            onChange={(status) => change({ status })}
          />
          <p className="text-muted text-sm">Searches find what is published.</p>
        </div>
        <Field
          label="Slug"
          isOptional
          error={errorOf('slug')}
          hint="Links and pushes know the article by it. Made from the title where it is left out."
        >
          <Input {...text('slug')} maxLength={400} spellCheck={false} placeholder={slugify(draft.title)} />
        </Field>
        <Field label="Summary" isOptional error={errorOf('summary')}>
          <Textarea {...text('summary')} maxLength={2_000} />
        </Field>
        <ShelfFields draft={draft} errorOf={errorOf} change={change} />
        <Field
          label="Tags"
          isOptional
          error={errorOf('tags')}
          hint={typed.length > 0 ? `Saved as ${typed.join(', ')}.` : 'With commas between them.'}
        >
          <Input {...text('tags')} spellCheck={false} placeholder="docker, install" />
        </Field>
        <Field label="Order" error={errorOf('sortOrder')} hint="A whole number; lower ones come first.">
          <Input {...text('sortOrder')} inputMode="numeric" pattern="\s*-?\d{1,10}\s*" className="w-28" />
        </Field>
      </div>
    </div>
  );
}

interface ShelfFieldsProps extends Pick<FieldsProps, 'draft' | 'change'> {
  errorOf(name: keyof ArticleDraft): string | undefined;
}

function ShelfFields({ draft, errorOf, change }: ShelfFieldsProps) {
  const environment = useEnvironment();
  const { categoryId, subcategoryId } = draft;
  const { data: categories } = useQuery(categoriesQuery(environment));
  const { data: subcategories } = useQuery({
    ...subcategoriesQuery(environment, categoryId),
    enabled: categoryId !== '',
  });
  return (
    <>
      <Field label="Category" isOptional error={errorOf('categoryId')}>
        <Select
          value={categoryId}
          onChange={(event) => change({ categoryId: event.target.value, subcategoryId: '' })}
        >
          <Options items={categories} value={categoryId} />
        </Select>
      </Field>
      {categoryId !== '' && (subcategoryId !== '' || (subcategories && subcategories.length > 0)) && (
        <Field label="Subcategory" isOptional error={errorOf('subcategoryId')}>
          <Select value={subcategoryId} onChange={(event) => change({ subcategoryId: event.target.value })}>
            <Options items={subcategories} value={subcategoryId} />
          </Select>
        </Field>
      )}
    </>
  );
}

interface OptionsProps {
  readonly items: readonly { readonly id: string; readonly title: string }[] | undefined;
  readonly value: string;
}

function Options({ items = [], value }: OptionsProps) {
  // The one that is chosen stays, also while the others are being fetched.
  const isListed = value === '' || items.some(({ id }) => id === value);
  return (
    <>
      <option value="">None</option>
      {items.map(({ id, title }) => (
        <option key={id} value={id}>
          {title}
        </option>
      ))}
      {!isListed && <option value={value}>{value}</option>}
    </>
  );
}

const modes = [
  { value: 'write', label: 'Write' },
  { value: 'preview', label: 'Preview' },
] as const;

interface ContentProps {
  readonly value: string;
  readonly error: string | undefined;
  onChange(value: string): void;
}

function ContentField({ value, error, onChange }: ContentProps) {
  const [mode, setMode] = useState<'write' | 'preview'>('write');
  return (
    <div className="relative">
      <div className="absolute -top-2.5 right-0">
        <Segmented label="Text or preview" value={mode} choices={modes} onChange={setMode} />
      </div>
      {mode === 'write' ? (
        <Field
          label="Text"
          error={error}
          hint={`Markdown, with tables and task lists. ${formatCount(value.length)} characters.`}
        >
          <Textarea
            value={value}
            maxLength={longest}
            spellCheck
            onChange={(event) => onChange(event.target.value)}
            className="min-h-[55dvh] resize-y px-3 py-2.5 font-mono text-sm"
          />
        </Field>
      ) : (
        <div className="flex flex-col gap-1.5">
          <span className="font-medium">Preview</span>
          <section
            aria-label="Preview"
            className="min-h-[55dvh] rounded-md border border-line bg-raised px-4 py-4 sm:px-6"
          >
            <Markdown text={value} empty="Nothing to show yet." />
          </section>
        </div>
      )}
    </div>
  );
}
