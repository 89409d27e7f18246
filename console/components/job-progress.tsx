import { Status } from '@/components/ui/badge.tsx';
import { cn } from '@/lib/cn.ts';
import { isUnderWay, kindOf, progressWords, shareDone, stateTones, stateWords } from '@/lib/job-words.ts';
import type { ListedJob } from '@/types.ts';

export function JobState({ job: { state } }: { readonly job: Pick<ListedJob, 'state'> }) {
  return <Status tone={stateTones[state]}>{stateWords[state]}</Status>;
}

/** How far a job is, as a bar and in numbers. */
export function JobProgress({ job, isTall }: { readonly job: ListedJob; readonly isTall?: boolean }) {
  const share = shareDone(job);
  const isActive = isUnderWay(job);
  return (
    <span className={cn('flex min-w-0 gap-2', isTall ? 'flex-col gap-1.5' : 'items-center')}>
      {share !== null && (
        <span
          role="progressbar"
          aria-label={`Progress: ${kindOf(job.kind).label}`}
          aria-valuemin={0}
          aria-valuemax={100}
          aria-valuenow={Math.floor(share * 100)}
          className={cn(
            'block overflow-hidden rounded-full bg-sunken',
            isTall ? 'h-2 w-full' : 'h-1.5 w-20 shrink-0',
          )}
        >
          <span
            className={cn('block h-full rounded-full', isActive ? 'bg-accent' : 'bg-line-strong')}
            style={{ width: `${share * 100}%` }}
          />
        </span>
      )}
      <span className={cn('min-w-0 text-sm', isTall || 'truncate', !isActive && 'text-muted')}>
        {share !== null && isActive && `${Math.floor(share * 100)} % · `}
        {progressWords(job)}
      </span>
    </span>
  );
}
