import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { BarList, DayColumns, Stat } from '@/components/records/bars.tsx';
import { ProblemAlert } from '@/components/ui/alert.tsx';
import { Button } from '@/components/ui/button.tsx';
import { Dialog } from '@/components/ui/dialog.tsx';
import { Skeleton } from '@/components/ui/skeleton.tsx';
import { useEnvironment } from '@/environment.ts';
import { formatCount, formatPercent } from '@/lib/format.ts';
import type { SearchParams } from '@/lib/search-params.ts';
import { problemOf } from '@/problem.ts';
import { type TotalsFilters, telemetryTotalsQuery } from '@/queries/telemetry.ts';
import type { TelemetryTotals } from '@/types.ts';

const days = 30;

interface SummaryProps extends TotalsFilters {
  onChange(changes: SearchParams): void;
}

/** How much came in the last 30 days, and how much of it malformed. As high while it is fetched as afterwards. */
export function TelemetrySummary({ group, customerId, onChange }: SummaryProps) {
  const environment = useEnvironment();
  const { data, error } = useQuery(telemetryTotalsQuery(environment, { group, customerId }));
  const [isOpen, setOpen] = useState(false);
  return (
    <div className="mb-4 h-[8.5rem] overflow-hidden rounded-lg border border-line bg-raised p-4 sm:h-[5.5rem]">
      {error && !data ? (
        <ProblemAlert problem={problemOf(error)} />
      ) : data ? (
        <div className="flex flex-wrap items-start gap-x-8 gap-y-3">
          <Stat label="Records in 30 days" value={formatCount(data.total)} />
          <Stat
            label="Malformed"
            value={`${formatCount(data.flagged)} · ${formatPercent(data.flaggedShare)}`}
          />
          <DayColumns noun="record" days={data.byDay} count={days} className="min-w-0 flex-1 basis-40" />
          {data.byGroup.length > 0 && (
            <Button size="sm" onClick={() => setOpen(true)}>
              By group
            </Button>
          )}
        </div>
      ) : (
        <Skeleton className="h-full" />
      )}
      {isOpen && data && (
        <Groups
          totals={data}
          onClose={() => setOpen(false)}
          onMalformed={() => {
            setOpen(false);
            onChange({ flagged: 'true' });
          }}
        />
      )}
    </div>
  );
}

interface GroupsProps {
  readonly totals: TelemetryTotals;
  onClose(): void;
  onMalformed(): void;
}

function Groups({ totals, onClose, onMalformed }: GroupsProps) {
  return (
    <Dialog
      title="Telemetry by group"
      description="Records of the last 30 days in UTC, malformed ones in amber. The 200 groups with most records."
      place="side"
      onClose={onClose}
      footer={totals.flagged > 0 && <Button onClick={onMalformed}>Show the malformed records</Button>}
    >
      <BarList
        label="Records by group"
        bars={totals.byGroup.map(({ group, total, flagged, flaggedShare }) => ({
          label: group ?? 'No group',
          count: total,
          flagged,
          note: flagged > 0 ? `${formatPercent(flaggedShare)} malformed` : undefined,
        }))}
      />
    </Dialog>
  );
}
