import { CircleCheck } from 'lucide-react';
import { Alert } from '@/components/ui/alert.tsx';
import { toneClasses } from '@/components/ui/badge.tsx';
import { Button } from '@/components/ui/button.tsx';
import { Time } from '@/components/ui/time.tsx';
import { formatExact, plural } from '@/lib/format.ts';
import type { RotationState } from '@/lib/rotation.ts';
import type { RotationProgress } from '@/types.ts';
import { useKeyPage } from './key-context.tsx';

interface RotationAdviceProps {
  readonly state: RotationState;
  readonly retiring: NonNullable<RotationProgress['retiring']>;
}

const timeOf = (at: number) => new Date(at).toISOString();

/** What to do about the old secret now. */
export function RotationAdvice({ state, retiring }: RotationAdviceProps) {
  const { rights, open } = useKeyPage();
  const { secretId: id, hint, lastUsedAt, callers } = retiring;
  const isQuiet = state.kind === 'quiet';
  const end = rights.mayChange && (
    <Button
      tone={isQuiet ? 'primary' : 'plain'}
      onClick={() => open({ kind: 'end-secret', secret: { id, hint, lastUsedAt } })}
    >
      End the old secret now
    </Button>
  );
  if (state.kind === 'quiet') {
    return (
      <div
        role="status"
        className={`flex flex-wrap items-center gap-x-4 gap-y-2 rounded-lg border px-3 py-2.5 ${toneClasses.green}`}
      >
        <p className="flex min-w-64 flex-1 gap-2.5">
          <CircleCheck className="mt-0.5 size-4 shrink-0" aria-hidden />
          <span>
            <span className="font-medium">The old secret is quiet.</span> Nobody has sent it since{' '}
            {formatExact(state.since)} (<Time at={timeOf(state.since)} />
            ). It can end now.
          </span>
        </p>
        {end}
      </div>
    );
  }
  if (state.kind === 'busy') {
    const still =
      callers && callers.length > 0
        ? `${plural(callers.length, 'caller')} below sent it`
        : 'Somebody sent it';
    return (
      <Alert tone="amber" role="status" title="The old secret is still in use" action={end}>
        {still} since the rotation, the last one <Time at={timeOf(state.lastUsedAt)} />. Give them the new
        secret first: whoever still sends the old one is refused when it ends.
      </Alert>
    );
  }
  if (state.kind === 'none') return null;
  return (
    <Alert role="status" title="The old secret is falling silent" action={end}>
      Nobody has sent it since {formatExact(state.since)} (<Time at={timeOf(state.since)} />
      ). Programs that run once a day may not have come by yet: wait until {formatExact(state.sureAt)} to be
      sure.
    </Alert>
  );
}
