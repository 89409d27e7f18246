import { useQuery } from '@tanstack/react-query';
import { JsonBlock } from '@/components/records/json.tsx';
import { RecordFacts } from '@/components/records/record-facts.tsx';
import { CustomerLink, LicenseLink } from '@/components/records/references.tsx';
import { Alert, ProblemAlert } from '@/components/ui/alert.tsx';
import { Copyable } from '@/components/ui/copy.tsx';
import { Dialog } from '@/components/ui/dialog.tsx';
import { Skeleton } from '@/components/ui/skeleton.tsx';
import { Time } from '@/components/ui/time.tsx';
import { useEnvironment } from '@/environment.ts';
import { problemOf } from '@/problem.ts';
import { telemetry } from '@/queries/telemetry.ts';
import type { TelemetryRecord } from '@/types.ts';
import { typeWords } from './words.ts';

interface DrawerProps {
  readonly id: string;
  onClose(): void;
}

/** One record with all that came. */
export function TelemetryDrawer({ id, onClose }: DrawerProps) {
  const environment = useEnvironment();
  const { data: record, error } = useQuery(telemetry.one(environment, id));
  return (
    <Dialog title={record?.name ?? 'Telemetry record'} place="side" onClose={onClose}>
      {error && !record ? (
        <ProblemAlert problem={problemOf(error)} />
      ) : record ? (
        <Shown record={record} />
      ) : (
        <Skeleton className="h-64" />
      )}
    </Dialog>
  );
}

function Shown({ record }: { readonly record: TelemetryRecord }) {
  const { id, group, type, name, value, customerId, licenseId, flagged, flagReason, createdAt } = record;
  const none = <span className="text-muted">None</span>;
  const reasons = flagReason?.split('; ') ?? [];
  return (
    <div className="flex flex-col gap-5">
      {flagged && (
        <Alert tone="amber" title="Malformed">
          <ul className={reasons.length > 1 ? 'list-disc pl-4' : undefined}>
            {reasons.map((reason) => (
              <li key={reason}>{reason}</li>
            ))}
          </ul>
        </Alert>
      )}
      <RecordFacts
        facts={[
          { label: 'Name', value: name === null ? none : <bdi>{name}</bdi> },
          { label: 'Group', value: group === null ? none : <bdi>{group}</bdi> },
          { label: 'Type', value: type === null ? none : typeWords[type] },
          { label: 'Customer', value: <CustomerLink id={customerId} /> },
          { label: 'Licence', value: <LicenseLink id={licenseId} /> },
          { label: 'Came', value: <Time at={createdAt} as="exact" /> },
          { label: 'Id', value: <Copyable text={id} /> },
        ]}
      />
      <section>
        <h3 className="mb-2 font-medium">Value</h3>
        <JsonBlock
          label="Value as JSON"
          value={value ?? null}
          className="[&_pre]:whitespace-pre-wrap [&_pre]:break-words"
        />
      </section>
    </div>
  );
}
