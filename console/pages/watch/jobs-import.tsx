import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Upload } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useHolds } from '@/components/records/scopes.ts';
import { Button } from '@/components/ui/button.tsx';
import { Confirm } from '@/components/ui/confirm.tsx';
import { CodeBlock } from '@/components/ui/copy.tsx';
import { Field, Input } from '@/components/ui/field.tsx';
import { Segmented } from '@/components/ui/tabs.tsx';
import { environmentLabel, useEnvironment } from '@/environment.ts';
import { importTypeOf, maxImportBytes } from '@/lib/contact-file.ts';
import { formatBytes } from '@/lib/format.ts';
import { useOnce } from '@/lib/once.ts';
import { jobStarted, startImport } from '@/queries/jobs.ts';

interface Importable {
  readonly path: string;
  readonly label: string;
  /** What the role needs besides `bulk:write`. */
  readonly scope: string;
  readonly ends: readonly string[];
  readonly about: string;
  readonly example: string;
}

const importables = {
  articles: {
    path: '/kb/import',
    label: 'Articles',
    scope: 'knowledge:write',
    ends: ['ndjson', 'jsonl', 'json'],
    about:
      'One article as JSON in each line. A slug that is known updates its article; nothing is deleted, and what is equal already is left alone.',
    example:
      '{"title": "Refunds", "category": "billing", "content": "# Refunds\\n\\nWithin 14 days.", "status": "published"}',
  },
  contacts: {
    path: '/contacts/import',
    label: 'Contacts',
    scope: 'contacts:write',
    ends: ['csv', 'ndjson', 'jsonl', 'json'],
    about:
      'A table whose first line names the columns, or one contact as JSON in each line. A known e-mail address updates its contact; every column that is not e-mail, phone, name or customerId becomes a custom field.',
    example: 'email,phone,name,Plan\nada@example.com,+49 30 1234567,"Lovelace, Ada",gold',
  },
} as const satisfies Record<string, Importable>;

type Kind = keyof typeof importables;
const kinds = Object.keys(importables) as Kind[];

/** Takes a file in, in the background. Not offered to those who may not. */
export function ImportButton() {
  const holds = useHolds();
  const [isOpen, setOpen] = useState(false);
  const allowed = kinds.filter((kind) => holds('bulk:write', importables[kind].scope));
  if (allowed.length === 0) return null;
  return (
    <>
      <Button tone="primary" onClick={() => setOpen(true)}>
        <Upload aria-hidden />
        Import
      </Button>
      {isOpen && <ImportDialog allowed={allowed} onClose={() => setOpen(false)} />}
    </>
  );
}

function problemOfFile(file: File, { ends }: Importable): string | null {
  const type = importTypeOf(file.name);
  if (type === null || !ends.some((end) => file.name.toLowerCase().endsWith(`.${end}`))) {
    return `The name of the file must end in ${ends.map((end) => `.${end}`).join(', ')}.`;
  }
  if (file.size === 0) return 'The file is empty.';
  return file.size > maxImportBytes ? `The file has ${formatBytes(file.size)}; 64 MiB are the most.` : null;
}

interface ImportDialogProps {
  readonly allowed: readonly Kind[];
  onClose(): void;
}

function ImportDialog({ allowed, onClose }: ImportDialogProps) {
  const environment = useEnvironment();
  const client = useQueryClient();
  const navigate = useNavigate();
  const once = useOnce();
  const [kind, setKind] = useState<Kind>(allowed[0]!);
  const [file, setFile] = useState<File | null>(null);
  const input = useRef<HTMLInputElement>(null);
  const { path, about, example, ends } = importables[kind];
  const error = file && problemOfFile(file, importables[kind]);
  // The form is not sent while something is wrong with the file.
  useEffect(() => input.current?.setCustomValidity(error ?? ''), [error]);
  const run = async () => {
    if (file === null) return;
    const { name, size, lastModified } = file;
    const mediaType = importTypeOf(name)!;
    const job = await once({ kind, name, size, lastModified }, (key) =>
      startImport(environment, path, { file, mediaType }, key),
    );
    jobStarted(client, environment, job);
    void navigate({ to: '/jobs/$id', params: { id: job.id } });
  };
  return (
    <Confirm
      title={`Import into ${environmentLabel[environment]}`}
      action="Send the file"
      onClose={onClose}
      run={run}
    >
      <div>
        <Segmented
          label="What is imported"
          value={kind}
          choices={allowed.map((each) => ({ value: each, label: importables[each].label }))}
          onChange={setKind}
        />
      </div>
      <p className="text-muted">{about}</p>
      <Field
        label="File"
        error={error}
        hint={
          file
            ? `${formatBytes(file.size)} are sent at once; a job takes them in then.`
            : 'Up to 64 MiB, in UTF-8.'
        }
      >
        <Input
          type="file"
          accept={ends.map((end) => `.${end}`).join(',')}
          ref={input}
          required
          onChange={(event) => setFile(event.target.files?.[0] ?? null)}
          className="h-auto py-1.5 file:mr-3 file:rounded file:border file:border-line-strong file:bg-sunken file:px-2 file:py-0.5 file:text-ink file:text-sm"
        />
      </Field>
      <CodeBlock label="Example of a line" text={example} />
    </Confirm>
  );
}
