import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Download } from 'lucide-react';
import { useState } from 'react';
import { Button } from '@/components/ui/button.tsx';
import { Confirm } from '@/components/ui/confirm.tsx';
import { Segmented } from '@/components/ui/tabs.tsx';
import { toast } from '@/components/ui/toast.tsx';
import { environmentLabel, useEnvironment } from '@/environment.ts';
import type { LogFilters } from '@/lib/log-filters.ts';
import { useOnce } from '@/lib/once.ts';
import { jobStarted } from '@/queries/jobs.ts';
import { type ExportFormat, exportLogs } from '@/queries/logs.ts';

const formats: readonly { readonly value: ExportFormat; readonly label: string }[] = [
  { value: 'csv', label: 'CSV' },
  { value: 'ndjson', label: 'NDJSON' },
];

const about: Readonly<Record<ExportFormat, string>> = {
  csv: 'A table with the names of the columns in its first line, for spreadsheets.',
  ndjson: 'One request as JSON in each line, for programs.',
};

/** Has the requests that the list shows written into a file, in the background. */
export function ExportButton({ filters }: { readonly filters: LogFilters }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button onClick={() => setOpen(true)}>
        <Download aria-hidden />
        Export
      </Button>
      {isOpen && <ExportDialog filters={filters} onClose={() => setOpen(false)} />}
    </>
  );
}

function ExportDialog({ filters, onClose }: { readonly filters: LogFilters; onClose(): void }) {
  const environment = useEnvironment();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [format, setFormat] = useState<ExportFormat>('csv');
  const once = useOnce();
  const run = async () => {
    const job = await once({ filters, format }, (key) => exportLogs(environment, filters, format, key));
    jobStarted(client, environment, job);
    toast({
      title: 'The export has begun',
      text: 'A notice tells when it is ready.',
      action: { label: 'Show', run: () => void navigate({ to: '/jobs/$id', params: { id: job.id } }) },
    });
  };
  const count = Object.keys(filters).length;
  return (
    <Confirm title="Export requests" action="Start the export" onClose={onClose} run={run}>
      <p>
        A job writes {count === 0 ? 'every request' : 'the requests that pass the filters of this page'} of{' '}
        {environmentLabel[environment]} into a file, those answered until now, oldest first. Bodies are not in
        it.
      </p>
      <div className="flex flex-col items-start gap-1.5">
        <Segmented label="Format" value={format} choices={formats} onChange={setFormat} />
        <p className="text-muted text-sm">{about[format]}</p>
      </div>
    </Confirm>
  );
}
