import { Link } from '@tanstack/react-router';
import { Check } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button } from '@/components/ui/button.tsx';
import { CodeBlock } from '@/components/ui/copy.tsx';
import { environmentLabel, useEnvironment } from '@/environment.ts';
import { cn } from '@/lib/cn.ts';
import { targetOf } from '@/lib/secret-snippets.ts';
import { keyArea, useMay } from '@/session.ts';

/** Until the first request has come: how it comes. */
export function FirstSteps({ hasKey }: { readonly hasKey: boolean }) {
  const environment = useEnvironment();
  const mayWrite = useMay()(keyArea(environment), 'write');
  const { origin, host } = targetOf(environment, location.origin);
  const header = host === null ? '' : ` -H 'Host: ${host}'`;
  const call = [
    "export KEYWARD_API_KEY='…'",
    `curl '${origin}/api/v1/me'${header} \\`,
    '  -H "Authorization: Bearer $KEYWARD_API_KEY"',
  ].join('\n');
  return (
    <section className="rounded-lg border border-line bg-raised p-4 sm:p-6" aria-labelledby="first-steps">
      <h2 id="first-steps" className="font-semibold text-lg">
        Three steps to the first request
      </h2>
      <ol className="mt-4 flex flex-col gap-6">
        <Step number={1} title="Create a key" isDone={hasKey}>
          {hasKey ? (
            <p className="text-muted">There is one. Its secret was shown when it was made.</p>
          ) : mayWrite ? (
            <>
              <p className="text-muted">
                One for each program, with the scopes that it needs and no more. Its secret is shown once.
              </p>
              <Button tone="primary" className="mt-3" asChild>
                <Link to="/keys/new">Create the first key</Link>
              </Button>
            </>
          ) : (
            <p className="text-muted">
              Owners and admins create the keys of {environmentLabel[environment]}. Ask one of them.
            </p>
          )}
        </Step>
        <Step number={2} title="Call the API with it">
          <p className="text-muted">
            Put its secret in the place of the dots. The answer says what the key may do and what remains of
            its limits.
          </p>
          <CodeBlock text={call} label="The first request" className="mt-3 max-w-3xl" />
        </Step>
        <Step number={3} title="Watch it here">
          <p className="text-muted">
            Each request counts a second later: how many, how they were answered, from where, and what should
            be looked at.
          </p>
        </Step>
      </ol>
    </section>
  );
}

interface StepProps {
  readonly number: number;
  readonly title: string;
  readonly isDone?: boolean;
  readonly children: ReactNode;
}

function Step({ number, title, isDone = false, children }: StepProps) {
  return (
    <li className="flex gap-3 sm:gap-4">
      <span
        aria-hidden
        className={cn(
          'flex size-7 shrink-0 items-center justify-center rounded-full border font-medium text-sm',
          isDone ? 'border-green-line bg-green-soft text-green-ink' : 'border-line-strong text-muted',
        )}
      >
        {isDone ? <Check className="size-4" /> : number}
      </span>
      <div className="min-w-0 flex-1 pt-1">
        <h3 className="font-medium">
          {title}
          {isDone && <span className="sr-only">, done</span>}
        </h3>
        {children}
      </div>
    </li>
  );
}
