import { Check, TriangleAlert, X } from 'lucide-react';
import { useDeferredValue } from 'react';
import { plural } from '@/lib/format.ts';
import { type IpEntry, maxNetworks, readIpList } from '@/lib/ip.ts';
import { Field, Textarea } from './ui/field.tsx';

interface IpListProps {
  /** What is typed; `networksOf` makes the list of it. */
  readonly text: string;
  onChange(text: string): void;
  readonly error?: string | null;
}

/** The addresses that may use a key. Says of each entry how it is read, while it is typed. */
export function IpList({ text, onChange, error }: IpListProps) {
  const entries = readIpList(useDeferredValue(text));
  const wrong = entries.filter(({ network }) => network === null).length;
  const tooMany =
    entries.length > maxNetworks ? `At most ${maxNetworks} entries; these are ${entries.length}.` : null;
  return (
    <div className="flex flex-col gap-2">
      <Field
        label="Addresses that may use it"
        isOptional
        error={error ?? tooMany}
        hint="Addresses or networks, one a line. Without any the key works from everywhere."
      >
        <Textarea
          value={text}
          onChange={(event) => onChange(event.target.value)}
          placeholder={'203.0.113.7\n2001:db8:12::/48'}
          spellCheck={false}
          autoCapitalize="none"
          className="font-mono text-sm"
        />
      </Field>
      {entries.length > 0 && (
        <>
          <ul className="flex max-h-56 flex-col overflow-y-auto rounded-md border border-line">
            {entries.map((entry, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the same text may stand there twice
              <Entry key={index} entry={entry} />
            ))}
          </ul>
          <p className="sr-only" role="status">
            {plural(entries.length, 'entry', 'entries')}, {wrong === 0 ? 'all valid' : `${wrong} not valid`}
          </p>
        </>
      )}
    </div>
  );
}

function Entry({ entry: { text, network, note } }: { readonly entry: IpEntry }) {
  const Icon = network === null ? X : note === null ? Check : TriangleAlert;
  const tone = network === null ? 'text-red-ink' : note === null ? 'text-green-ink' : 'text-amber-ink';
  return (
    <li className="flex min-w-0 items-start gap-2 border-line px-2.5 py-1.5 not-last:border-b">
      <Icon
        className={`mt-0.5 size-4 shrink-0 ${tone}`}
        aria-label={network === null ? 'Not valid' : 'Valid'}
      />
      <span className="flex min-w-0 flex-1 flex-wrap justify-between gap-x-3">
        <code className="min-w-0 break-all font-mono text-sm">{text}</code>
        {note && <span className={`text-sm ${tone}`}>{note}</span>}
      </span>
    </li>
  );
}
