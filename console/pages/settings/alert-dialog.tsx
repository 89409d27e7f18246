import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import { ProblemAlert } from '@/components/ui/alert.tsx';
import { Button } from '@/components/ui/button.tsx';
import { Dialog } from '@/components/ui/dialog.tsx';
import { CheckboxField, Field, Input, SwitchField, Textarea } from '@/components/ui/field.tsx';
import { NumberField } from '@/components/ui/number.tsx';
import { environmentLabel, useEnvironment } from '@/environment.ts';
import { useDraft } from '@/lib/draft.ts';
import { alertNames } from '@/lib/flag-names.ts';
import { type Problem, problemOf } from '@/problem.ts';
import { type AlertBody, type AlertRule, refreshAlerts, saveAlert } from '@/queries/alerts.ts';
import { type AlertCode, alertCodes, defaultDayPercent } from '../../../src/core/alerts.ts';

interface AlertDialogProps {
  /** null: a new one. */
  readonly rule: AlertRule | null;
  onClose(): void;
}

const fresh: AlertBody = {
  name: '',
  conditions: [{ code: 'limit_reached' }, { code: 'expires_soon' }],
  keyIds: null,
  channels: { webhook: false, emails: [] },
  groupMinutes: 5,
  quiet: null,
  notifyResolved: true,
  isActive: true,
};

function bodyOf(rule: AlertRule): AlertBody {
  const { id: _id, createdAt: _createdAt, updatedAt: _updatedAt, ...body } = rule;
  return body;
}

function listOf(text: string): string[] {
  return text.split(/[\s,;]+/).filter(Boolean);
}

export function AlertDialog({ rule, onClose }: AlertDialogProps) {
  const environment = useEnvironment();
  const client = useQueryClient();
  const form = useId();
  const draft = useDraft(rule ? bodyOf(rule) : fresh);
  const { value, set } = draft;
  const [emails, setEmails] = useState(value.channels.emails.join('\n'));
  const [keyIds, setKeyIds] = useState(value.keyIds?.join('\n') ?? '');
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    const keys = listOf(keyIds);
    const body = {
      ...value,
      keyIds: keys.length > 0 ? keys : null,
      channels: { ...value.channels, emails: listOf(emails) },
    };
    try {
      await saveAlert(environment, rule?.id ?? null, body);
      await refreshAlerts(client);
      onClose();
    } catch (error) {
      setProblem(problemOf(error));
      setBusy(false);
    }
  };
  const errorAt = (path: string) => problem?.errors.find((one) => one.path.startsWith(path))?.message ?? null;
  return (
    <Dialog
      title={rule ? `Edit ${rule.name}` : 'New alert'}
      description={`For keys of ${environmentLabel[environment]}.`}
      width="lg"
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" form={form} tone="primary" isBusy={isBusy}>
            Save
          </Button>
        </>
      }
    >
      <form id={form} onSubmit={submit} className="flex flex-col gap-5">
        {problem && <ProblemAlert problem={problem} />}
        <Field label="Name" error={errorAt('name')}>
          <Input
            value={value.name}
            maxLength={100}
            required
            onChange={(event) => set({ name: event.target.value })}
          />
        </Field>
        <Conditions value={value.conditions} onChange={(conditions) => set({ conditions })} />
        <div className="flex flex-col gap-3">
          <h3 className="font-medium">Tell</h3>
          <Field
            label="E-mail addresses"
            isOptional
            hint="One a line, ten at most. They need a mail server, which the operator sets."
            error={errorAt('channels.emails')}
          >
            <Textarea rows={2} value={emails} onChange={(event) => setEmails(event.target.value)} />
          </Field>
          <CheckboxField
            label="Webhooks"
            hint="Publishes alert.raised and alert.resolved to those that subscribe to them."
            checked={value.channels.webhook}
            onChange={(webhook) => set({ channels: { ...value.channels, webhook } })}
          />
        </div>
        <Field
          label="Only these keys"
          isOptional
          hint="Ids of keys, one a line. Empty: all keys of the environment."
          error={errorAt('keyIds')}
        >
          <Textarea
            rows={2}
            value={keyIds}
            spellCheck={false}
            className="font-mono text-sm"
            onChange={(event) => setKeyIds(event.target.value)}
          />
        </Field>
        <NumberField
          label="Gather for"
          unit="minutes"
          min={0}
          max={1_440}
          value={value.groupMinutes}
          hint="What comes true in that time is told at once."
          onChange={(groupMinutes) => groupMinutes !== null && set({ groupMinutes })}
        />
        <Quiet value={value.quiet} onChange={(quiet) => set({ quiet })} error={errorAt('quiet')} />
        <SwitchField
          label="Also tell when it is over"
          checked={value.notifyResolved}
          onChange={(notifyResolved) => set({ notifyResolved })}
        />
        <SwitchField label="On" checked={value.isActive} onChange={(isActive) => set({ isActive })} />
      </form>
    </Dialog>
  );
}

const figures: Partial<Record<AlertCode, 'percent' | 'days'>> = {
  day_limit_near: 'percent',
  error_rate: 'percent',
  expires_soon: 'days',
};

type Condition = AlertBody['conditions'][number];

interface ConditionsProps {
  readonly value: readonly Condition[];
  onChange(value: Condition[]): void;
}

function Conditions({ value, onChange }: ConditionsProps) {
  const replace = (code: AlertCode, next: Condition | null) =>
    onChange(
      alertCodes.flatMap((each) => {
        if (each === code) return next ? [next] : [];
        return value.find((one) => one.code === each) ?? [];
      }),
    );
  return (
    <fieldset>
      <legend className="mb-2 font-medium">Tell when a key is</legend>
      <div className="grid gap-2 sm:grid-cols-2">
        {alertCodes.map((code) => {
          const condition = value.find((one) => one.code === code);
          const figure = figures[code];
          return (
            <div key={code} className="flex flex-col gap-2">
              <CheckboxField
                label={alertNames[code]}
                checked={condition !== undefined}
                onChange={(isOn) => replace(code, isOn ? { code } : null)}
              />
              {condition && figure && (
                <div className="pl-6">
                  <NumberField
                    label={figure === 'percent' ? 'From' : 'Within'}
                    unit={figure === 'percent' ? '%' : 'days'}
                    min={1}
                    max={figure === 'percent' ? 100 : 3_650}
                    isOptional
                    placeholder={code === 'day_limit_near' ? String(defaultDayPercent) : 'As the flags say'}
                    value={condition[figure] ?? null}
                    onChange={(number) =>
                      replace(code, number === null ? { code } : { code, [figure]: number })
                    }
                  />
                </div>
              )}
            </div>
          );
        })}
      </div>
    </fieldset>
  );
}

interface QuietProps {
  readonly value: AlertBody['quiet'];
  readonly error: string | null;
  onChange(value: AlertBody['quiet']): void;
}

function Quiet({ value, error, onChange }: QuietProps) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return (
    <div className="flex flex-col gap-3">
      <SwitchField
        label="Quiet hours"
        hint="Nobody is told in them; what came meanwhile is told when they end."
        checked={value !== null}
        onChange={(isOn) => onChange(isOn ? { from: '22:00', to: '07:00', timeZone: zone } : null)}
      />
      {value && (
        <div className="flex flex-wrap gap-4">
          <Field label="From">
            <Input
              type="time"
              className="w-28"
              value={value.from}
              onChange={(event) => onChange({ ...value, from: event.target.value })}
            />
          </Field>
          <Field label="To" error={error}>
            <Input
              type="time"
              className="w-28"
              value={value.to}
              onChange={(event) => onChange({ ...value, to: event.target.value })}
            />
          </Field>
          <Field label="Time zone">
            <Input
              value={value.timeZone}
              onChange={(event) => onChange({ ...value, timeZone: event.target.value })}
            />
          </Field>
        </div>
      )}
    </div>
  );
}
