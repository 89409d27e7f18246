import { useEffect, useRef, useState } from 'react';
import { Field, Input } from '@/components/ui/field.tsx';
import { conventions, fillName, patternProblem, placeholderIn } from '@/lib/naming.ts';
import type { Environment } from '@/types.ts';
import { isGenericName, namingAdvice } from '../../../../src/core/text.ts';

interface NameFieldProps {
  readonly value: string;
  readonly environment: Environment;
  /** The form that the tenant's policy wants. */
  readonly pattern: string | null;
  readonly error?: string | null;
  onChange(name: string): void;
}

const settleMs = 500;

/** What was typed, once the typing has paused: half of a word deserves no advice. */
function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), settleMs);
    return () => clearTimeout(timer);
  }, [text]);
  return settled === text ? text : '';
}

function adviceOn(name: string, pattern: string | null): string | null {
  if (name.trim() === '') return null;
  if (isGenericName(name)) return `“${name.trim()}” says nothing about its use. ${namingAdvice}`;
  const left = placeholderIn(name, pattern);
  return left === null ? null : `Put words of your own in the place of “${left}”.`;
}

/** The name, with advice while it is typed and forms to take it from. */
export function NameField({ value, environment, pattern, error, onChange }: NameFieldProps) {
  const input = useRef<HTMLInputElement>(null);
  const settled = useSettled(value);
  const isWrong = settled.trim() !== '' && patternProblem(settled, pattern, environment);
  const problem = error ?? (isWrong || null);
  const take = (form: string) => {
    const { name, select } = fillName(form, { name: value, environment, now: Date.now() });
    onChange(name);
    // The field has the new text only after the next paint.
    requestAnimationFrame(() => {
      input.current?.focus();
      input.current?.setSelectionRange(...select);
    });
  };
  return (
    <div className="flex flex-col gap-2">
      <Field
        label="Name"
        error={problem}
        advice={adviceOn(settled, pattern)}
        hint={pattern === null || problem ? undefined : `Your organisation wants the form ${pattern}.`}
      >
        <Input
          ref={input}
          value={value}
          maxLength={100}
          onChange={(event) => onChange(event.target.value)}
          placeholder={pattern ?? 'Zendesk — Production'}
        />
      </Field>
      <div className="flex flex-wrap items-center gap-1.5">
        <span className="text-muted text-sm">{pattern === null ? 'Take a form:' : 'Take the form:'}</span>
        {(pattern === null ? conventions : [pattern]).map((form) => (
          <button
            key={form}
            type="button"
            onClick={() => take(form)}
            className="rounded-md border border-line bg-sunken px-2 py-0.5 text-left text-sm hover:border-line-strong hover:bg-hover"
          >
            {form}
          </button>
        ))}
      </div>
    </div>
  );
}
