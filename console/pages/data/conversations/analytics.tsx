import { useQuery } from '@tanstack/react-query';
import { BarList, Stat } from '@/components/records/bars.tsx';
import { channelWords, statusWords } from '@/components/records/conversation-words.tsx';
import { ProblemAlert } from '@/components/ui/alert.tsx';
import { Dialog } from '@/components/ui/dialog.tsx';
import { Skeleton } from '@/components/ui/skeleton.tsx';
import { Segmented } from '@/components/ui/tabs.tsx';
import { environmentLabel, useEnvironment } from '@/environment.ts';
import { sumConversations } from '@/lib/conversation-analytics.ts';
import { formatCount, formatDay, formatDuration, formatPercent, plural } from '@/lib/format.ts';
import { problemOf } from '@/problem.ts';
import {
  type ConversationAnalytics as Analytics,
  conversationAnalyticsQuery,
} from '@/queries/conversations.ts';
import type { ConversationAnalyticsRow } from '@/types.ts';

interface AnalyticsProps {
  readonly days: 7 | 30;
  onDays(days: number): void;
  onClose(): void;
}

/** How much was said, through which channels, and how fast it was answered. */
export function ConversationAnalytics({ days, onDays, onClose }: AnalyticsProps) {
  const environment = useEnvironment();
  const { data, error } = useQuery(conversationAnalyticsQuery(environment, days));
  return (
    <Dialog
      title="Conversations, summed up"
      description={`${environmentLabel[environment]}, days in UTC, by the day on which conversations began.`}
      place="side"
      onClose={onClose}
    >
      <div className="flex flex-col gap-6">
        <div>
          <Segmented
            label="Period"
            value={String(days)}
            choices={[
              { value: '7', label: '7 days' },
              { value: '30', label: '30 days' },
            ]}
            onChange={(value) => onDays(Number(value))}
          />
        </div>
        {error && !data ? (
          <ProblemAlert problem={problemOf(error)} />
        ) : data ? (
          <Numbers analytics={data} days={days} />
        ) : (
          <Skeleton className="h-80" />
        )}
      </div>
    </Dialog>
  );
}

function Numbers({ analytics, days }: { readonly analytics: Analytics; readonly days: number }) {
  const sums = sumConversations(analytics.rows);
  const messages = analytics.messages.reduce(
    (total, row) => ({ in: total.in + row.messagesIn, out: total.out + row.messagesOut }),
    { in: 0, out: 0 },
  );
  if (sums.conversations === 0 && messages.in + messages.out === 0)
    return <p className="text-muted">Nobody began a conversation or wrote in the last {days} days.</p>;
  const shareOf = (count: number) =>
    sums.conversations === 0 ? undefined : `${formatPercent(count / sums.conversations)} of them`;
  return (
    <>
      <div className="grid grid-cols-2 gap-4 sm:grid-cols-3">
        <Stat label="Conversations" value={formatCount(sums.conversations)} />
        <Stat label="Answered" value={formatCount(sums.answered)} note={shareOf(sums.answered)} />
        <Stat label="Resolved" value={formatCount(sums.resolved)} note={shareOf(sums.resolved)} />
        <Stat label="Messages in" value={formatCount(messages.in)} />
        <Stat label="Messages out" value={formatCount(messages.out)} />
      </div>
      <section>
        <h3 className="mb-2 font-medium">By channel</h3>
        <BarList
          label="Conversations by channel"
          bars={sums.byChannel.map(({ name, count }) => ({ label: channelWords[name] ?? name, count }))}
        />
      </section>
      <section>
        <h3 className="mb-2 font-medium">By status</h3>
        <BarList
          label="Conversations by status"
          bars={sums.byStatus.map(({ name, count }) => ({
            label: statusWords[name as keyof typeof statusWords] ?? name,
            count,
          }))}
        />
      </section>
      <section>
        <h3 className="font-medium">By day</h3>
        <p className="mb-2 text-muted text-sm">
          Times are medians: from the first message that came in to the first answer, and from the beginning
          to the resolution.
        </p>
        <Days rows={analytics.days.toReversed()} />
      </section>
    </>
  );
}

const hours = 3_600;
const tenths = (value: number) => formatCount(Math.round(value * 10) / 10);

/** 12 min, 3.5 h, 2.1 days: people answer more slowly than programs. */
function formatSpan(seconds: number): string {
  if (seconds < hours) return formatDuration(seconds * 1_000);
  return seconds < 48 * hours ? `${tenths(seconds / hours)} h` : `${tenths(seconds / hours / 24)} days`;
}

type Durations = ConversationAnalyticsRow['firstResponse'];

function Median({ of: { count, medianSeconds } }: { readonly of: Durations }) {
  if (medianSeconds === null) return <span className="text-muted">None</span>;
  return <span title={`Of ${plural(count, 'conversation')}`}>{formatSpan(medianSeconds)}</span>;
}

function Days({ rows }: { readonly rows: readonly ConversationAnalyticsRow[] }) {
  const cell = 'border-line border-b py-1.5 pr-3';
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section aria-label="By day" tabIndex={0} className="overflow-x-auto rounded">
      <table className="w-full whitespace-nowrap text-right">
        <thead className="text-muted text-sm">
          <tr>
            {['Day', 'Begun', 'First answer', 'Resolution'].map((header) => (
              <th key={header} scope="col" className={`${cell} font-medium first:text-left`}>
                {header}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ day, conversations, firstResponse, resolution }) => (
            <tr key={day}>
              <th scope="row" className={`${cell} text-left font-normal`}>
                {formatDay(day)}
              </th>
              <td className={cell}>{formatCount(conversations)}</td>
              <td className={cell}>
                <Median of={firstResponse} />
              </td>
              <td className={cell}>
                <Median of={resolution} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
