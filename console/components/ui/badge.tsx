import type { ComponentProps } from 'react';
import { environmentLabel, environmentTone } from '@/environment.ts';
import { cn } from '@/lib/cn.ts';
import type { Environment } from '@/types.ts';

export type Tone = 'neutral' | 'green' | 'amber' | 'red' | 'blue' | 'violet' | 'accent';

export const toneClasses: Readonly<Record<Tone, string>> = {
  neutral: 'text-muted bg-sunken border-line',
  green: 'text-green-ink bg-green-soft border-green-line',
  amber: 'text-amber-ink bg-amber-soft border-amber-line',
  red: 'text-red-ink bg-red-soft border-red-line',
  blue: 'text-blue-ink bg-blue-soft border-blue-line',
  violet: 'text-violet-ink bg-violet-soft border-violet-line',
  accent: 'text-accent bg-accent-soft border-transparent',
};

/** A word about one thing: a status, a kind, a count. */
export function Badge({
  tone = 'neutral',
  className,
  ...rest
}: ComponentProps<'span'> & { readonly tone?: Tone }) {
  return (
    <span
      className={cn(
        'inline-flex h-5 max-w-full items-center gap-1 truncate rounded border px-1.5 text-xs font-medium [&_svg]:size-3 [&_svg]:shrink-0',
        toneClasses[tone],
        className,
      )}
      {...rest}
    />
  );
}

export function EnvironmentBadge({ environment }: { readonly environment: Environment }) {
  return <Badge className={environmentTone[environment]}>{environmentLabel[environment]}</Badge>;
}

const dotTone: Readonly<Record<Exclude<Tone, 'accent'>, string>> = {
  neutral: 'bg-line-strong',
  green: 'bg-green-strong',
  amber: 'bg-amber-strong',
  red: 'bg-red-strong',
  blue: 'bg-blue-strong',
  violet: 'bg-violet-strong',
};

/** A dot with its word: the colour alone says nothing to those who do not see it. */
export function Status({
  tone,
  children,
}: {
  readonly tone: keyof typeof dotTone;
  readonly children: string;
}) {
  return (
    <span className="inline-flex items-center gap-1.5 whitespace-nowrap">
      <span className={cn('size-2 shrink-0 rounded-full', dotTone[tone])} aria-hidden />
      {children}
    </span>
  );
}
