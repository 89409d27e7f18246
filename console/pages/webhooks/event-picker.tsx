import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useHolds } from '@/components/records/scopes.ts';
import { ProblemAlert } from '@/components/ui/alert.tsx';
import { CheckboxField, Input } from '@/components/ui/field.tsx';
import { Skeleton } from '@/components/ui/skeleton.tsx';
import { Segmented } from '@/components/ui/tabs.tsx';
import { coversGroup, coversType, groupOf, toggleGroup, toggleType } from '@/lib/event-patterns.ts';
import { plural } from '@/lib/format.ts';
import { problemOf } from '@/problem.ts';
import { eventTypesQuery } from '@/queries/webhooks.ts';
import type { WebhookEvent } from '@/types.ts';

const groupWords: Readonly<Record<string, string>> = {
  key: 'API keys',
  conversation: 'Conversations',
  message: 'Messages',
  contact: 'Contacts',
  license: 'Licences',
  job: 'Jobs',
  flag: 'Flags',
  alert: 'Alerts',
  webhook: 'Webhooks',
};

const extents = [
  { value: 'some', label: 'Chosen events' },
  { value: 'all', label: 'All events' },
] as const;

interface EventPickerProps {
  /** Types, groups such as `key.*`, or `*`. */
  readonly value: readonly string[];
  readonly error: string | undefined;
  onChange(value: readonly string[]): void;
}

export function EventPicker({ value, error, onChange }: EventPickerProps) {
  const { data: events, error: failure } = useQuery(eventTypesQuery);
  const isAll = value.includes('*');
  return (
    <fieldset className="flex min-w-0 flex-col gap-3">
      <legend className="mb-1.5 font-medium">Events</legend>
      <div>
        <Segmented
          label="Which events"
          value={isAll ? 'all' : 'some'}
          choices={extents}
          onChange={(extent) => onChange(extent === 'all' ? ['*'] : [])}
        />
      </div>
      {error && (
        <p role="alert" className="text-red-ink text-sm">
          {error}
        </p>
      )}
      {isAll ? (
        <p className="text-muted text-sm">
          Everything that happens in the environment, and what is added some day.
        </p>
      ) : failure ? (
        <ProblemAlert problem={problemOf(failure)} />
      ) : events === undefined ? (
        <Skeleton className="h-64" />
      ) : (
        <Groups events={events} value={value} onChange={onChange} />
      )}
    </fieldset>
  );
}

interface GroupsProps extends Pick<EventPickerProps, 'value' | 'onChange'> {
  readonly events: readonly WebhookEvent[];
}

function Groups({ events, value, onChange }: GroupsProps) {
  const [text, setText] = useState('');
  const wanted = text.trim().toLowerCase();
  // A test is sent whatever a webhook subscribed to.
  const real = events.filter(({ type }) => type !== 'webhook.test');
  const found = real.filter(({ type, description }) =>
    `${type} ${description}`.toLowerCase().includes(wanted),
  );
  const groups = Map.groupBy(found, ({ type }) => groupOf(type));
  const chosen = real.filter(({ type }) => coversType(value, type)).length;
  return (
    <>
      <Input
        type="search"
        aria-label="Find an event"
        placeholder="Find an event"
        value={text}
        spellCheck={false}
        onChange={(event) => setText(event.target.value)}
      />
      <div className="flex max-h-80 flex-col gap-4 overflow-y-auto rounded-lg border border-line px-3 py-3">
        {[...groups].map(([group, inGroup]) => (
          <Group key={group} group={group} events={inGroup} all={real} value={value} onChange={onChange} />
        ))}
        {groups.size === 0 && <p className="text-muted">No event is called that.</p>}
      </div>
      <p role="status" className="text-muted text-sm">
        {chosen === 0 ? 'None chosen yet.' : `${plural(chosen, 'event')} chosen.`}
      </p>
    </>
  );
}

interface GroupProps extends Pick<EventPickerProps, 'value' | 'onChange'> {
  readonly group: string;
  /** Those that were looked for. */
  readonly events: readonly WebhookEvent[];
  readonly all: readonly WebhookEvent[];
}

function Group({ group, events, all, value, onChange }: GroupProps) {
  const holds = useHolds();
  const isWhole = coversGroup(value, group);
  const some = all.some(({ type }) => groupOf(type) === group && coversType(value, type));
  const known = all.map(({ type }) => type);
  const mayHear = ({ scopes }: WebhookEvent) => scopes.some((scope) => holds(scope));
  return (
    <div className="flex flex-col gap-2">
      <CheckboxField
        checked={isWhole ? true : some ? 'indeterminate' : false}
        disabled={!events.every(mayHear)}
        onChange={(isWanted) => onChange(toggleGroup(value, group, isWanted))}
        label={
          <>
            <span className="font-medium">{groupWords[group] ?? group}</span>{' '}
            <code className="font-mono text-muted text-sm">{group}.*</code>
          </>
        }
      />
      <div className="flex flex-col gap-2 pl-6">
        {events.map((event) => (
          <CheckboxField
            key={event.type}
            checked={coversType(value, event.type)}
            disabled={!mayHear(event)}
            onChange={(isWanted) => onChange(toggleType(value, event.type, isWanted, known))}
            label={<code className="font-mono text-sm">{event.type}</code>}
            hint={event.description}
          />
        ))}
      </div>
    </div>
  );
}
