import { useQuery, useSuspenseQuery } from '@tanstack/react-query';
import { SettingsForm } from '@/components/settings/form.tsx';
import { Copyable } from '@/components/ui/copy.tsx';
import { Field, Input } from '@/components/ui/field.tsx';
import { NumberField } from '@/components/ui/number.tsx';
import { Facts, Panel } from '@/components/ui/page.tsx';
import { useDraft } from '@/lib/draft.ts';
import { settingsQuery, tenantQuery, useChangeSettings, useChangeTenant } from '@/queries/settings.ts';
import { useMay, useSession } from '@/session.ts';

export function GeneralSettings() {
  const { tenant } = useSession();
  const may = useMay();
  return (
    <div className="flex max-w-3xl flex-col gap-6">
      {may('members', 'write') ? (
        <OrganisationForm />
      ) : (
        <Panel title="Organisation">
          <Facts facts={[{ label: 'Name', value: tenant.name }]} />
        </Panel>
      )}
      <RotationForm />
    </div>
  );
}

function OrganisationForm() {
  const { tenant } = useSession();
  const { data } = useQuery(tenantQuery);
  const draft = useDraft({ name: data?.name ?? tenant.name });
  const change = useChangeTenant();
  return (
    <SettingsForm
      title="Organisation"
      mayWrite
      isChanged={draft.isChanged}
      isBusy={change.isPending}
      error={change.error}
      onSave={() => change.mutate(draft.value, { onSuccess: draft.reset })}
      onReset={draft.reset}
    >
      <Field label="Name" hint="People see it where they sign in and in invitations.">
        <Input
          value={draft.value.name}
          maxLength={100}
          onChange={(event) => draft.set({ name: event.target.value })}
        />
      </Field>
      <p className="text-muted text-sm">
        Id <Copyable text={tenant.id} />
      </p>
    </SettingsForm>
  );
}

function RotationForm() {
  const { data: settings } = useSuspenseQuery(settingsQuery);
  const mayWrite = useMay()('settings', 'write');
  const change = useChangeSettings();
  const draft = useDraft({ rotationReminderDays: settings.rotationReminderDays });
  return (
    <SettingsForm
      title="Rotation reminder"
      description="A secret that is older is flagged, on the key’s page and in the overview. Nothing is refused: that is for the key policy."
      mayWrite={mayWrite}
      isChanged={draft.isChanged}
      isBusy={change.isPending}
      error={change.error}
      onSave={() => change.mutate(draft.value, { onSuccess: draft.reset })}
      onReset={draft.reset}
    >
      <NumberField
        label="Remind after"
        unit="days"
        min={1}
        max={3_650}
        value={draft.value.rotationReminderDays}
        hint="90 days unless you say otherwise. Personal keys are due after 90 days at the latest."
        onChange={(days) => days !== null && draft.set({ rotationReminderDays: days })}
      />
    </SettingsForm>
  );
}
