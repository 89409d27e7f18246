import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';

interface EmptyProps {
  readonly icon: LucideIcon;
  readonly title: string;
  /** What would be here, and how it gets here. */
  readonly children?: ReactNode;
  readonly action?: ReactNode;
}

/** Where there is nothing yet: says what the next step is. */
export function Empty({ icon: Icon, title, children, action }: EmptyProps) {
  return (
    <div className="flex flex-col items-center rounded-lg border border-line border-dashed px-6 py-12 text-center">
      <Icon className="size-8 text-muted" strokeWidth={1.5} aria-hidden />
      <h2 className="mt-3 font-semibold">{title}</h2>
      <div className="mt-1 w-full max-w-md text-muted [&>*]:max-w-full">{children}</div>
      {action && <div className="mt-4 flex flex-wrap justify-center gap-2">{action}</div>}
    </div>
  );
}
