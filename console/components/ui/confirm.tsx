import { type FormEvent, type ReactNode, useId, useState } from 'react';
import { type Problem, problemOf } from '@/problem.ts';
import { Alert, ProblemAlert } from './alert.tsx';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { Field, Input } from './field.tsx';

interface ConfirmProps {
  readonly title: string;
  /** What will happen, before it does. */
  readonly children?: ReactNode;
  /** The verb of the button: "Revoke key". */
  readonly action: string;
  readonly tone?: 'primary' | 'danger';
  /** Must be typed before the button works: for what cannot be undone and is in use. */
  readonly typed?: string | null;
  readonly warning?: ReactNode;
  onClose(): void;
  /** What fails is shown in the dialog, which stays open. */
  run(): Promise<unknown>;
}

/** As it can be typed: keyboards have no long dash, and nobody sees two blanks. */
function simplified(text: string): string {
  return text
    .replaceAll(/[‐-―−]/g, '-')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

/** Asks before something happens, runs it, and closes. */
export function Confirm({
  title,
  children,
  action,
  tone = 'primary',
  typed,
  warning,
  onClose,
  run,
}: ConfirmProps) {
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [text, setText] = useState('');
  const form = useId();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    // It stands in a portal, and React would hand it on to a form around the dialog.
    event.stopPropagation();
    setBusy(true);
    setProblem(null);
    try {
      await run();
      onClose();
    } catch (error) {
      setProblem(problemOf(error));
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={title}
      onClose={isBusy ? undefined : onClose}
      footer={
        <>
          <Button onClick={onClose} disabled={isBusy}>
            Cancel
          </Button>
          <Button
            type="submit"
            form={form}
            tone={tone}
            isBusy={isBusy}
            disabled={Boolean(typed) && simplified(text) !== simplified(typed ?? '')}
          >
            {action}
          </Button>
        </>
      }
    >
      <form id={form} onSubmit={submit} className="flex flex-col gap-4">
        {problem && <ProblemAlert problem={problem} />}
        {warning && <Alert tone="amber">{warning}</Alert>}
        {children}
        {typed && (
          <Field label={`Type “${typed}” to confirm`}>
            <Input value={text} onChange={(event) => setText(event.target.value)} spellCheck={false} />
          </Field>
        )}
      </form>
    </Dialog>
  );
}
