import { useSuspenseQuery } from '@tanstack/react-query';
import { SettingsForm } from '@/components/settings/form.tsx';
import { SwitchField } from '@/components/ui/field.tsx';
import { NumberField } from '@/components/ui/number.tsx';
import { useDraft } from '@/lib/draft.ts';
import { type Settings, settingsQuery, useChangeSettings } from '@/queries/settings.ts';
import { useMay } from '@/session.ts';

type Flags = Settings['flags'];

interface Figure {
  readonly name: string;
  readonly label: string;
  readonly unit: string;
  readonly min: number;
  readonly max: number;
  /** What is shown is so many times what is stored: shares are shown in per cent. */
  readonly scale?: number;
}

interface Rule {
  readonly name: keyof Flags;
  readonly label: string;
  readonly hint: string;
  readonly figures?: readonly Figure[];
}

const days: Figure = { name: 'days', label: 'After', unit: 'days', min: 1, max: 3_650 };
const requests: Figure = {
  name: 'minRequests',
  label: 'From',
  unit: 'requests on',
  min: 0,
  max: 1_000_000_000,
};

const rules: readonly Rule[] = [
  { name: 'unused', label: 'Unused', hint: 'A candidate for revocation.', figures: [days] },
  { name: 'neverUsed', label: 'Never used', hint: 'Was created and forgotten.', figures: [days] },
  {
    name: 'silent',
    label: 'Silent',
    hint: 'No request at hours in which the key was used every week: its consumer may have died.',
    figures: [{ name: 'hours', label: 'For', unit: 'hours', min: 1, max: 168 }],
  },
  {
    name: 'spike',
    label: 'Spike',
    hint: 'Many more requests than are usual.',
    figures: [{ name: 'factor', label: 'More than', unit: 'times the usual', min: 2, max: 1_000 }, requests],
  },
  {
    name: 'dip',
    label: 'Dip',
    hint: 'Far fewer requests than are usual.',
    figures: [
      { name: 'share', label: 'Below', unit: '% of the usual', min: 1, max: 99, scale: 100 },
      requests,
    ],
  },
  {
    name: 'errorRate',
    label: 'Errors',
    hint: 'Many of the requests of 24 hours were refused or failed.',
    figures: [{ name: 'share', label: 'From', unit: '% on', min: 1, max: 100, scale: 100 }, requests],
  },
  {
    name: 'rotationDue',
    label: 'Rotation due',
    hint: 'The secret is older than the reminder in the general settings.',
  },
  {
    name: 'expiresSoon',
    label: 'Expires soon',
    hint: 'The key ends by itself.',
    figures: [{ ...days, label: 'Within' }],
  },
  { name: 'inheritsAllScopes', label: 'Inherits everything', hint: 'No scope was chosen.' },
];

/** When the overview calls a key remarkable. */
export function FlagSettings() {
  const { data: settings } = useSuspenseQuery(settingsQuery);
  const mayWrite = useMay()('settings', 'write');
  const change = useChangeSettings();
  const draft = useDraft<Flags>(settings.flags);
  return (
    <div className="max-w-3xl">
      <SettingsForm
        title="Flags"
        description="What the overview flags, and what alerts tell about unless they name figures of their own."
        mayWrite={mayWrite}
        isChanged={draft.isChanged}
        isBusy={change.isPending}
        error={change.error}
        onSave={() => change.mutate({ flags: draft.value }, { onSuccess: draft.reset })}
        onReset={draft.reset}
      >
        {rules.map((rule) => (
          <RuleFields
            key={rule.name}
            rule={rule}
            value={draft.value[rule.name]}
            mayWrite={mayWrite}
            onChange={(value) => draft.set({ [rule.name]: value })}
          />
        ))}
      </SettingsForm>
    </div>
  );
}

interface RuleFieldsProps {
  readonly rule: Rule;
  readonly value: Flags[keyof Flags];
  readonly mayWrite: boolean;
  onChange(value: Flags[keyof Flags]): void;
}

function RuleFields({ rule, value, mayWrite, onChange }: RuleFieldsProps) {
  const figures = value as unknown as Readonly<Record<string, number>>;
  return (
    <div className="flex flex-col gap-3 border-line border-b pb-4 last:border-0 last:pb-0">
      <SwitchField
        label={rule.label}
        hint={rule.hint}
        checked={value.enabled}
        disabled={!mayWrite}
        onChange={(enabled) => onChange({ ...value, enabled } as Flags[keyof Flags])}
      />
      {value.enabled && rule.figures && (
        <div className="flex flex-wrap gap-4">
          {rule.figures.map(({ name, label, unit, min, max, scale = 1 }) => (
            <NumberField
              key={name}
              label={label}
              unit={unit}
              min={min}
              max={max}
              value={Math.round((figures[name] ?? 0) * scale)}
              onChange={(number) =>
                number !== null && onChange({ ...value, [name]: number / scale } as Flags[keyof Flags])
              }
            />
          ))}
          {rule.name === 'silent' && 'productionOnly' in value && (
            <div className="min-w-56 self-end pb-1.5">
              <SwitchField
                label="Production only"
                checked={value.productionOnly}
                disabled={!mayWrite}
                onChange={(productionOnly) => onChange({ ...value, productionOnly })}
              />
            </div>
          )}
        </div>
      )}
    </div>
  );
}
