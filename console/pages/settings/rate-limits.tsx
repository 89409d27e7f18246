import { useSuspenseQuery } from '@tanstack/react-query';
import { CodeBlock } from '@/components/ui/copy.tsx';
import { PageFrame, Panel } from '@/components/ui/page.tsx';
import { formatCount } from '@/lib/format.ts';
import { tiersQuery } from '@/queries/catalogue.ts';

const headers = `X-RateLimit-Limit: 70
X-RateLimit-Remaining: 41
X-RateLimit-Reset: 1795222861
RateLimit-Policy: "minute";q=70;w=60, "day";q=10000;w=86400
RateLimit: "minute";r=41;t=12, "day";r=9959;t=80011`;

/** How much a key may ask for, and how it is told. */
export function RateLimitsPage() {
  const { data: tiers } = useSuspenseQuery(tiersQuery);
  return (
    <PageFrame
      title="Rate limits"
      description="Every key has a limit for any 60 seconds and one for the day. They belong to the key and not to its secret: a rotation neither resets nor doubles them."
    >
      <div className="flex flex-col gap-6">
        <Panel title="Tiers" isFlush>
          <table className="w-full">
            <thead>
              <tr className="text-muted text-sm [&_th]:border-line [&_th]:border-b [&_th]:px-4 [&_th]:py-2 [&_th]:font-medium">
                <th scope="col" className="text-left">
                  Tier
                </th>
                <th scope="col" className="text-right">
                  A minute
                </th>
                <th scope="col" className="text-right max-sm:hidden">
                  Burst
                </th>
                <th scope="col" className="text-right max-sm:hidden">
                  Never more than, in any 60 s
                </th>
                <th scope="col" className="text-right">
                  A day
                </th>
              </tr>
            </thead>
            <tbody>
              {tiers.map(({ name, label, advice, perMinute, burst, perDay }) => (
                <tr
                  key={name}
                  className="[&_td]:px-4 [&_td]:py-2.5 [&_td]:text-right [&:not(:last-child)>*]:border-line [&:not(:last-child)>*]:border-b"
                >
                  <th scope="row" className="px-4 py-2.5 text-left font-medium">
                    {label}
                    <span className="block font-normal text-muted text-sm">{advice}</span>
                  </th>
                  <td>{perMinute === null ? 'any' : formatCount(perMinute)}</td>
                  <td className="max-sm:hidden">{burst === null ? 'any' : formatCount(burst)}</td>
                  <td className="max-sm:hidden">
                    {perMinute === null || burst === null ? 'their sum' : formatCount(perMinute + burst)}
                  </td>
                  <td>{perDay === null ? 'any' : formatCount(perDay)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Panel>
        <div className="grid gap-6 lg:grid-cols-2">
          <Panel title="How it is counted">
            <ul className="flex list-disc flex-col gap-2 pl-5 text-muted">
              <li>
                The minute is a sliding window: whatever 60 seconds one looks at, never more than the sum of
                limit and burst was admitted in them.
              </li>
              <li>The day begins at 00:00 UTC, and its limit is hard: there is no burst on top of it.</li>
              <li>
                Only admitted requests count. A refusal costs nothing, and has a limit of its own for each
                address and key.
              </li>
              <li>A key that replaces another takes over what the other has used.</li>
            </ul>
          </Panel>
          <Panel title="What a program is told">
            <p className="mb-3 text-muted">
              Every answer says what remains. A refusal is 429 with{' '}
              <code className="font-mono text-sm">Retry-After</code> in seconds: the first request after that
              is admitted when nothing else was sent.
            </p>
            <CodeBlock label="Headers of an answer" text={headers} />
          </Panel>
        </div>
      </div>
    </PageFrame>
  );
}
