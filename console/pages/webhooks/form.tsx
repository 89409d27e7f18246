import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import { Alert, ProblemAlert } from '@/components/ui/alert.tsx';
import { EnvironmentBadge } from '@/components/ui/badge.tsx';
import { Button } from '@/components/ui/button.tsx';
import { Dialog } from '@/components/ui/dialog.tsx';
import { Field, Input, SwitchField } from '@/components/ui/field.tsx';
import { toast } from '@/components/ui/toast.tsx';
import { useEnvironment } from '@/environment.ts';
import { useOnce } from '@/lib/once.ts';
import { Problem, problemOf } from '@/problem.ts';
import { createWebhook, webhooks } from '@/queries/webhooks.ts';
import type { CreatedWebhook, Webhook } from '@/types.ts';
import { EventPicker } from './event-picker.tsx';

interface Draft {
  readonly name: string;
  readonly url: string;
  readonly events: readonly string[];
  readonly active: boolean;
}

const fields = ['name', 'url', 'events', 'active'] as const;

interface CreateProps {
  onClose(): void;
  /** Gets the secret, which must go to the dialog that shows it. */
  onCreated(webhook: CreatedWebhook): void;
}

export function CreateWebhook({ onClose, onCreated }: CreateProps) {
  const environment = useEnvironment();
  const client = useQueryClient();
  const once = useOnce();
  return (
    <WebhookForm
      title="Create a webhook"
      action="Create webhook"
      initial={{ name: '', url: '', events: [], active: true }}
      onClose={onClose}
      send={async (draft) => {
        const created = await once(draft, (key) => createWebhook(environment, draft, key));
        onCreated(created);
        await webhooks.refresh(client);
      }}
    />
  );
}

export function EditWebhook({ webhook, onClose }: { readonly webhook: Webhook; onClose(): void }) {
  const environment = useEnvironment();
  const client = useQueryClient();
  const { id } = webhook;
  // What the form began with: against what was fetched since, everything that others changed would be a difference.
  const [initial] = useState<Draft>(() => {
    const { name, url, events, active } = webhook;
    return { name, url, events, active };
  });
  return (
    <WebhookForm
      title="Change the webhook"
      action="Save"
      initial={initial}
      onClose={onClose}
      send={async (draft) => {
        const changed = fields.filter(
          (field) => JSON.stringify(draft[field]) !== JSON.stringify(initial[field]),
        );
        const body = Object.fromEntries(changed.map((field) => [field, draft[field]]));
        await webhooks.change(environment, id, body);
        toast({ title: 'The webhook is changed' });
        await webhooks.refresh(client);
        onClose();
      }}
    />
  );
}

interface FormProps {
  readonly title: string;
  readonly action: string;
  readonly initial: Draft;
  onClose(): void;
  send(draft: Draft): Promise<void>;
}

function WebhookForm({ title, action, initial, onClose, send }: FormProps) {
  const environment = useEnvironment();
  const [draft, setDraft] = useState(initial);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isBusy, setBusy] = useState(false);
  const form = useId();
  const set = (changes: Partial<Draft>) => {
    setDraft((before) => ({ ...before, ...changes }));
    // What was said of a field was said of what stood in it.
    if (problem?.errors.some(({ path }) => path.split('.')[0]! in changes)) setProblem(null);
  };
  const errorOf = (field: string) =>
    problem?.errors.find(({ path }) => path === field || path.startsWith(`${field}.`))?.message;
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (draft.events.length === 0) {
      const errors = [{ path: 'events', message: 'Choose at least one event.' }];
      return setProblem(new Problem(400, { code: 'validation_failed', errors }));
    }
    setBusy(true);
    setProblem(null);
    try {
      await send({ ...draft, name: draft.name.trim(), url: draft.url.trim() });
    } catch (error) {
      setProblem(problemOf(error));
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={title}
      width="lg"
      onClose={isBusy ? undefined : onClose}
      description={
        <>
          A subscription hears of one environment alone: <EnvironmentBadge environment={environment} />
        </>
      }
      footer={
        <>
          <Button onClick={onClose} disabled={isBusy}>
            Cancel
          </Button>
          <Button type="submit" form={form} tone="primary" isBusy={isBusy}>
            {action}
          </Button>
        </>
      }
    >
      <form id={form} onSubmit={submit} className="flex flex-col gap-4">
        {problem && problem.errors.length === 0 && <ProblemAlert problem={problem} />}
        <Field label="Name" error={errorOf('name')} hint="Of the program that listens, such as CRM sync.">
          <Input
            value={draft.name}
            onChange={(event) => set({ name: event.target.value })}
            required
            maxLength={100}
          />
        </Field>
        <Field
          label="Address"
          error={errorOf('url')}
          hint="https, on port 443 or 8443, and public. The operator may allow others for development."
        >
          <Input
            type="url"
            inputMode="url"
            placeholder="https://example.com/hooks/keyward"
            value={draft.url}
            onChange={(event) => set({ url: event.target.value })}
            required
            maxLength={2_048}
            spellCheck={false}
          />
        </Field>
        <EventPicker value={draft.events} error={errorOf('events')} onChange={(events) => set({ events })} />
        <SwitchField
          label="Active"
          hint="Nothing is sent to one that is not, and what happens meanwhile is not kept for it."
          checked={draft.active}
          onChange={(active) => set({ active })}
        />
        {initial.active && !draft.active && (
          <Alert tone="amber">What waits to be sent is cancelled when it is switched off.</Alert>
        )}
      </form>
    </Dialog>
  );
}
