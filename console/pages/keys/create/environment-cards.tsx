import { EnvironmentBadge } from '@/components/ui/badge.tsx';
import { cn } from '@/lib/cn.ts';
import type { Environment } from '@/types.ts';
import { environmentCatalog } from '../../../../src/core/environments.ts';

interface EnvironmentCardsProps {
  readonly value: Environment;
  readonly allowed: readonly Environment[];
  onChange(environment: Environment): void;
}

/** Where the key will work. It is the one thing about a key that can never change. */
export function EnvironmentCards({ value, allowed, onChange }: EnvironmentCardsProps) {
  return (
    <fieldset>
      <legend className="mb-1.5 font-medium">Environment</legend>
      <div className="grid gap-2 sm:grid-cols-2 2xl:grid-cols-4">
        {environmentCatalog.map(({ name, description }) => {
          const isAllowed = allowed.includes(name);
          return (
            <label
              key={name}
              className={cn(
                'flex cursor-pointer flex-col gap-1 rounded-lg border border-line-strong px-3 py-2.5 hover:border-muted has-checked:border-accent has-checked:bg-accent-soft has-focus-visible:outline-2 has-focus-visible:outline-accent has-focus-visible:outline-offset-2',
                !isAllowed && 'cursor-not-allowed border-line bg-sunken hover:border-line',
              )}
            >
              <span className="flex items-center gap-2">
                <input
                  type="radio"
                  name="environment"
                  className="size-4 shrink-0 accent-(--accent)"
                  checked={value === name}
                  disabled={!isAllowed}
                  onChange={() => onChange(name)}
                />
                <EnvironmentBadge environment={name} />
              </span>
              <span className="text-muted text-sm">
                {isAllowed ? description : 'Owners and admins alone create keys here.'}
              </span>
            </label>
          );
        })}
      </div>
    </fieldset>
  );
}
