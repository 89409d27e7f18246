import { useSuspenseQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { post } from '@/api.ts';
import { SettingsForm } from '@/components/settings/form.tsx';
import { Alert, ProblemAlert } from '@/components/ui/alert.tsx';
import { Button } from '@/components/ui/button.tsx';
import { Confirm } from '@/components/ui/confirm.tsx';
import { Field, SwitchField, Textarea } from '@/components/ui/field.tsx';
import { NumberField } from '@/components/ui/number.tsx';
import { toast } from '@/components/ui/toast.tsx';
import { useDraft } from '@/lib/draft.ts';
import { formatBytes, formatCount, formatDay } from '@/lib/format.ts';
import { type Problem, problemOf } from '@/problem.ts';
import {
  previewRetention,
  type RetentionPreview,
  type Settings,
  settingsQuery,
  useChangeSettings,
} from '@/queries/settings.ts';
import { useMay } from '@/session.ts';
import { environmentCatalog } from '../../../src/core/environments.ts';

/** What the request log keeps, and for how long. */
export function LoggingSettings() {
  const { data: settings } = useSuspenseQuery(settingsQuery);
  return (
    <div className="flex max-w-3xl flex-col gap-6">
      <CaptureForm capture={settings.capture} />
      <RetentionForm retention={settings.retention} />
    </div>
  );
}

function CaptureForm({ capture }: { readonly capture: Settings['capture'] }) {
  const mayWrite = useMay()('settings', 'write');
  const change = useChangeSettings();
  const draft = useDraft({ ...capture.environments, mask: capture.maskFields.join('\n') });
  const { mask, ...environments } = draft.value;
  const fields = mask
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
  return (
    <SettingsForm
      title="Bodies in the log"
      description="The first 4 KB of what was sent and answered. Credentials and cookies are hidden before anything is stored."
      mayWrite={mayWrite}
      isChanged={draft.isChanged}
      isBusy={change.isPending}
      error={change.error}
      onSave={() =>
        change.mutate({ capture: { environments, maskFields: fields } }, { onSuccess: draft.reset })
      }
      onReset={draft.reset}
    >
      {environmentCatalog.map(({ name, label }) => (
        <SwitchField
          key={name}
          label={`Keep bodies of ${label}`}
          checked={draft.value[name]}
          disabled={!mayWrite}
          onChange={(isOn) => draft.set({ [name]: isOn })}
        />
      ))}
      {draft.value.production && (
        <Alert tone="amber">
          Bodies of production hold data of real people. Name every field that must not be kept.
        </Alert>
      )}
      <Field
        label="Also hide these JSON fields"
        isOptional
        hint="One a line: a name at any depth, or a path such as customer.phone. Upper and lower case, _ and - are alike."
      >
        <Textarea
          value={mask}
          rows={4}
          spellCheck={false}
          className="font-mono text-sm"
          onChange={(event) => draft.set({ mask: event.target.value })}
        />
      </Field>
    </SettingsForm>
  );
}

const periods = [
  { name: 'logDays', label: 'Requests of the log', min: 1, max: 3_650 },
  { name: 'minuteUsageDays', label: 'Usage by minute', min: 2, max: 30 },
  { name: 'hourUsageDays', label: 'Usage by hour, and callers', min: 31, max: 3_650 },
  { name: 'jobDays', label: 'Jobs that have ended', min: 1, max: 3_650 },
] as const;

function RetentionForm({ retention }: { readonly retention: Settings['retention'] }) {
  const mayWrite = useMay()('settings', 'write');
  const change = useChangeSettings();
  const draft = useDraft(retention);
  const [preview, setPreview] = useState<RetentionPreview | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isLooking, setLooking] = useState(false);
  const [isAsking, setAsking] = useState(false);
  const look = async () => {
    setLooking(true);
    setProblem(null);
    await previewRetention(draft.value).then(setPreview, (error: unknown) => setProblem(problemOf(error)));
    setLooking(false);
  };
  const isShorter = periods.some(({ name }) => draft.value[name] < retention[name]);
  const save = async () => {
    await change.mutateAsync({ retention: draft.value });
    draft.reset();
    setPreview(null);
  };
  const runNow = async () => {
    await post('/retention/run', { body: {} }).then(
      () => toast({ title: 'Deleting what is too old', text: 'It runs as a job.' }),
      (error: unknown) => setProblem(problemOf(error)),
    );
  };
  return (
    <SettingsForm
      title="Retention"
      description="What is older is not shown from the next request on, and deleted within a day. The audit log is kept for ever."
      mayWrite={mayWrite}
      isChanged={draft.isChanged}
      isBusy={change.isPending}
      error={change.error}
      onSave={() => (isShorter ? setAsking(true) : void save().catch(() => {}))}
      onReset={() => {
        draft.reset();
        setPreview(null);
      }}
    >
      <div className="grid gap-4 sm:grid-cols-2">
        {periods.map(({ name, label, min, max }) => (
          <NumberField
            key={name}
            label={label}
            unit="days"
            min={min}
            max={max}
            value={draft.value[name]}
            onChange={(days) => days !== null && draft.set({ [name]: days })}
          />
        ))}
      </div>
      <div className="flex flex-wrap gap-2">
        <Button onClick={() => void look()} isBusy={isLooking}>
          Show what would go
        </Button>
        {!draft.isChanged && (
          <Button tone="quiet" onClick={() => void runNow()}>
            Delete what is too old now
          </Button>
        )}
      </div>
      {problem && <ProblemAlert problem={problem} />}
      {preview && <PreviewTable preview={preview} />}
      {isAsking && (
        <Confirm
          title="Keep less?"
          action="Keep less"
          tone="danger"
          onClose={() => setAsking(false)}
          run={save}
        >
          <p>What is older than the new periods goes within a day, and cannot be brought back.</p>
          {preview && <PreviewTable preview={preview} />}
        </Confirm>
      )}
    </SettingsForm>
  );
}

const kinds: Readonly<Record<RetentionPreview['data'][number]['kind'], string>> = {
  logs: 'Requests of the log',
  minuteUsage: 'Minutes of usage',
  hourUsage: 'Hours of usage',
  callers: 'Callers',
  jobs: 'Jobs that have ended',
};

function PreviewTable({ preview }: { readonly preview: RetentionPreview }) {
  return (
    <div className="overflow-x-auto rounded-md border border-line">
      <table className="w-full min-w-[26rem]">
        <caption className="sr-only">What would be deleted</caption>
        <thead>
          <tr className="text-left text-muted text-sm [&_th]:px-3 [&_th]:py-2 [&_th]:font-medium">
            <th scope="col">Would go</th>
            <th scope="col" className="text-right">
              How many
            </th>
            <th scope="col" className="text-right">
              Size
            </th>
            <th scope="col">Older than</th>
          </tr>
        </thead>
        <tbody>
          {preview.data.map(({ kind, count, bytes, before, isExact }) => (
            <tr key={kind} className="[&>*]:border-line [&>*]:border-t [&>*]:px-3 [&>*]:py-2">
              <th scope="row" className="text-left font-normal">
                {kinds[kind]}
              </th>
              <td className="text-right">
                {isExact ? '' : 'at least '}
                {formatCount(count)}
              </td>
              <td className="text-right">{formatBytes(bytes)}</td>
              <td>{formatDay(before)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
