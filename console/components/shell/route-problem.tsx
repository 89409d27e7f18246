import { type ErrorComponentProps, Link, useRouter } from '@tanstack/react-router';
import { CircleOff } from 'lucide-react';
import { Problem, problemOf } from '@/problem.ts';
import { ProblemAlert } from '../ui/alert.tsx';
import { Button } from '../ui/button.tsx';
import { Empty } from '../ui/empty.tsx';

/** In the place of a page that cannot be shown. */
export function RouteProblem({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  const problem = problemOf(error);
  const again = () => {
    // A file of the console that is gone means that the server has a newer one.
    if (!(error instanceof Problem)) return location.reload();
    reset();
    void router.invalidate();
  };
  if (problem.status === 404) return <UnknownPage text={problem.message} />;
  return (
    <div className="mx-auto w-full max-w-2xl p-4 pt-12">
      <ProblemAlert
        problem={problem}
        action={
          <Button size="sm" onClick={again}>
            {error instanceof Problem ? 'Try again' : 'Reload'}
          </Button>
        }
      />
    </div>
  );
}

export function UnknownPage({ text }: { readonly text?: string }) {
  return (
    <div className="mx-auto w-full max-w-2xl p-4 pt-12">
      <Empty
        icon={CircleOff}
        title="There is nothing here"
        action={
          <Button asChild>
            <Link to="/">Go to the overview</Link>
          </Button>
        }
      >
        {text ??
          'The address is wrong, or what it led to is gone. It may also be in another environment: look at the switch above.'}
      </Empty>
    </div>
  );
}
