import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { environmentLabel } from '@/environment.ts';
import { formatCount } from '@/lib/format.ts';
import { type Problem, problemOf } from '@/problem.ts';
import { scopesQuery } from '@/queries/catalogue.ts';
import { testKey } from '@/queries/keys.ts';
import type { Environment, Me, TestedKey } from '@/types.ts';
import { abilityWords } from '../scope-picker/words.ts';
import { Alert, ProblemAlert } from '../ui/alert.tsx';
import { Button } from '../ui/button.tsx';
import { adviceOn } from './trial-advice.ts';

interface KeyTrialProps {
  readonly secret: string;
  readonly environment: Environment;
}

/** Asks the guard what it thinks of the key, and says it in words. */
export function KeyTrial({ secret, environment }: KeyTrialProps) {
  const [isBusy, setBusy] = useState(false);
  const [answer, setAnswer] = useState<TestedKey | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const run = async () => {
    setBusy(true);
    setProblem(null);
    try {
      setAnswer(await testKey(environment, secret));
    } catch (error) {
      setProblem(problemOf(error));
    }
    setBusy(false);
  };
  return (
    <div className="flex flex-col items-start gap-3">
      <Button onClick={run} isBusy={isBusy}>
        {answer === null ? 'Test this key now' : 'Test it again'}
      </Button>
      {problem && <ProblemAlert problem={problem} />}
      {answer && !problem && <Verdict answer={answer} />}
    </div>
  );
}

function Verdict({ answer }: { readonly answer: TestedKey }) {
  if (answer.status === 200) return <Works me={answer.body as Me} />;
  const { code, detail } = answer.body as { readonly code?: string; readonly detail?: string };
  const advice = adviceOn(code ?? '');
  return (
    <Alert tone="red" role="alert" className="w-full" title={`It is refused with ${answer.status}`}>
      <p>{detail}</p>
      {advice && <p className="mt-1">{advice}</p>}
    </Alert>
  );
}

function Works({ me }: { readonly me: Me }) {
  const { data: catalogue = [] } = useQuery(scopesQuery);
  const { effectiveScopes, rateLimit, environment } = me;
  const words = abilityWords(effectiveScopes, catalogue) || effectiveScopes.join(', ');
  return (
    <Alert tone="green" role="status" className="w-full" title="It works: status 200">
      <p>
        {effectiveScopes.length === 0
          ? 'It has no scope: it can ask about itself and nothing else.'
          : `In ${environmentLabel[environment]} it may ${words}.`}
      </p>
      <p className="mt-1">
        {formatCount(rateLimit.remaining)} requests are left in this minute and{' '}
        {formatCount(rateLimit.remainingToday)} today, until 00:00 UTC. The test took one.
      </p>
    </Alert>
  );
}
