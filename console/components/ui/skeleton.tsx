import { cn } from '@/lib/cn.ts';

/** Stands where something is about to be. */
export function Skeleton({ className }: { readonly className?: string }) {
  return (
    <div
      aria-hidden
      className={cn('animate-pulse rounded bg-sunken motion-reduce:animate-none', className)}
    />
  );
}

/** A page that is being fetched. */
export function PageSkeleton() {
  return (
    <div className="flex flex-col gap-4" role="status" aria-label="Loading">
      <Skeleton className="h-8 w-56" />
      <Skeleton className="h-4 w-96 max-w-full" />
      <Skeleton className="mt-4 h-64 w-full" />
    </div>
  );
}
