import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, type KeyboardEvent, useState } from 'react';
import { channelWords } from '@/components/records/conversation-words.tsx';
import { ProblemAlert } from '@/components/ui/alert.tsx';
import { Button } from '@/components/ui/button.tsx';
import { Field, Textarea } from '@/components/ui/field.tsx';
import { Segmented } from '@/components/ui/tabs.tsx';
import { useEnvironment } from '@/environment.ts';
import { useOnce } from '@/lib/once.ts';
import { type Problem, problemOf } from '@/problem.ts';
import { conversations, type Direction, sendMessage } from '@/queries/conversations.ts';
import type { Conversation } from '@/types.ts';

/** Where a message is written: one that goes out, or one that came in elsewhere. */
export function Composer({ conversation: { id, channel } }: { readonly conversation: Conversation }) {
  const environment = useEnvironment();
  const client = useQueryClient();
  const once = useOnce();
  const [direction, setDirection] = useState<Direction>('outbound');
  const [content, setContent] = useState('');
  /** The same text may be sent again, once it was sent. */
  const [sent, setSent] = useState(0);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isBusy, setBusy] = useState(false);
  const run = async () => {
    if (content.trim() === '' || isBusy) return;
    setBusy(true);
    setProblem(null);
    try {
      const body = { content, direction };
      await once([sent, body], (key) => sendMessage(environment, id, body, key));
      setSent(sent + 1);
      setContent('');
      await conversations.refresh(client);
    } catch (error) {
      setProblem(problemOf(error));
    }
    setBusy(false);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void run();
  };
  const submitByKey = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || !(event.metaKey || event.ctrlKey)) return;
    event.preventDefault();
    void run();
  };
  const isOutbound = direction === 'outbound';
  return (
    <form onSubmit={submit} className="flex flex-col gap-3 rounded-b-lg border-line border-t p-4">
      {problem && <ProblemAlert problem={problem} />}
      <Field
        label={isOutbound ? 'Message to the contact' : 'What the contact wrote'}
        isLabelHidden
        hint={
          isOutbound
            ? `Goes out by ${channelWords[channel]}: the system of yours that listens to webhooks delivers it.`
            : 'Opens a conversation that is pending, and reopens one that is resolved.'
        }
      >
        <Textarea
          value={content}
          maxLength={50_000}
          rows={3}
          placeholder={isOutbound ? 'Write to the contact' : 'Write down what came in'}
          onChange={(event) => setContent(event.target.value)}
          onKeyDown={submitByKey}
        />
      </Field>
      <div className="flex flex-wrap items-center justify-between gap-2">
        <Segmented<Direction>
          label="Direction"
          value={direction}
          choices={[
            { value: 'outbound', label: 'Send' },
            { value: 'inbound', label: 'Write down' },
          ]}
          onChange={setDirection}
        />
        <Button
          type="submit"
          tone="primary"
          isBusy={isBusy}
          disabled={content.trim() === ''}
          title="Ctrl+Enter"
        >
          {isOutbound ? 'Send' : 'Write down'}
        </Button>
      </div>
    </form>
  );
}
