import { useState } from 'react';
import byHand from './receiver-snippets/by-hand.txt?raw';
import library from './receiver-snippets/library.txt?raw';
import { CodeBlock } from './ui/copy.tsx';
import { Segmented } from './ui/tabs.tsx';

const forms = [
  { value: 'library', label: 'standardwebhooks' },
  { value: 'hand', label: 'Without a library' },
] as const;

const headers = [
  [
    'webhook-id',
    'The event’s id, the same in every attempt and every replay. Something may come twice: remember it.',
  ],
  [
    'webhook-timestamp',
    'When it was sent, in seconds since 1970. Refuse what is more than five minutes off.',
  ],
  [
    'webhook-signature',
    'v1, and the base64 of an HMAC-SHA-256 over id, time and body with dots between them. After a rotation there are two, with a space between them, and one must be right.',
  ],
] as const;

/** How a receiver finds out that a message is from here. The secret is in none of it. */
export function ReceiverSnippets() {
  const [form, setForm] = useState<'library' | 'hand'>('library');
  return (
    <div className="flex min-w-0 flex-col gap-3">
      <dl className="flex flex-col gap-2">
        {headers.map(([name, words]) => (
          <div key={name} className="grid gap-x-4 sm:grid-cols-[10rem_minmax(0,1fr)]">
            <dt>
              <code className="font-mono text-sm">{name}</code>
            </dt>
            <dd className="text-muted text-sm">{words}</dd>
          </div>
        ))}
      </dl>
      <div>
        <Segmented label="Receiver" value={form} choices={forms} onChange={setForm} />
      </div>
      <CodeBlock
        label={form === 'library' ? 'Receiver with the standardwebhooks library' : 'Check without a library'}
        text={(form === 'library' ? library : byHand).trimEnd()}
        className="[&_section]:max-h-72 [&_section]:overflow-y-auto"
      />
      <p className="text-muted text-sm">
        {form === 'library' && (
          <>
            Install it with <code className="font-mono">npm install standardwebhooks</code>; there are
            libraries for other languages, too.{' '}
          </>
        )}
        Check the bytes of the body as they came, answer 2xx within 10 seconds, and do the work afterwards.
      </p>
    </div>
  );
}
