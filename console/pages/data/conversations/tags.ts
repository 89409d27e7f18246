import type { FormField } from '@/components/records/form-control.tsx';
import type { FormValues } from '@/components/records/form-dialog.tsx';

export const tagsField: FormField = {
  name: 'tags',
  label: 'Tags',
  isOptional: true,
  hint: 'Letters, digits and hyphens, with spaces between tags: billing urgent',
};

export const readTags = ({ tags = '' }: FormValues): string[] =>
  tags.split(/[\s,]+/).filter((tag) => tag !== '');
