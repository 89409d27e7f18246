import { type FormEvent, type ReactNode, useId, useState } from 'react';
import { ProblemAlert } from '@/components/ui/alert.tsx';
import { Button } from '@/components/ui/button.tsx';
import { Dialog } from '@/components/ui/dialog.tsx';
import { Problem, problemOf } from '@/problem.ts';

interface FormDialogProps {
  readonly title: string;
  readonly description?: ReactNode;
  readonly action: string;
  readonly tone?: 'primary' | 'danger';
  readonly width?: 'md' | 'lg' | 'xl';
  /** Names of fields that show their own errors: `name`, `rateLimit`. */
  readonly fields: readonly string[];
  readonly isReady?: boolean;
  /** Gets what is wrong with a field, by the beginning of its path. */
  children(errorOf: (field: string) => string | undefined): ReactNode;
  onClose(): void;
  /** What fails is shown, and the dialog stays open. */
  run(): Promise<unknown>;
}

/** A form over the page, with one button that sends it. */
export function FormDialog(props: FormDialogProps) {
  const { title, description, action, tone = 'primary', width, fields, isReady = true } = props;
  const { children, onClose, run } = props;
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
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
  const isOf = (field: string, path: string) => path === field || path.startsWith(`${field}.`);
  const errorOf = (field: string) => problem?.errors.find(({ path }) => isOf(field, path))?.message;
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
          <Button type="submit" form={form} tone={tone} isBusy={isBusy} disabled={!isReady}>
            {action}
          </Button>
        </>
      }
    >
      <form id={form} onSubmit={submit} className="flex flex-col gap-4">
        {problem && <RestOfProblem problem={problem} isShown={(path) => fields.some((f) => isOf(f, path))} />}
        {children(errorOf)}
      </form>
    </Dialog>
  );
}

/** The problem without what stands at the fields. */
function RestOfProblem({ problem, isShown }: { problem: Problem; isShown(path: string): boolean }) {
  const errors = problem.errors.filter(({ path }) => !isShown(path));
  if (errors.length === 0 && problem.errors.length > 0) return null;
  return <ProblemAlert problem={new Problem(problem.status, { ...problem.document, errors })} />;
}
