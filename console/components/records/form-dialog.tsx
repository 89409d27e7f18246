import { Link } from '@tanstack/react-router';
import { type FormEvent, type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { ProblemAlert } from '@/components/ui/alert.tsx';
import { Button } from '@/components/ui/button.tsx';
import { Dialog } from '@/components/ui/dialog.tsx';
import { useOnce } from '@/lib/once.ts';
import { Problem, problemOf } from '@/problem.ts';
import { FormControl, type FormField } from './form-control.tsx';

export type FormValues = Readonly<Record<string, string>>;

interface FormDialogProps {
  readonly title: string;
  readonly description?: ReactNode;
  /** The verb of the button: "Create customer". */
  readonly action: string;
  readonly fields: readonly FormField[] | ((values: FormValues) => readonly FormField[]);
  readonly initial?: FormValues;
  readonly width?: 'md' | 'lg';
  /** The page of such a record: where another one stands in the way, it is led to. */
  readonly to?: string;
  onClose(): void;
  /** What it throws is shown in the form, which stays open. */
  run(values: FormValues, sending: Sending): Promise<unknown>;
}

interface Sending {
  readonly idempotencyKey: string;
  /** What the form began with, whatever was fetched since: the difference to it is what was changed here. */
  readonly initial: FormValues;
}

/** A form over the page, made of fields. */
export function FormDialog(props: FormDialogProps) {
  const { title, description, action, width, to, onClose, run } = props;
  const [initial] = useState<FormValues>(props.initial ?? {});
  const [values, setValues] = useState(initial);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isBusy, setBusy] = useState(false);
  const once = useOnce();
  const form = useId();
  const element = useRef<HTMLFormElement>(null);
  // A refusal leads to the first field that it is about.
  useEffect(() => {
    if (problem) element.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [problem]);
  const fields = typeof props.fields === 'function' ? props.fields(values) : props.fields;
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    // It stands in a portal, and React would hand it on to a form around the dialog.
    event.stopPropagation();
    setBusy(true);
    setProblem(null);
    try {
      await once(values, (idempotencyKey) => run(values, { idempotencyKey, initial }));
      onClose();
    } catch (error) {
      setProblem(problemOf(error));
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={title}
      description={description}
      width={width}
      onClose={isBusy ? undefined : onClose}
      footer={
        <>
          <Button onClick={onClose} disabled={isBusy}>
            Cancel
          </Button>
          <Button type="submit" form={form} tone="primary" isBusy={isBusy}>
            {action}
          </Button>
        </>
      }
    >
      <form id={form} ref={element} onSubmit={submit} className="flex flex-col gap-4">
        {problem && <Refusal problem={problem} fields={fields} to={to} />}
        {fields.map((field, place) => (
          <FormControl
            key={field.name}
            field={field}
            value={values[field.name] ?? ''}
            error={errorOf(problem, field)}
            isFirst={place === 0}
            onChange={(value) => setValues((before) => ({ ...before, [field.name]: value }))}
          />
        ))}
      </form>
    </Dialog>
  );
}

const isAbout = (path: string, { name, path: own = name }: FormField) =>
  path === own || path.startsWith(`${own}.`);

function errorOf(problem: Problem | null, field: FormField): string | null {
  const found = problem?.errors.filter(({ path }) => isAbout(path, field)) ?? [];
  return found.length > 0 ? found.map(({ message }) => sentenceOf(message)).join(' ') : null;
}

/** "must be a number" stands below a field, and has no subject there. */
function sentenceOf(message: string): string {
  const isVerb = /^(must|is|has|contains|needs)\b/.test(message);
  const text = isVerb ? `This ${message}` : message.charAt(0).toUpperCase() + message.slice(1);
  return /[.?]$/.test(text) ? text : `${text}.`;
}

interface RefusalProps {
  readonly problem: Problem;
  readonly fields: readonly FormField[];
  readonly to: string | undefined;
}

/** What no field shows. */
function Refusal({ problem, fields, to }: RefusalProps) {
  const rest = problem.errors.filter(({ path }) => !fields.some((field) => isAbout(path, field)));
  if (problem.errors.length > 0 && rest.length === 0) return null;
  const { existingId } = problem.document;
  return (
    <ProblemAlert
      problem={new Problem(problem.status, { ...problem.document, errors: rest })}
      action={
        to &&
        typeof existingId === 'string' && (
          <Button size="sm" asChild>
            <Link to={to} params={{ id: existingId }}>
              Open it
            </Link>
          </Button>
        )
      }
    />
  );
}

/** A refusal of the form itself, as the server would say it. */
export function fieldProblem(path: string, message: string): Problem {
  return new Problem(400, { code: 'invalid_request', detail: message, errors: [{ path, message }] });
}
