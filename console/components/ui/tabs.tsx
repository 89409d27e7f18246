import { Link, useRouterState } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { cn } from '@/lib/cn.ts';

interface TabLink {
  readonly label: string;
  readonly to: string;
  readonly params?: Record<string, string>;
  readonly count?: string;
  /** The address itself, not those below it. */
  readonly isExact?: boolean;
}

/** The parts of a thing, each with an address of its own. */
export function TabLinks({
  label,
  tabs,
  className,
}: {
  readonly label: string;
  readonly tabs: readonly TabLink[];
  readonly className?: string;
}) {
  const place = useRef<HTMLElement>(null);
  const path = useRouterState({ select: ({ location }) => location.pathname });
  // On a phone the one that is open may lie beside the screen.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the path says which one it is
  useEffect(() => {
    const open = place.current?.querySelector<HTMLElement>('[aria-current="page"]');
    if (open && place.current) place.current.scrollLeft = open.offsetLeft - place.current.offsetWidth / 3;
  }, [path]);
  return (
    <nav
      ref={place}
      aria-label={label}
      className={cn('relative -mx-4 overflow-x-auto px-4 sm:mx-0 sm:px-0', className)}
    >
      <div className="flex min-w-max gap-1 border-line border-b">
        {tabs.map(({ label: text, to, params, count, isExact }) => (
          <Link
            key={text}
            to={to}
            params={params}
            search={(before: { env?: string }) => ({ env: before.env })}
            activeOptions={{ exact: isExact ?? false, includeSearch: false }}
            className="-mb-px whitespace-nowrap border-transparent border-b-2 px-3 py-2 text-muted hover:text-ink aria-[current=page]:border-accent aria-[current=page]:font-medium aria-[current=page]:text-ink"
          >
            {text}
            {count && <span className="ml-1.5 text-muted text-sm">{count}</span>}
          </Link>
        ))}
      </div>
    </nav>
  );
}

interface SegmentedProps<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly choices: readonly { readonly value: NoInfer<T>; readonly label: string }[];
  onChange(value: NoInfer<T>): void;
}

/** One of a few, all in sight. */
export function Segmented<T extends string>({ label, value, choices, onChange }: SegmentedProps<T>) {
  return (
    <fieldset className="inline-flex rounded-md border border-line-strong bg-raised p-0.5">
      <legend className="sr-only">{label}</legend>
      {choices.map((choice) => (
        <label
          key={choice.value}
          className="cursor-pointer rounded px-2.5 py-0.5 text-muted text-sm has-checked:bg-sunken has-checked:font-medium has-checked:text-ink has-focus-visible:outline-2 has-focus-visible:outline-accent"
        >
          <input
            type="radio"
            className="sr-only"
            name={label}
            checked={choice.value === value}
            onChange={() => onChange(choice.value)}
          />
          {choice.label}
        </label>
      ))}
    </fieldset>
  );
}
