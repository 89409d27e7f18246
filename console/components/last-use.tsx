import { Alert } from '@/components/ui/alert.tsx';
import { Time } from '@/components/ui/time.tsx';
import { formatExact } from '@/lib/format.ts';
import { useNow } from '@/lib/now.ts';
import { isInUse } from '@/lib/rotation.ts';
import type { Key } from '@/types.ts';

/** When and from where a key was last used, before something ends that may be in use. */
export function LastUse({ apiKey: { lastUsedAt, lastUsedIp } }: { readonly apiKey: Key }) {
  const now = useNow();
  if (lastUsedAt === null) {
    return <Alert title="It was never used">No program that sends its secret would notice.</Alert>;
  }
  const isBusy = isInUse(lastUsedAt, now);
  return (
    <Alert tone={isBusy ? 'amber' : 'neutral'} title={isBusy ? 'It is in use' : undefined}>
      It was last used <Time at={lastUsedAt} />, on {formatExact(lastUsedAt)}
      {lastUsedIp && (
        <>
          , from <code className="font-mono text-sm">{lastUsedIp}</code>
        </>
      )}
      .{isBusy && ' Whatever sends its secret is refused from the moment this is done.'}
    </Alert>
  );
}
