import { useState } from 'react';
import { Alert, ProblemAlert } from '@/components/ui/alert.tsx';
import { Button } from '@/components/ui/button.tsx';
import { Dialog } from '@/components/ui/dialog.tsx';
import { Facts } from '@/components/ui/page.tsx';
import { Time } from '@/components/ui/time.tsx';
import { differencesOf, namesOf } from '@/lib/article-draft.ts';
import { type Problem, problemOf } from '@/problem.ts';
import type { Article } from '@/types.ts';

interface ConflictProps {
  /** As it was when the form was opened. */
  readonly base: Article;
  /** As it is now. */
  readonly theirs: Article;
  readonly mine: Partial<Article>;
  onClose(): void;
  onTakeTheirs(): void;
  /** Over what is there now. */
  save(): Promise<void>;
}

/** Somebody saved the article between the opening of the form and its sending: the person decides what becomes of both. */
export function Conflict({ base, theirs, mine, onClose, onTakeTheirs, save }: ConflictProps) {
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const changed = differencesOf(base, theirs);
  const own = namesOf(mine);
  const both = own.filter((name) => changed.includes(name));
  const run = async () => {
    setBusy(true);
    setProblem(null);
    try {
      await save();
    } catch (error) {
      setProblem(problemOf(error));
      setBusy(false);
    }
  };
  return (
    <Dialog
      title="Somebody changed the article meanwhile"
      description="Nothing of yours is saved yet, and nothing of it is lost."
      onClose={isBusy ? undefined : onClose}
      footer={
        <>
          <Button onClick={onTakeTheirs} disabled={isBusy}>
            Throw mine away
          </Button>
          <Button tone={both.length > 0 ? 'danger' : 'primary'} isBusy={isBusy} onClick={run}>
            {both.length > 0 ? 'Save mine over it' : 'Save mine, too'}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        {problem && <ProblemAlert problem={problem} />}
        <Facts
          facts={[
            { label: 'Saved', value: <Time at={theirs.updatedAt} as="exact" /> },
            { label: 'They changed', value: changed.join(', ') || 'nothing that you can see' },
            { label: 'You changed', value: own.join(', ') },
          ]}
        />
        {both.length > 0 ? (
          <Alert tone="amber">
            Both of you changed: {both.join(', ')}. Yours would take the place of theirs.
          </Alert>
        ) : (
          <p>None of it is the same, so both can stay.</p>
        )}
      </div>
    </Dialog>
  );
}
