import { useEffect, useState } from 'react';
import { wholeNumber } from '@/lib/draft.ts';
import { Field, Input } from './field.tsx';

interface NumberFieldProps {
  readonly label: string;
  readonly value: number | null;
  readonly min: number;
  readonly max: number;
  /** Behind the field: "days". */
  readonly unit?: string;
  readonly hint?: string;
  /** Empty stands for null. */
  readonly isOptional?: boolean;
  readonly placeholder?: string;
  /** Of the server. */
  readonly error?: string | null;
  onChange(value: number | null): void;
}

/** A whole number within bounds, with words when it is not. */
export function NumberField(props: NumberFieldProps) {
  const { label, value, min, max, unit, hint, isOptional, placeholder, error, onChange } = props;
  const [text, setText] = useState(value === null ? '' : String(value));
  // Discarding a draft, or a choice elsewhere, gives it another value.
  useEffect(
    () => setText((typed) => (wholeNumber(typed) === value ? typed : value === null ? '' : String(value))),
    [value],
  );
  const number = wholeNumber(text);
  const isWrong = text === '' ? !isOptional : number === null || number < min || number > max;
  const bounds = `${min.toLocaleString('en')} to ${max.toLocaleString('en')}`;
  return (
    <Field
      label={label}
      isOptional={isOptional}
      hint={hint}
      error={isWrong ? `A whole number, ${bounds}.` : error}
    >
      <span className="flex items-center gap-2">
        <Input
          inputMode="numeric"
          className="w-32"
          value={text}
          placeholder={placeholder}
          onChange={(event) => {
            setText(event.target.value);
            const next = wholeNumber(event.target.value);
            if (event.target.value === '' && isOptional) onChange(null);
            else if (next !== null && next >= min && next <= max) onChange(next);
          }}
        />
        {unit && <span className="text-muted">{unit}</span>}
      </span>
    </Field>
  );
}
