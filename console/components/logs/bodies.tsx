import { CodeBlock } from '@/components/ui/copy.tsx';
import { formatBytes } from '@/lib/format.ts';
import { prettyJson, showHidden } from '@/lib/pretty-json.ts';
import type { LogEntry } from '@/types.ts';

interface BodyProps {
  readonly label: string;
  readonly text: string | undefined;
  readonly note: LogEntry['requestBodyNote'];
  readonly bytes: number;
}

/** What was captured of a body, as it was stored: masked before. */
function Body({ label, text, note, bytes }: BodyProps) {
  return (
    <section className="flex flex-col gap-1.5">
      <h3 className="font-medium">
        {label} <span className="font-normal text-muted">{formatBytes(bytes)}</span>
      </h3>
      {text !== undefined && text !== '' && (
        <CodeBlock
          label={label}
          text={showHidden(prettyJson(text) ?? text)}
          className="[&_section]:max-h-96 [&_section]:overflow-y-auto"
        />
      )}
      {note && <p className="text-muted text-sm">{note.message}</p>}
      {text === undefined && note === undefined && (
        <p className="text-muted text-sm">{bytes === 0 ? 'It had none.' : 'It was not kept.'}</p>
      )}
    </section>
  );
}

/** Both bodies; where neither was kept, why not and who can change that. */
export function Bodies({ entry, mayChange }: { readonly entry: LogEntry; readonly mayChange: boolean }) {
  const { requestBody, requestBodyNote, responseBody, responseBodyNote } = entry;
  const hasAny = [requestBody, requestBodyNote, responseBody, responseBodyNote].some(
    (part) => part !== undefined,
  );
  if (!hasAny) {
    return (
      <p className="text-muted">
        Bodies of this request were not kept.{' '}
        {mayChange
          ? 'Where they are is decided in the settings, under Logs and retention.'
          : 'Owners and admins decide in the settings where they are.'}
      </p>
    );
  }
  return (
    <div className="flex flex-col gap-4">
      <Body label="Request body" text={requestBody} note={requestBodyNote} bytes={entry.requestBytes} />
      <Body label="Answer body" text={responseBody} note={responseBodyNote} bytes={entry.responseBytes} />
      <p className="text-muted text-sm">
        Up to 4 KB of each are kept. “…” stands where something secret was, which was never stored.
      </p>
    </div>
  );
}
