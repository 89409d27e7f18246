import { CircleAlert, Info, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { cn } from '@/lib/cn.ts';
import type { Problem } from '@/problem.ts';
import { type Tone, toneClasses } from './badge.tsx';
import { Copyable } from './copy.tsx';

const icons = { amber: TriangleAlert, red: CircleAlert } as const;

interface AlertProps {
  readonly tone?: Extract<Tone, 'amber' | 'red' | 'blue' | 'neutral' | 'green'>;
  readonly title?: string;
  readonly children?: ReactNode;
  readonly action?: ReactNode;
  readonly className?: string;
  readonly role?: 'alert' | 'status' | 'note';
}

/** Something to know before going on. */
export function Alert({ tone = 'neutral', title, children, action, className, role = 'note' }: AlertProps) {
  const Icon = tone in icons ? icons[tone as keyof typeof icons] : Info;
  return (
    <div
      role={role}
      className={cn('flex gap-2.5 rounded-lg border px-3 py-2.5', toneClasses[tone], className)}
    >
      <Icon className="mt-0.5 size-4 shrink-0" aria-hidden />
      <div className="min-w-0 flex-1">
        {title && <p className="font-medium">{title}</p>}
        <div className={cn(tone === 'neutral' && 'text-muted')}>{children}</div>
      </div>
      {action && <div className="shrink-0">{action}</div>}
    </div>
  );
}

/** What the server refused, with the id under which its log has it. */
export function ProblemAlert({
  problem,
  action,
}: {
  readonly problem: Problem;
  readonly action?: ReactNode;
}) {
  const others = problem.errors.filter(({ path }) => path !== '');
  return (
    <Alert tone="red" role="alert" action={action}>
      <p>{problem.message}</p>
      {others.length > 0 && (
        <ul className="mt-1 list-disc pl-4">
          {others.map(({ path, message }) => (
            <li key={`${path} ${message}`}>
              <code className="font-mono text-sm">{path}</code> {message}
            </li>
          ))}
        </ul>
      )}
      {problem.requestId && (
        <p className="mt-1 text-sm">
          Request <Copyable text={problem.requestId} />
        </p>
      )}
    </Alert>
  );
}
