import { type FormEvent, type RefObject, useEffect, useRef, useState } from 'react';
import { Problem, problemOf } from '../problem.ts';

/** What is wrong, by the name of the control. */
export type FieldErrors = Readonly<Record<string, string>>;

export interface FormState {
  readonly form: RefObject<HTMLFormElement | null>;
  readonly isBusy: boolean;
  /** What was refused and belongs to no control. */
  readonly problem: Problem | null;
  readonly errors: FieldErrors;
  readonly handlers: {
    onSubmit(event: FormEvent<HTMLFormElement>): void;
    onInput(event: FormEvent<HTMLFormElement>): void;
  };
}

interface FormOptions {
  /** Errors beyond what the browser finds in each control. */
  check?(data: FormData): FieldErrors;
  send(data: FormData): Promise<void>;
  /** The control that a refusal without a field is about; it gets the focus. */
  fieldOf?(problem: Problem): string | null;
  /** Says a refusal in other words. */
  explain?(problem: Problem): Problem;
}

/** A form whose controls have names: says what is wrong beside each, and puts the focus on the first of them. */
export function useForm({ check, send, fieldOf, explain }: FormOptions): FormState {
  const form = useRef<HTMLFormElement>(null);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [errors, setErrors] = useState<FieldErrors>({});
  const [refused, setRefused] = useState({ focus: null as string | null });
  useEffect(() => {
    const invalid = form.current?.querySelector<HTMLElement>('[aria-invalid="true"]');
    const named = refused.focus === null ? null : form.current?.elements.namedItem(refused.focus);
    if (invalid) invalid.focus();
    else if (named instanceof HTMLInputElement) {
      named.focus();
      named.select();
    }
  }, [refused]);
  const refuse = (found: FieldErrors, rest: Problem | null, focus: string | null) => {
    setErrors(found);
    setProblem(rest);
    setRefused({ focus });
  };
  const run = async (target: HTMLFormElement) => {
    const data = new FormData(target);
    const found = { ...browserErrors(target), ...check?.(data) };
    if (Object.keys(found).length > 0) return refuse(found, null, null);
    setBusy(true);
    setErrors({});
    setProblem(null);
    try {
      await send(data);
      setBusy(false);
    } catch (error) {
      setBusy(false);
      const whole = problemOf(error);
      const { own, rest } = split(target, explain?.(whole) ?? whole);
      refuse(own, rest, fieldOf?.(whole) ?? null);
    }
  };
  return {
    form,
    isBusy,
    problem,
    errors,
    handlers: {
      onSubmit: (event) => {
        event.preventDefault();
        if (!isBusy) void run(event.currentTarget);
      },
      onInput: ({ target }) => {
        const { name } = target as HTMLInputElement;
        if (name in errors) setErrors(({ [name]: _, ...others }) => others);
      },
    },
  };
}

function browserErrors(form: HTMLFormElement): FieldErrors {
  const found: Record<string, string> = {};
  for (const control of form.elements) {
    if (!(control instanceof HTMLInputElement) || control.name === '' || control.validity.valid) continue;
    found[control.name] = messageOf(control);
  }
  return found;
}

function messageOf({ validity, validationMessage }: HTMLInputElement): string {
  if (validity.valueMissing) return 'Fill this in.';
  if (validity.typeMismatch) return 'This must be an e-mail address, such as ada@example.com.';
  return validationMessage;
}

/** What the server says of fields that the form has goes to them. */
function split(
  form: HTMLFormElement,
  problem: Problem,
): { readonly own: FieldErrors; readonly rest: Problem | null } {
  const own: Record<string, string> = {};
  const others = problem.errors.filter(({ path, message }) => {
    const name = path.split('.')[0]!;
    if (form.elements.namedItem(name) === null) return true;
    own[name] ??= `This ${message}.`;
    return false;
  });
  const isAllSaid = problem.errors.length > 0 && others.length === 0;
  if (isAllSaid) return { own, rest: null };
  return { own, rest: new Problem(problem.status, { ...problem.document, errors: others }) };
}

/** One of the texts that were filled in. */
export function textOf(data: FormData, name: string): string {
  return String(data.get(name) ?? '');
}
