import { type ComponentProps, useEffect, useState } from 'react';
import { Field, Input } from '@/components/ui/field.tsx';
import { withoutSecrets } from '@/lib/typed-text.ts';

const waitMs = 400;

interface TextFilterProps extends Omit<ComponentProps<'input'>, 'value' | 'onChange'> {
  readonly label: string;
  readonly hint?: string;
  readonly value: string;
  /** When nothing was typed for a moment, and at once with Enter. */
  onSettled(value: string): void;
}

/** A filter that is typed. Takes effect by itself. */
export function TextFilter({ label, hint, value, onSettled, ...rest }: TextFilterProps) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  useEffect(() => {
    if (text.trim() === value) return;
    const timer = setTimeout(() => onSettled(text.trim()), waitMs);
    return () => clearTimeout(timer);
  }, [text, value, onSettled]);
  return (
    <Field label={label} hint={hint}>
      <Input
        spellCheck={false}
        {...rest}
        value={text}
        onChange={(event) => setText(withoutSecrets(event.target.value))}
        onKeyDown={(event) => event.key === 'Enter' && onSettled(text.trim())}
      />
    </Field>
  );
}
