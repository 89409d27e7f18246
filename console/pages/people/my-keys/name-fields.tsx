import { useState } from 'react';
import { Field, Input } from '@/components/ui/field.tsx';
import { fillName, patternProblem } from '@/lib/naming.ts';
import type { Environment } from '@/types.ts';
import { suggestName } from '../../../../src/core/name-pattern.ts';
import { isGenericName, namingAdvice } from '../../../../src/core/text.ts';

interface NameFieldsProps {
  readonly name: string;
  readonly environment: Environment;
  /** The form that the tenant's policy wants. */
  readonly pattern: string | null;
  readonly error?: string | null;
  onChange(name: string): void;
}

/** `Billing API` → `billing_api`: how a program is written in a suggested name. */
function serviceName(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '_')
    .replace(/^_+|_+$/g, '')
    .slice(0, 60);
}

/** The program that will use the key, and the name that comes of it until somebody writes another. */
export function NameFields({ name, environment, pattern, error, onChange }: NameFieldsProps) {
  const [isOwn, setOwn] = useState(false);
  const suggest = (application: string) => {
    if (isOwn) return;
    const now = Date.now();
    if (serviceName(application) === '') onChange('');
    else if (pattern === null) onChange(suggestName(serviceName(application), now));
    else onChange(fillName(pattern, { name: application, environment, now }).name);
  };
  const problem = name.trim() === '' ? null : patternProblem(name, pattern, environment);
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <Field
        label="Application"
        hint="The one program that will use the key. Another program gets a key of its own."
      >
        <Input
          autoFocus
          maxLength={60}
          placeholder="Billing"
          onChange={(event) => suggest(event.target.value)}
        />
      </Field>
      <Field
        label="Name"
        error={error ?? problem}
        advice={name.trim() !== '' && isGenericName(name) ? namingAdvice : null}
        hint={
          pattern === null
            ? 'Suggested from the application and the time, in UTC. Take any that you will know again.'
            : `Your organisation wants the form ${pattern}.`
        }
      >
        <Input
          value={name}
          maxLength={100}
          spellCheck={false}
          onChange={(event) => {
            setOwn(event.target.value !== '');
            onChange(event.target.value);
          }}
        />
      </Field>
    </div>
  );
}
