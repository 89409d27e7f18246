import { ChevronDown, X } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { Button, IconButton } from '@/components/ui/button.tsx';
import { Field, Input } from '@/components/ui/field.tsx';
import { Popover } from '@/components/ui/popover.tsx';

interface TextFilterProps {
  /** "Group" */
  readonly label: string;
  /** '' is: any. */
  readonly value: string;
  onChange(value: string): void;
}

/** A whole word that rows must have. Says in the bar which. */
export function TextFilter({ label, value, onChange }: TextFilterProps) {
  const [text, setText] = useState('');
  if (value !== '') {
    return (
      <span className="inline-flex h-8 max-w-64 items-center rounded-md border border-accent bg-accent-soft pl-3">
        <span className="truncate font-medium">
          {label}: <bdi>{value}</bdi>
        </span>
        <IconButton label={`Any ${label.toLowerCase()}`} size="icon-sm" onClick={() => onChange('')}>
          <X />
        </IconButton>
      </span>
    );
  }
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (text.trim() !== '') onChange(text.trim());
    setText('');
  };
  return (
    <Popover
      label={label}
      trigger={
        <Button>
          {label}
          <ChevronDown className="text-muted" aria-hidden />
        </Button>
      }
    >
      <form onSubmit={submit} className="flex items-end gap-2">
        <Field label={label} hint="The whole of it, as it was sent." className="flex-1">
          <Input
            value={text}
            maxLength={200}
            spellCheck={false}
            onChange={(event) => setText(event.target.value)}
          />
        </Field>
        <Button type="submit" className="mb-[26px]">
          Show
        </Button>
      </form>
    </Popover>
  );
}
