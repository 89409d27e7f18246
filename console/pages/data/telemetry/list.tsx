import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { RadioTower, TriangleAlert } from 'lucide-react';
import { filtersOf, RecordList } from '@/components/records/record-list.tsx';
import { CustomerLink, LicenseLink } from '@/components/records/references.tsx';
import { Badge } from '@/components/ui/badge.tsx';
import { CodeBlock } from '@/components/ui/copy.tsx';
import type { Column } from '@/components/ui/data-table.tsx';
import { PageFrame } from '@/components/ui/page.tsx';
import { Time } from '@/components/ui/time.tsx';
import { useEnvironment } from '@/environment.ts';
import { type SearchParams, useFilters } from '@/lib/search-params.ts';
import { targetOf } from '@/lib/secret-snippets.ts';
import { telemetry } from '@/queries/telemetry.ts';
import type { Environment, TelemetryRecord } from '@/types.ts';
import { telemetryTypes } from '../../../../src/core/telemetry-record.ts';
import { TelemetryDrawer } from './record.tsx';
import { TextFilter } from './text-filter.tsx';
import { TelemetrySummary } from './totals.tsx';
import { typeWords, valueWords } from './words.ts';

const columns: readonly Column<TelemetryRecord>[] = [
  {
    id: 'name',
    header: 'Name',
    isFixed: true,
    cell: ({ id, name, flagged, flagReason }) => (
      <span className="flex min-w-0 items-center gap-2">
        <Link
          to="/telemetry"
          search={(before: SearchParams) => ({ ...before, record: id })}
          resetScroll={false}
          className="truncate font-medium hover:underline"
        >
          <bdi>{name ?? 'No name'}</bdi>
        </Link>
        {flagged && (
          <Badge tone="amber" title={flagReason ?? undefined} className="shrink-0">
            <TriangleAlert aria-hidden />
            Malformed
          </Badge>
        )}
      </span>
    ),
  },
  {
    id: 'value',
    header: 'Value or what is wrong',
    className: 'hidden md:table-cell',
    cell: (record) =>
      record.flagged ? (
        <bdi className="text-amber-ink">{record.flagReason}</bdi>
      ) : (
        <bdi className="font-mono text-sm">{valueWords(record)}</bdi>
      ),
  },
  {
    id: 'group',
    header: 'Group',
    className: 'w-28 hidden sm:table-cell',
    cell: ({ group }) => (group === null ? <span className="text-muted">None</span> : <bdi>{group}</bdi>),
  },
  {
    id: 'type',
    header: 'Type',
    className: 'w-20 hidden lg:table-cell',
    cell: ({ type }) => (type === null ? <span className="text-muted">None</span> : typeWords[type]),
  },
  {
    id: 'customer',
    header: 'Customer',
    className: 'w-40 hidden xl:table-cell',
    cell: ({ customerId }) => <CustomerLink id={customerId} />,
  },
  {
    id: 'license',
    header: 'Licence',
    className: 'w-40 hidden xl:table-cell',
    isExtra: true,
    cell: ({ licenseId }) => <LicenseLink id={licenseId} />,
  },
  {
    id: 'created',
    header: 'Came',
    className: 'w-32',
    cell: ({ createdAt }) => <Time at={createdAt} />,
  },
];

const filterNames = ['group', 'name', 'type', 'flagged', 'customerId', 'licenseId'];
const typeChoices = telemetryTypes.map((value) => ({ value, label: typeWords[value] }));
const flagChoices = [
  { value: 'true', label: 'Malformed' },
  { value: 'false', label: 'Sound' },
];

export function TelemetryPage() {
  const environment = useEnvironment();
  const [params, change] = useFilters();
  const query = useInfiniteQuery(telemetry.list(environment, filtersOf(params, filterNames)));
  const { licenseId } = params;
  return (
    <PageFrame
      title="Telemetry"
      description="What machines report of themselves. A record that is malformed is kept, too, with what is wrong with it: a machine in the field cannot mend what it sends."
    >
      <TelemetrySummary group={params.group} customerId={params.customerId} onChange={change} />
      <RecordList
        label="Telemetry"
        noun="record"
        icon={RadioTower}
        columns={columns}
        query={query}
        filters={[
          { name: 'flagged', label: 'State', choices: flagChoices },
          { name: 'type', label: 'Type', choices: typeChoices },
          { name: 'customerId', label: 'Customer', of: 'customer' },
          ...(licenseId
            ? [{ name: 'licenseId', label: 'Licence', choices: [{ value: licenseId, label: licenseId }] }]
            : []),
        ]}
        tools={
          <>
            <TextFilter
              label="Group"
              value={params.group ?? ''}
              onChange={(group) => change({ group: group || undefined })}
            />
            <TextFilter
              label="Name"
              value={params.name ?? ''}
              onChange={(name) => change({ name: name || undefined })}
            />
          </>
        }
        otherFilters={['group', 'name']}
        onOpen={({ id }) => change({ record: id })}
        rowClass={({ flagged }) => (flagged ? 'bg-amber-soft/40' : undefined)}
        empty={
          <>
            <p className="mb-3">A program sends records with a key that has telemetry:write.</p>
            <CodeBlock
              label="Send a record"
              text={sendExample(environment)}
              className="max-w-[calc(100vw-5rem)] text-left"
            />
          </>
        }
      />
      {params.record && <TelemetryDrawer id={params.record} onClose={() => change({ record: undefined })} />}
    </PageFrame>
  );
}

/** As a program would send one to this environment. */
function sendExample(environment: Environment): string {
  const { origin, host } = targetOf(environment, location.origin);
  return [
    `curl '${origin}/api/v1/telemetry' \\`,
    ...(host === null ? [] : [`  -H 'Host: ${host}' \\`]),
    '  -H "Authorization: Bearer $KEYWARD_API_KEY" \\',
    "  -H 'Content-Type: application/json' \\",
    `  -d '{"group": "build", "type": "value",`,
    `       "name": "seconds", "value": 12.5}'`,
  ].join('\n');
}
