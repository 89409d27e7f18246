import { type Fact, Facts } from '@/components/ui/page.tsx';
import { cn } from '@/lib/cn.ts';

/** Facts in which other records are named: what leads to them is seen to. */
export function RecordFacts({
  facts,
  className,
}: {
  readonly facts: readonly Fact[];
  readonly className?: string;
}) {
  return (
    <Facts facts={facts} className={cn('[&_dd_a]:text-accent [&_dd_a]:underline-offset-4', className)} />
  );
}
