import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { FileUp } from 'lucide-react';
import { type DragEvent, useId, useRef, useState } from 'react';
import { Alert, ProblemAlert } from '@/components/ui/alert.tsx';
import { Badge } from '@/components/ui/badge.tsx';
import { Button } from '@/components/ui/button.tsx';
import { Dialog } from '@/components/ui/dialog.tsx';
import { toast } from '@/components/ui/toast.tsx';
import { environmentLabel, useEnvironment } from '@/environment.ts';
import { cn } from '@/lib/cn.ts';
import { type ImportColumns, importColumns, importTypeOf, maxImportBytes } from '@/lib/contact-file.ts';
import { formatBytes } from '@/lib/format.ts';
import { useOnce } from '@/lib/once.ts';
import { type Problem, problemOf } from '@/problem.ts';
import { importContacts } from '@/queries/contacts.ts';

interface Chosen {
  readonly file: File;
  readonly type: string;
  /** Of a table. */
  readonly columns: ImportColumns | null;
}

const headBytes = 65_536;

async function choose(file: File): Promise<Chosen | string> {
  const type = importTypeOf(file.name);
  if (type === null)
    return 'Choose a file that ends in .csv, .ndjson or .json. Save a spreadsheet as "CSV UTF-8".';
  if (file.size > maxImportBytes)
    return `The file has ${formatBytes(file.size)}; send at most 64 MiB at once.`;
  if (file.size === 0) return 'The file is empty.';
  const columns = type === 'text/csv' ? importColumns(await file.slice(0, headBytes).text()) : null;
  return { file, type, columns };
}

/** Sends a file of contacts, and leads to the job that takes them in. */
export function ImportContacts({ onClose }: { onClose(): void }) {
  const environment = useEnvironment();
  const client = useQueryClient();
  const navigate = useNavigate();
  const once = useOnce();
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const [refusal, setRefusal] = useState<string | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isBusy, setBusy] = useState(false);
  const pick = async (file: File | undefined) => {
    if (file === undefined) return;
    setProblem(null);
    const found = await choose(file);
    setRefusal(typeof found === 'string' ? found : null);
    setChosen(typeof found === 'string' ? null : found);
  };
  const run = async ({ file, type }: Chosen) => {
    setBusy(true);
    setProblem(null);
    try {
      const job = await once([file.name, file.size, file.lastModified], (key) =>
        importContacts(environment, file.slice(0, file.size, type), key),
      );
      toast({ title: 'The import has begun' });
      await client.invalidateQueries({ queryKey: ['jobs'] });
      await navigate({ to: '/jobs/$id', params: { id: job.id } });
    } catch (error) {
      setProblem(problemOf(error));
      setBusy(false);
    }
  };
  return (
    <Dialog
      title="Import contacts"
      description={`A file of up to 100,000 contacts for ${environmentLabel[environment]}. One whose e-mail address is known is brought up to date, and one that is equal already is left alone.`}
      onClose={isBusy ? undefined : onClose}
      footer={
        <>
          <Button onClick={onClose} disabled={isBusy}>
            Cancel
          </Button>
          <Button
            tone="primary"
            disabled={!chosen}
            isBusy={isBusy}
            onClick={() => chosen && void run(chosen)}
          >
            Import
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        {problem && <ProblemAlert problem={problem} />}
        <FileField chosen={chosen} onPick={(file) => void pick(file)} />
        {refusal && (
          <Alert tone="red" role="alert">
            {refusal}
          </Alert>
        )}
        {chosen?.columns && <Columns columns={chosen.columns} />}
        <p className="text-muted text-sm">
          The first line of a CSV file names its columns: email, phone, name and customerId are the contact’s
          own, and every other becomes a custom field. An empty cell leaves what is known as it is. A line
          that cannot be used is reported by the job, and the others go on.
        </p>
      </div>
    </Dialog>
  );
}

interface FileFieldProps {
  readonly chosen: Chosen | null;
  onPick(file: File | undefined): void;
}

function FileField({ chosen, onPick }: FileFieldProps) {
  const input = useRef<HTMLInputElement>(null);
  const id = useId();
  const [isOver, setOver] = useState(false);
  const over = (event: DragEvent, isNow: boolean) => {
    event.preventDefault();
    setOver(isNow);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is a short cut; the button does the same
    <div
      onDragOver={(event) => over(event, true)}
      onDragLeave={(event) => over(event, false)}
      onDrop={(event) => {
        over(event, false);
        onPick(event.dataTransfer.files[0]);
      }}
      className={cn(
        'flex flex-col items-center gap-2 rounded-lg border border-line-strong border-dashed px-4 py-6 text-center',
        isOver && 'border-accent bg-accent-soft',
      )}
    >
      <label htmlFor={id} className="sr-only">
        File with contacts
      </label>
      <input
        ref={input}
        id={id}
        type="file"
        accept=".csv,.ndjson,.jsonl,.json"
        tabIndex={-1}
        className="sr-only"
        onChange={(event) => onPick(event.target.files?.[0])}
      />
      {chosen && (
        <p>
          <bdi className="break-all font-medium">{chosen.file.name}</bdi>{' '}
          <span className="text-muted">{formatBytes(chosen.file.size)}</span>
        </p>
      )}
      <Button onClick={() => input.current?.click()}>
        <FileUp aria-hidden />
        {chosen ? 'Choose another file' : 'Choose a file'}
      </Button>
      <p className="text-muted text-sm">CSV, NDJSON or JSON. Or drop it here.</p>
    </div>
  );
}

function Columns({ columns: { own, custom } }: { readonly columns: ImportColumns }) {
  if (!own.some((name) => ['email', 'phone'].includes(name.toLowerCase()))) {
    return (
      <Alert tone="amber">
        No column is called email or phone, and one of them must be. The first line of the file must name the
        columns, separated by commas.
      </Alert>
    );
  }
  return (
    <dl className="flex flex-col gap-2">
      <ColumnNames label="Of the contact" names={own} />
      {custom.length > 0 && <ColumnNames label="Custom fields" names={custom} />}
    </dl>
  );
}

const shownNames = 30;

function ColumnNames({ label, names }: { readonly label: string; readonly names: readonly string[] }) {
  return (
    <div>
      <dt className="text-muted text-sm">{label}</dt>
      <dd className="mt-1 flex flex-wrap gap-1">
        {[...new Set(names)].slice(0, shownNames).map((name) => (
          <Badge key={name}>
            <bdi className="truncate">{name}</bdi>
          </Badge>
        ))}
        {names.length > shownNames && (
          <span className="text-muted">and {names.length - shownNames} more</span>
        )}
      </dd>
    </div>
  );
}
