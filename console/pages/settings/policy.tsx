import { useSuspenseQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { SettingsForm } from '@/components/settings/form.tsx';
import { CheckboxField, Field, Input, Select } from '@/components/ui/field.tsx';
import { NumberField } from '@/components/ui/number.tsx';
import { Segmented } from '@/components/ui/tabs.tsx';
import { environmentLabel, useEnvironment } from '@/environment.ts';
import { useDraft } from '@/lib/draft.ts';
import { tiersQuery } from '@/queries/catalogue.ts';
import { type Settings, settingsQuery, useChangeSettings } from '@/queries/settings.ts';
import { useMay } from '@/session.ts';
import type { Environment } from '@/types.ts';
import { environmentCatalog } from '../../../src/core/environments.ts';
import { matchesNamePattern, namePatternProblem } from '../../../src/core/name-pattern.ts';
import { type Role, roleNames } from '../../../src/core/roles.ts';

type Policy = Settings['keyPolicy'];

/** What the organisation demands of its keys. */
export function PolicySettings() {
  const { data: settings } = useSuspenseQuery(settingsQuery);
  return (
    <div className="flex max-w-3xl flex-col gap-6">
      <NameForm policy={settings.keyPolicy} />
      <AgeForm policy={settings.keyPolicy} />
      <GrantForm policy={settings.keyPolicy} />
    </div>
  );
}

interface FormProps {
  readonly policy: Policy;
}

const patterns = [
  ['namePattern', 'Names of keys', '<Integration> — <Environment>', 'Zendesk sync — Production'],
  [
    'personalNamePattern',
    'Names of personal keys',
    '<service_name>-<dd_mm_yyyy>-<hh_mm>',
    'reports-22_11_2026-09_30',
  ],
] as const;

function NameForm({ policy }: FormProps) {
  const mayWrite = useMay()('settings', 'write');
  const change = useChangeSettings();
  const draft = useDraft({
    namePattern: policy.namePattern,
    personalNamePattern: policy.personalNamePattern,
  });
  const problemOf = (pattern: string | null) => (pattern === null ? null : namePatternProblem(pattern));
  const isSound = patterns.every(([name]) => problemOf(draft.value[name]) === null);
  return (
    <SettingsForm
      title="Names"
      description="A form that new names must have. Parts in angle brackets are filled in; an empty field demands nothing."
      mayWrite={mayWrite}
      isChanged={draft.isChanged && isSound}
      isBusy={change.isPending}
      error={change.error}
      onSave={() => change.mutate({ keyPolicy: draft.value }, { onSuccess: draft.reset })}
      onReset={draft.reset}
    >
      {patterns.map(([name, label, placeholder, example]) => {
        const pattern = draft.value[name];
        return (
          <Field
            key={name}
            label={label}
            isOptional
            error={pattern && problemOf(pattern) ? `The form ${problemOf(pattern)}.` : null}
            hint={
              pattern && !problemOf(pattern)
                ? `“${example}” ${matchesNamePattern(pattern, example, 'production') ? 'has' : 'does not have'} this form.`
                : `Such as ${placeholder}`
            }
          >
            <Input
              value={pattern ?? ''}
              placeholder={placeholder}
              spellCheck={false}
              onChange={(event) => draft.set({ [name]: event.target.value || null })}
            />
          </Field>
        );
      })}
    </SettingsForm>
  );
}

function AgeForm({ policy }: FormProps) {
  const current = useEnvironment();
  const [environment, setEnvironment] = useState<Environment>(current);
  return (
    <div className="flex flex-col gap-3">
      <div>
        <Segmented<Environment>
          label="Environment of the rules"
          value={environment}
          choices={environmentCatalog.map(({ name, label }) => ({ value: name, label }))}
          onChange={setEnvironment}
        />
      </div>
      <AgeFields key={environment} policy={policy} environment={environment} />
    </div>
  );
}

function AgeFields({ policy, environment }: FormProps & { readonly environment: Environment }) {
  const mayWrite = useMay()('settings', 'write');
  const change = useChangeSettings();
  const draft = useDraft(policy.environments[environment]);
  const { maxAgeDays, maxAgeAction, defaultExpiryDays, maxExpiryDays } = draft.value;
  const common = { unit: 'days', min: 1, max: 3_650, isOptional: true, placeholder: 'No rule' };
  return (
    <SettingsForm
      title={`Age and expiry in ${environmentLabel[environment]}`}
      mayWrite={mayWrite}
      isChanged={draft.isChanged}
      isBusy={change.isPending}
      error={change.error}
      onSave={() =>
        change.mutate(
          { keyPolicy: { environments: { [environment]: draft.value } } },
          { onSuccess: draft.reset },
        )
      }
      onReset={draft.reset}
    >
      <div className="flex flex-wrap gap-4">
        <NumberField
          {...common}
          label="Oldest secret"
          value={maxAgeDays}
          onChange={(days) => draft.set({ maxAgeDays: days })}
        />
        {maxAgeDays !== null && (
          <Field
            label="When it is older"
            hint={
              maxAgeAction === 'enforce'
                ? 'The key is refused as expired until it has a new secret.'
                : 'The key is flagged; nothing is refused.'
            }
          >
            <Select
              value={maxAgeAction}
              onChange={(event) => draft.set({ maxAgeAction: event.target.value as typeof maxAgeAction })}
            >
              <option value="remind">Remind</option>
              <option value="enforce">Refuse it</option>
            </Select>
          </Field>
        )}
      </div>
      <div className="flex flex-wrap gap-4">
        <NumberField
          {...common}
          label="Ends by itself after"
          hint="For a key whose creator does not say."
          value={defaultExpiryDays}
          onChange={(days) => draft.set({ defaultExpiryDays: days })}
        />
        <NumberField
          {...common}
          label="Ends after at most"
          hint="Then every new key has an end."
          value={maxExpiryDays}
          onChange={(days) => draft.set({ maxExpiryDays: days })}
        />
      </div>
    </SettingsForm>
  );
}

function GrantForm({ policy }: FormProps) {
  const { data: tiers } = useSuspenseQuery(tiersQuery);
  const mayWrite = useMay()('settings', 'write');
  const change = useChangeSettings();
  const draft = useDraft<Record<Role, Policy['grants'][Role]>>(policy.grants);
  const setTiers = (role: Role, names: Policy['grants'][Role]['tiers']) =>
    draft.set({ [role]: { ...draft.value[role], tiers: names } });
  return (
    <SettingsForm
      title="Who may give which limits"
      description="Within what a role may do at all. Nothing chosen for a role would mean that it can give none, so all of them stands for no rule."
      mayWrite={mayWrite}
      isChanged={draft.isChanged}
      isBusy={change.isPending}
      error={change.error}
      onSave={() => change.mutate({ keyPolicy: { grants: draft.value } }, { onSuccess: draft.reset })}
      onReset={draft.reset}
    >
      {roleNames.map((role) => {
        const all = tiers.map(({ name }) => name);
        const chosen = draft.value[role].tiers ?? all;
        return (
          <fieldset key={role} className="flex flex-wrap gap-x-6 gap-y-2">
            <legend className="mb-1.5 font-medium capitalize">{role}</legend>
            {tiers.map(({ name, label }) => (
              <CheckboxField
                key={name}
                label={label}
                checked={chosen.includes(name)}
                disabled={!mayWrite}
                onChange={(isOn) => {
                  const next = all.filter((tier) => (tier === name ? isOn : chosen.includes(tier)));
                  setTiers(role, next.length === all.length ? null : next);
                }}
              />
            ))}
          </fieldset>
        );
      })}
      <ScopeNote policy={policy} />
    </SettingsForm>
  );
}

/** Lists of scopes are long and rarely set: what is set is said, and the API changes it. */
function ScopeNote({ policy }: FormProps) {
  const bound = roleNames.filter((role) => policy.grants[role].scopes !== null);
  if (bound.length === 0) return null;
  return (
    <ul className="text-muted text-sm">
      {bound.map((role) => (
        <li key={role}>
          <span className="capitalize">{role}</span>: only the scopes{' '}
          <code className="font-mono">{policy.grants[role].scopes?.join(', ')}</code>
        </li>
      ))}
    </ul>
  );
}
