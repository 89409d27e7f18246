import { ChartNoAxesColumn } from 'lucide-react';
import { Alert } from '@/components/ui/alert.tsx';
import { Button } from '@/components/ui/button.tsx';
import { CodeBlock } from '@/components/ui/copy.tsx';
import { Time } from '@/components/ui/time.tsx';
import type { SearchParams } from '@/lib/search-params.ts';
import { targetOf } from '@/lib/secret-snippets.ts';
import type { Key } from '@/types.ts';

/** Where there is nothing to show yet: the request that would be the first. */
export function NeverUsed({ apiKey: key }: { readonly apiKey: Key }) {
  const { origin, host } = targetOf(key.environment, location.origin);
  const text = [
    `export KEYWARD_API_KEY='${key.hint}'`,
    `curl '${origin}/api/v1/me'${host === null ? '' : ` -H 'Host: ${host}'`} \\`,
    '  -H "Authorization: Bearer $KEYWARD_API_KEY"',
  ].join('\n');
  return (
    <div className="flex flex-col items-center rounded-lg border border-line border-dashed px-4 py-12">
      <ChartNoAxesColumn className="size-8 text-muted" strokeWidth={1.5} aria-hidden />
      <h2 className="mt-3 font-semibold">It was never used</h2>
      <p className="mt-1 max-w-lg text-center text-muted">
        What it does appears here with its first request. Put the whole secret, which was shown once, in the
        place of its beginning:
      </p>
      <CodeBlock text={text} label="A request with this key" className="mt-4 w-full max-w-2xl" />
    </div>
  );
}

interface QuietRangeProps {
  readonly apiKey: Key;
  onChange(changes: SearchParams): void;
}

/** The key was used, but not in the range. */
export function QuietRange({ apiKey: key, onChange }: QuietRangeProps) {
  return (
    <Alert
      title="No request in this time"
      action={
        <Button size="sm" onClick={() => onChange({ range: '90d', from: undefined, to: undefined })}>
          Show 90 days
        </Button>
      }
    >
      {key.lastUsedAt === null ? (
        'It was never used.'
      ) : (
        <>
          It was last used <Time at={key.lastUsedAt} />.
        </>
      )}
    </Alert>
  );
}
