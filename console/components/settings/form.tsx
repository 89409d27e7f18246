import { useBlocker } from '@tanstack/react-router';
import type { FormEvent, ReactNode } from 'react';
import { problemOf } from '@/problem.ts';
import { ProblemAlert } from '../ui/alert.tsx';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Panel } from '../ui/page.tsx';

interface SettingsFormProps {
  readonly title: string;
  readonly description?: ReactNode;
  /** Whether something differs from what is saved. */
  readonly isChanged: boolean;
  readonly isBusy: boolean;
  readonly error?: unknown;
  readonly mayWrite: boolean;
  onSave(): void;
  onReset(): void;
  readonly children: ReactNode;
}

/** A group of settings that are saved together. */
export function SettingsForm(props: SettingsFormProps) {
  const { title, description, isChanged, isBusy, error, mayWrite, onSave, onReset, children } = props;
  const leaving = useBlocker({
    shouldBlockFn: ({ current, next }) => isChanged && current.pathname !== next.pathname,
    enableBeforeUnload: () => isChanged,
    withResolver: true,
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSave();
  };
  return (
    <form onSubmit={submit}>
      <Panel title={title} description={description}>
        <fieldset disabled={!mayWrite} className="flex min-w-0 flex-col gap-4">
          <legend className="sr-only">{title}</legend>
          {children}
        </fieldset>
        {error ? (
          <div className="mt-4">
            <ProblemAlert problem={problemOf(error)} />
          </div>
        ) : null}
        {mayWrite ? (
          <div className="mt-4 flex items-center gap-2">
            <Button type="submit" tone="primary" isBusy={isBusy} disabled={!isChanged}>
              Save
            </Button>
            {isChanged && (
              <Button tone="quiet" onClick={onReset} disabled={isBusy}>
                Discard
              </Button>
            )}
          </div>
        ) : (
          <p className="mt-4 text-muted text-sm">Owners and admins can change this.</p>
        )}
      </Panel>
      {leaving.status === 'blocked' && (
        <Dialog
          title="Leave without saving?"
          description={`What was changed in “${title}” is lost.`}
          width="sm"
          onClose={leaving.reset}
          footer={
            <>
              <Button onClick={leaving.proceed}>Leave without saving</Button>
              <Button tone="primary" onClick={leaving.reset}>
                Stay
              </Button>
            </>
          }
        />
      )}
    </form>
  );
}
