import type { ReactNode } from 'react';
import { Field, Input, Select, Textarea } from '@/components/ui/field.tsx';
import { Segmented } from '@/components/ui/tabs.tsx';
import type { Chosen } from './choices.ts';
import { Picker } from './picker.tsx';

interface Choice {
  readonly value: string;
  readonly label: string;
}

type Kind =
  | { readonly kind?: 'text' | 'email' | 'tel' | 'number' | 'long' | 'moment' | 'json' }
  | { readonly kind: 'choice'; readonly choices: readonly Choice[] }
  /** A few, all in sight. */
  | { readonly kind: 'segmented'; readonly choices: readonly Choice[] }
  | { readonly kind: 'record'; readonly of: Chosen };

/** One field of a form. All values are texts: what they become is said where the request is made. */
export type FormField = Kind & {
  readonly name: string;
  /** Under which name refusals speak of it, where that is another. */
  readonly path?: string;
  readonly label: string;
  readonly hint?: ReactNode;
  readonly isOptional?: boolean;
  readonly maxLength?: number;
  readonly min?: number;
  readonly max?: number;
  readonly placeholder?: string;
  readonly rows?: number;
};

interface FormControlProps {
  readonly field: FormField;
  readonly value: string;
  readonly error: string | null;
  /** Where one begins to write when the form opens. */
  readonly isFirst: boolean;
  onChange(value: string): void;
}

export function FormControl({ field, value, error, isFirst, onChange }: FormControlProps) {
  const { label, hint, isOptional } = field;
  if (field.kind === 'segmented') {
    return (
      <div className="flex flex-col items-start gap-1.5">
        <Segmented label={label} value={value} choices={field.choices} onChange={onChange} />
        {error && <p className="text-red-ink text-sm">{error}</p>}
        {hint && <p className="text-muted text-sm">{hint}</p>}
      </div>
    );
  }
  return (
    <Field label={label} hint={hint} isOptional={isOptional} error={error}>
      <Control field={field} value={value} error={error} isFirst={isFirst} onChange={onChange} />
    </Field>
  );
}

function Control({ field, value, isFirst, onChange }: FormControlProps) {
  const { maxLength, min, max, placeholder, rows, isOptional } = field;
  const common = {
    value,
    required: !isOptional,
    autoFocus: isFirst,
    onChange: (event: { readonly target: { readonly value: string } }) => onChange(event.target.value),
  };
  switch (field.kind) {
    case 'record':
      return (
        <Picker of={field.of} value={value} onChange={onChange} required={!isOptional} autoFocus={isFirst} />
      );
    case 'choice':
      return (
        <Select {...common}>
          {field.choices.map((choice) => (
            <option key={choice.value} value={choice.value}>
              {choice.label}
            </option>
          ))}
        </Select>
      );
    case 'long':
      return <Textarea {...common} rows={rows} maxLength={maxLength} placeholder={placeholder} />;
    case 'json':
      return (
        <Textarea
          {...common}
          rows={rows ?? 6}
          spellCheck={false}
          placeholder="{}"
          className="font-mono text-sm"
        />
      );
    case 'moment':
      return <Input {...common} type="datetime-local" max="9999-12-31T23:59" />;
    default:
      return (
        <Input
          {...common}
          type={field.kind ?? 'text'}
          inputMode={field.kind === 'number' ? 'numeric' : undefined}
          maxLength={maxLength}
          min={min}
          max={max}
          placeholder={placeholder}
        />
      );
  }
}
